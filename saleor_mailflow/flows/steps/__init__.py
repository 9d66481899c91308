"""The step types, one file each, found by their ``type``. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleor_mailflow.flows.steps.base import Anchor, Cursor, Decision, Go, Leave, Moment, Plan, Sleep, Step
from saleor_mailflow.flows.steps.exit import Exit
from saleor_mailflow.flows.steps.send import Send
from saleor_mailflow.flows.steps.wait import Wait

STEP_TYPES: Mapping[str, type[Step]] = {cls.type: cls for cls in (Send, Wait, Exit)}


def step_from_json(data: Mapping[str, Any]) -> Step:
    """Return the step that ``to_json`` wrote. Raises ValueError naming the type when it is not known."""
    try:
        cls = STEP_TYPES[data["type"]]
    except KeyError:
        raise ValueError(f"Step type {data.get('type')!r} is unknown; known are {', '.join(STEP_TYPES)}.") from None
    return cls.from_json(data)


__all__ = [
    "STEP_TYPES",
    "Anchor",
    "Cursor",
    "Decision",
    "Exit",
    "Go",
    "Leave",
    "Moment",
    "Plan",
    "Send",
    "Sleep",
    "Step",
    "Wait",
    "step_from_json",
]
