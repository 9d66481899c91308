"""What comes before each step of a flow on the ways that lead to it, and whether any way leads there. Pure.

Standard library only. Refuses to judge: ``lint`` says what is wrong with what is found here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from saleor_mailflow.flows.steps import Exit, Send, Step, Wait, WaitFor


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How somebody comes to a step."""

    #: Ids of the steps that may have been taken before, by any way.
    earlier: frozenset[str]
    #: Whether any way leads here.
    reachable: bool
    #: Id of a mail after which nothing was waited for on some way here, "" where there is none.
    mail_just_before: str


@dataclass(frozen=True, kw_only=True)
class _State:
    earlier: frozenset[str] = field(default_factory=frozenset)
    alive: bool = True
    mail: str = ""


def reach(steps: tuple[Step, ...]) -> Mapping[str, Reach]:
    """Return how somebody comes to each step, by its id, in the order in which they are written."""
    found: dict[str, Reach] = {}
    _follow(steps, _State(), found)
    return found


def waits_for_nothing(step: Step) -> bool:
    """Tell whether a step is a wait that is over at once."""
    return isinstance(step, Wait) and not (
        step.duration or step.after_mail or step.months or step.at or step.weekdays or step.date
    )


def _follow(steps: tuple[Step, ...], state: _State, found: dict[str, Reach]) -> _State:
    for step in steps:
        found[step.id] = Reach(earlier=state.earlier, reachable=state.alive, mail_just_before=state.mail)
        mail = state.mail
        if isinstance(step, Send):
            mail = step.id
        elif isinstance(step, Wait | WaitFor) and not waits_for_nothing(step):
            mail = ""
        earlier = state.earlier | {step.id}
        state = _State(earlier=earlier, alive=state.alive and not isinstance(step, Exit), mail=mail)
        if step.ways:
            # Each way begins with what was before the step; behind it people of every way that goes on meet.
            ends = [_follow(way, state, found) for way in step.ways.values()]
            going_on = [end for end in ends if end.alive]
            state = _State(
                earlier=frozenset().union(*(end.earlier for end in going_on or ends)),
                alive=bool(going_on),
                mail=next((end.mail for end in going_on if end.mail), ""),
            )
    return state
