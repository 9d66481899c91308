"""Where each step of a tree leads: the tree laid out, so that a person's place in it is a step's id. Pure.

Standard library only. Refuses to lead back: every place leads to one that is written later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from saleor_mailflow.flows.steps import Step


@dataclass(frozen=True, kw_only=True)
class Place:
    """A step with its number in the order of writing and the id of the step behind it, "" for the end."""

    step: Step
    index: int
    behind: str
    #: The first step of each way on, by the way's name; a way without steps leads to what is behind.
    firsts: Mapping[str, str] = field(default_factory=dict)
    #: The ids of the branching steps around it, outermost first, for whoever draws the tree.
    inside: tuple[str, ...] = ()

    def next(self, way: str) -> str:
        """Return the id of the step that follows by this way; "" is the end."""
        return self.firsts.get(way, self.behind)


def places_of(steps: tuple[Step, ...]) -> Mapping[str, Place]:
    """Return every step by id, in the order in which they are written."""
    found: dict[str, Place] = {}
    _lay_out(steps, "", (), found)
    return found


def _lay_out(steps: tuple[Step, ...], behind: str, inside: tuple[str, ...], found: dict[str, Place]) -> None:
    for position, step in enumerate(steps):
        after = steps[position + 1].id if position + 1 < len(steps) else behind
        firsts = {way: way_steps[0].id for way, way_steps in step.ways.items() if way_steps}
        found[step.id] = Place(step=step, index=len(found), behind=after, firsts=firsts, inside=inside)
        for way_steps in step.ways.values():
            _lay_out(way_steps, after, (*inside, step.id), found)
