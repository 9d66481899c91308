"""The whole engine: from where a person stands and what is true now, to what happens next. Pure.

Standard library only. Refuses to read a clock, a database or a die.
"""

from __future__ import annotations

from collections.abc import Iterator

from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps import Cursor, Decision, Leave, Moment, Sleep


def advance(flow: Flow, cursor: Cursor, moment: Moment) -> tuple[Decision, Cursor]:
    """Return the next decision and where the person stands after it.

    Leaving comes before every step: a goal reached, an emptied basket or an unsubscribe never waits for a timer.
    """
    if moment.leave:
        return Leave(reason=moment.leave, detail=dict(moment.leave_detail or {})), cursor
    if cursor.index >= len(flow.steps):
        return Leave(reason=Reason.COMPLETED, detail={}), cursor
    return flow.steps[cursor.index].decide(cursor, moment)


def run(flow: Flow, cursor: Cursor, moment: Moment) -> Iterator[tuple[Decision, Cursor]]:
    """Yield decisions until one has to wait or ends the enrollment. Ends: each decision but the last is a step on."""
    while True:
        decision, cursor = advance(flow, cursor, moment)
        yield decision, cursor
        if isinstance(decision, Sleep | Leave):
            return
