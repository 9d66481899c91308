"""Flows as trees of any shape: everybody gets to the end, no step is taken twice, what is written reads back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_mailflow.flows.catalog import CATALOG, OURS
from saleor_mailflow.flows.conditions import All, Ask, Not, Some
from saleor_mailflow.flows.definition import Flow, Purpose, flow_from_json
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.engine import run
from saleor_mailflow.flows.steps import (
    Act,
    Anchor,
    Branch,
    Cursor,
    Exit,
    Go,
    Leave,
    Moment,
    Plan,
    Send,
    Sleep,
    Split,
    Step,
    Wait,
    WaitFor,
    Way,
    step_from_json,
    walk,
)
from saleor_mailflow.flows.steps.actions import Coupon, Notify, Score, StartFlow, Tag
from saleor_mailflow.flows.triggers import Happened

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
durations = st.integers(min_value=0, max_value=40 * 86_400).map(lambda s: timedelta(seconds=s))
asks = st.sampled_from(
    [
        Ask(fact="since.ordered", op="yes"),
        Ask(fact="contact.orders", op="at_least", value=2),
        Ask(fact="contact.tags", op="has", value="engaged"),
        Ask(fact="contact.country", op="in", value=["DE", "PL"]),
        Ask(fact="contact.spent", op="less_than", value="99.50", of="EUR"),
    ]
)
conditions = st.recursive(
    asks,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(parts=tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Some(parts=tuple(parts))),
        inner.map(lambda part: Not(part=part)),
    ),
    max_leaves=5,
)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> list[Any]:
    """Return steps without ids: (kind, what it holds)."""
    kinds = ["send", "wait", "tag", "score", "coupon", "notify", "start_flow", "exit"]
    kinds += ["branch", "wait_for", "split"] if depth else []
    return [
        (kind, [draw(trees(depth=depth - 1)) for _ in range(2)] if kind in {"branch", "wait_for", "split"} else [])
        for kind in draw(st.lists(st.sampled_from(kinds), max_size=4))
    ]


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    number = iter(range(10_000))

    def made(shape: list[Any]) -> tuple[Step, ...]:
        return tuple(step(kind, held, f"s{next(number)}") for kind, held in shape)

    def step(kind: str, held: list[Any], name: str) -> Step:
        match kind:
            case "send":
                return Send(id=name, template=f"t/{name}", lateness=draw(durations))
            case "wait":
                return Wait(id=name, duration=draw(durations), since=draw(st.sampled_from(Anchor)))
            case "branch":
                return Branch(id=name, when=draw(conditions), then=made(held[0]), otherwise=made(held[1]))
            case "wait_for":
                timeout = draw(durations) + timedelta(seconds=1)
                return WaitFor(
                    id=name, event="order.paid", timeout=timeout, then=made(held[0]), otherwise=made(held[1])
                )
            case "split":
                ways = [
                    Way(key=key, weight=draw(st.integers(1, 9)), steps=made(part))
                    for key, part in zip("ab", held, strict=True)
                ]
                return Split(id=name, choices=tuple(ways))
        return {
            "tag": lambda: Tag(id=name, add=("a",), remove=("b",)),
            "score": lambda: Score(id=name, points=-3),
            "coupon": lambda: Coupon(id=name, offer="first_order"),
            "notify": lambda: Notify(id=name, target="crm"),
            "start_flow": lambda: StartFlow(id=name, flow="welcome"),
            "exit": lambda: Exit(id=name),
        }[kind]()

    steps = made(draw(trees())) or (Exit(id="only"),)
    return Flow(
        key="made_up",
        name="Made up",
        description="For tests.",
        purpose=Purpose.MARKETING,
        trigger=Happened(event="order.paid"),
        once_per=timedelta(days=7),
        steps=steps,
        filter=draw(st.none() | conditions),
        ends=tuple(draw(st.lists(st.sampled_from(Ending), unique=True, max_size=3))),
    )


facts = st.fixed_dictionaries(
    {},
    optional={
        "since.ordered": st.booleans(),
        "contact.orders": st.integers(0, 5),
        "contact.tags": st.sets(st.sampled_from(["engaged", "vip"])),
        "contact.country": st.sampled_from(["DE", "US"]),
        "contact.spent:EUR": st.decimals(0, 500, places=2),
    },
)


@settings(max_examples=150, deadline=None)
@given(
    flow=flows(), wakings=st.lists(st.tuples(durations, facts, st.booleans()), max_size=12), seed=st.text(max_size=5)
)
def test_everybody_gets_to_the_end_and_takes_no_step_twice(
    flow: Flow, wakings: list[tuple[timedelta, dict[str, object], bool]], seed: str
) -> None:
    cursor, now, taken, last_sent = flow.begin(NOON), NOON, [], None
    happened: dict[str, tuple[datetime, ...]] = {}
    left: Leave | None = None
    for pause, known, paid in [*wakings, *[(timedelta(days=500), {}, False)] * (2 * len(flow.places) + 2)]:
        now += pause
        if paid:
            happened = {"own order.paid": (*happened.get("own order.paid", ()), now)}
        moment = Moment(
            now=now,
            entered_at=NOON,
            active_at=NOON,
            last_sent_at=last_sent,
            facts=known,
            happened=happened,
            seed=seed,
        )
        for decision, after in run(flow, Cursor.from_json(json.loads(json.dumps(cursor.to_json()))), moment):
            assert left is None
            assert after.index >= cursor.index, "nobody goes back"
            cursor = after
            match decision:
                case Plan(step=step):
                    taken.append(step)
                    last_sent = now
                case Go(step=step) | Act(step=step):
                    taken.append(step)
                case Sleep(until=until):
                    assert until >= now
                case Leave():
                    left = decision
        if left is not None:
            break
    assert left is not None, "somebody stayed for ever"
    assert len(taken) == len(set(taken))
    assert set(taken) <= {step.id for step in walk(flow.steps)}


@settings(max_examples=100, deadline=None)
@given(flow=flows())
def test_a_tree_survives_being_written_and_read(flow: Flow) -> None:
    text = json.dumps(flow.to_json(), sort_keys=True)
    again = flow_from_json(json.loads(text))
    assert again == flow
    assert again.digest == flow.digest


@given(flow=flows())
def test_every_place_leads_on(flow: Flow) -> None:
    for place in flow.places.values():
        for way in ("", *place.step.ways):
            behind = place.next(way)
            assert behind == "" or flow.places[behind].index > place.index


@given(people=st.lists(st.integers(), min_size=300, max_size=300, unique=True))
@settings(max_examples=5, deadline=None)
def test_a_split_keeps_its_shares_and_everybody_their_way(people: list[int]) -> None:
    split = Split(id="holdout", choices=(Way(key="out", weight=1), Way(key="in", weight=3)))
    ways = [split.way_of(f"{one}:welcome") for one in people]
    assert ways == [split.way_of(f"{one}:welcome") for one in people]
    assert 0.12 < ways.count("out") / len(ways) < 0.40


@pytest.mark.parametrize("flow", [*CATALOG.values(), *OURS.values()], ids=lambda flow: flow.key)
def test_the_catalogue_reads_back(flow: Flow) -> None:
    assert flow_from_json(json.loads(json.dumps(flow.to_json()))) == flow


@pytest.mark.parametrize(
    "data",
    [
        {"type": "teleport", "id": "x"},
        {"type": "wait"},
        {"type": "branch", "id": "x", "when": {"fact": "the.weather", "op": "is", "value": "fine"}},
        {"type": "split", "id": "x", "ways": [{"key": "a", "weight": 1}]},
        {"type": "wait_for", "id": "x", "event": "order.paid", "timeout": 0},
        {"type": "wait", "id": "x", "at": "25:00"},
    ],
)
def test_a_step_that_cannot_be_is_refused_with_a_sentence(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+ .+"):
        step_from_json(data)
