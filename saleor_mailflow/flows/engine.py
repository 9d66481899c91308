"""The whole engine: from where a person stands and what is true now, to what happens next. Pure.

Standard library only. Refuses to read a clock, a database or a die.
"""

from __future__ import annotations

from collections.abc import Iterator

from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps import Act, Cursor, Decision, Go, Leave, Moment, Plan, Sleep


def advance(flow: Flow, cursor: Cursor, moment: Moment) -> tuple[Decision, Cursor]:
    """Return the next decision and where the person stands after it.

    Leaving comes before every step: a goal reached, an emptied basket or an unsubscribe never waits for a timer.
    Raises KeyError where the cursor names a step that the flow does not have.
    """
    if moment.leave:
        return Leave(reason=moment.leave, detail=dict(moment.leave_detail or {})), cursor
    at = flow.step_at(cursor)
    if not at:
        return Leave(reason=Reason.COMPLETED, detail={}), cursor
    place = flow.places[at]
    decision = place.step.decide(cursor, moment)
    match decision:
        case Go(way=way, ready_at=ready_at):
            return decision, flow.cursor_at(place.next(way), ready_at)
        case Plan(ready_at=ready_at) | Act(ready_at=ready_at):
            return decision, flow.cursor_at(place.next(""), ready_at)
    return decision, cursor


def run(flow: Flow, cursor: Cursor, moment: Moment) -> Iterator[tuple[Decision, Cursor]]:
    """Yield decisions until one has to wait or ends the enrollment. Ends: each decision but the last is a step on.

    What is decided next may rest on what an action has just done, so after an action the person is looked at anew:
    the sleep until now that ends the run says so.
    """
    while True:
        decision, cursor = advance(flow, cursor, moment)
        yield decision, cursor
        if isinstance(decision, Sleep | Leave):
            return
        if isinstance(decision, Act) and flow.asks:
            yield Sleep(until=moment.now), cursor
            return
