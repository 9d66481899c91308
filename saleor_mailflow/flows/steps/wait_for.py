"""The wait-for step: until something happens, or too long has passed. Standard library only.

Refuses to count what happened before the person came to the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from saleor_mailflow.flows.steps.base import Cursor, Decision, Go, Moment, Sleep, Step, seconds, written
from saleor_mailflow.flows.steps.reading import steps_from_json, steps_to_json

_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class WaitFor(Step):
    """Wait for ``event``, at most for ``timeout``; go by ``then`` when it happens, else by ``otherwise``.

    ``of`` says which one (the step of a ``mail.clicked``). With ``own`` it has to be about this basket, order or mail;
    otherwise anything of the kind that happens to the person counts.
    """

    event: str
    timeout: timedelta
    of: str = ""
    own: bool = True
    then: tuple[Step, ...] = ()
    otherwise: tuple[Step, ...] = ()
    type: ClassVar[str] = "wait_for"

    def __post_init__(self) -> None:
        """Raise ValueError for a wait without an end."""
        if not timedelta(0) < self.timeout <= timedelta(days=400):
            raise ValueError(f"Step {self.id!r} waits for {self.event} at most 400 days; {self.timeout} is not that.")

    @property
    def ways(self) -> Mapping[str, tuple[Step, ...]]:
        """Return the two ways."""
        return {"happened": self.then, "timed_out": self.otherwise}

    @property
    def name(self) -> str:
        """Return what ``Moment.happened`` calls what is waited for."""
        name = f"{self.event}:{self.of}" if self.of else self.event
        return f"own {name}" if self.own else name

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Go on when it happened or the time is over; the time at which it happened counts, not when we looked.

        The time-out counts from when the mail before left: a night's delay takes nothing from it.
        """
        ends = max(cursor.ready_at, moment.last_sent_at or cursor.ready_at) + self.timeout
        at = next((at for at in moment.happened.get(self.name, ()) if at >= cursor.ready_at), None)
        if at is not None and at <= ends:
            # A moment later, so that the same happening does not answer a second step that waits for one.
            return Go(step=self.id, outcome="happened", way="happened", ready_at=max(at, cursor.ready_at) + _A_MOMENT)
        if moment.now < ends:
            return Sleep(until=ends)
        return Go(step=self.id, outcome="timed_out", way="timed_out", ready_at=ends)

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "type": self.type,
            "id": self.id,
            "event": self.event,
            "timeout": seconds(self.timeout),
            "own": self.own,
            **written(of=self.of),
            "then": steps_to_json(self.then),
            "otherwise": steps_to_json(self.otherwise),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WaitFor:
        """Return the step that ``to_json`` wrote."""
        return cls(
            id=data["id"],
            event=data["event"],
            timeout=timedelta(seconds=data["timeout"]),
            of=str(data.get("of", "")),
            own=bool(data.get("own", True)),
            then=steps_from_json(data.get("then", ())),
            otherwise=steps_from_json(data.get("otherwise", ())),
        )
