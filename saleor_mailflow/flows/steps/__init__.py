"""The step types, one file each, found by their ``type``. Standard library only."""

from __future__ import annotations

from saleor_mailflow.flows.steps.actions import Coupon, Notify, Score, StartFlow, Tag
from saleor_mailflow.flows.steps.base import Act, Anchor, Cursor, Decision, Go, Leave, Moment, Plan, Sleep, Step, walk
from saleor_mailflow.flows.steps.branch import Branch
from saleor_mailflow.flows.steps.exit import Exit
from saleor_mailflow.flows.steps.reading import know, step_from_json, steps_from_json, steps_to_json
from saleor_mailflow.flows.steps.send import Send
from saleor_mailflow.flows.steps.split import Split, Way
from saleor_mailflow.flows.steps.wait import Wait
from saleor_mailflow.flows.steps.wait_for import WaitFor

STEP_TYPES = know(Send, Wait, WaitFor, Branch, Split, Coupon, Tag, Score, StartFlow, Notify, Exit)

__all__ = [
    "STEP_TYPES",
    "Act",
    "Anchor",
    "Branch",
    "Coupon",
    "Cursor",
    "Decision",
    "Exit",
    "Go",
    "Leave",
    "Moment",
    "Notify",
    "Plan",
    "Score",
    "Send",
    "Sleep",
    "Split",
    "StartFlow",
    "Step",
    "Tag",
    "Wait",
    "WaitFor",
    "Way",
    "step_from_json",
    "steps_from_json",
    "steps_to_json",
    "walk",
]
