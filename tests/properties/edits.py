"""Edits of a flow that nobody planned: steps added, taken out, moved into ways and out, made longer, become another.

Refuses to think about who stands where; ``test_versions`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from saleor_mailflow.flows.definition import Flow, flow_from_json

MOST_STEPS = 14
HOUR = 3600
Steps = list[dict[str, Any]]


def first() -> Flow:
    """Return a flow to begin with."""
    return flow_from_json(
        {
            "schema": 2,
            "key": "edited",
            "name": "Edited",
            "description": "For tests.",
            "purpose": "transactional",
            "prompt": True,
            "kind": "service",
            "topic": "marketing",
            "priority": 100,
            "lane": "",
            "once_per": 0,
            "trigger": {"type": "manual"},
            "steps": [{"type": "wait", "id": "s0", "duration": HOUR, "since": "step"}],
        }
    )


def edited(flow: Flow, chance: Random, new_id: Callable[[], str]) -> Flow:
    """Return the flow after some edits; it is always one that can run."""
    data = flow.to_json()
    for _ in range(chance.randint(1, 4)):
        lists = list(_lists(data["steps"]))
        count = sum(len(one) for one in lists)
        full = [one for one in lists if one]
        match chance.choice(["add", "add", "remove", "move", "change"]):
            case "add" if count < MOST_STEPS:
                into = chance.choice(lists)
                into.insert(chance.randint(0, len(into)), _step(chance, new_id))
            case "remove" if len(data["steps"]) > 1:
                from_ = chance.choice(full)
                if from_ is not data["steps"] or len(from_) > 1:
                    from_.pop(chance.randrange(len(from_)))
            case "move" if len(data["steps"]) > 1:
                from_ = chance.choice([one for one in full if one is not data["steps"] or len(one) > 1])
                step = from_.pop(chance.randrange(len(from_)))
                # Not into itself: it has been taken out before the lists are looked up.
                into = chance.choice(list(_lists(data["steps"])))
                into.insert(chance.randint(0, len(into)), step)
            case "change":
                from_ = chance.choice(full)
                at = chance.randrange(len(from_))
                # Of another type, or with another duration, under the same name: what was inside it is gone.
                from_[at] = {**_step(chance, new_id), "id": from_[at]["id"]}
    return flow_from_json(data)


def _lists(steps: Steps) -> Iterator[Steps]:
    yield steps
    for step in steps:
        for way in ("then", "otherwise"):
            if way in step:
                yield from _lists(step[way])
        for one in step.get("ways", ()):
            yield from _lists(one["steps"])


def _step(chance: Random, new_id: Callable[[], str]) -> dict[str, Any]:
    kind = chance.choice(["send", "send", "wait", "wait", "wait", "wait_for", "branch", "split", "score", "exit"])
    step: dict[str, Any] = {"type": kind, "id": new_id()}
    some = chance.choice([0, 1, 6, 24, 72]) * HOUR
    match kind:
        case "send":
            return {**step, "template": f"edited/{step['id']}", "lateness": 48 * HOUR}
        case "wait":
            return {**step, "duration": some, "since": chance.choice(["step", "entry"])}
        case "wait_for":
            ways = {"then": [], "otherwise": []}
            return {**step, "event": "custom", "of": "rang", "own": False, "timeout": some + HOUR, **ways}
        case "branch":
            asked = {"fact": "contact.score", "op": "at_least", "value": chance.randint(0, 9)}
            return {**step, "when": asked, "then": [], "otherwise": []}
        case "split":
            return {**step, "ways": [{"key": key, "weight": 1, "steps": []} for key in "ab"]}
        case "score":
            return {**step, "points": chance.randint(1, 5)}
    return step
