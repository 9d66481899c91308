"""What every step type shares: where a person stands, what is true now, what a step may decide.

Standard library only. Refuses to know the time or the database: both come in as arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self


class Anchor(StrEnum):
    """What a wait counts from."""

    #: When the person entered the flow.
    ENTRY = "entry"
    #: When the shopper last did something in the basket.
    ACTIVITY = "activity"


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where one person stands. ``ready_at`` is when the present step should have been taken, had nothing been late."""

    index: int
    ready_at: datetime

    def to_json(self) -> dict[str, Any]:
        """Return the cursor as JSON."""
        return {"index": self.index, "ready_at": self.ready_at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the cursor that ``to_json`` wrote."""
        return cls(index=int(data["index"]), ready_at=datetime.fromisoformat(data["ready_at"]))


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What is true for one person at the time of deciding. Times are aware UTC."""

    now: datetime
    entered_at: datetime
    active_at: datetime
    #: When a mail of this enrollment last left, None where none did.
    last_sent_at: datetime | None = None
    #: Why the person must leave now; "" to go on.
    leave: str = ""
    #: What the reason saw, for its sentence.
    leave_detail: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class Sleep:
    """Nothing to do before ``until``."""

    until: datetime


@dataclass(frozen=True, kw_only=True)
class Go:
    """The step is done with nothing to show for it but its ``outcome``; the next one may be taken at once."""

    step: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Plan a mail. It is due now and ``missed`` after ``expires_at``."""

    step: str
    template: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Leave:
    """The enrollment ends."""

    reason: str
    detail: Mapping[str, object]


Decision = Sleep | Go | Plan | Leave


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing a flow does. Subclasses add their fields and decide."""

    id: str
    type: ClassVar[str] = ""

    def decide(self, cursor: Cursor, moment: Moment) -> tuple[Decision, Cursor]:
        """Return what to do and where the person stands after it. Pure."""
        raise TypeError(f"Step type {type(self).__name__} does not say what it decides.")

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON; durations are whole seconds."""
        raise TypeError(f"Step type {type(self).__name__} does not say how it is written.")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        """Return the step that ``to_json`` wrote."""
        raise TypeError(f"Step type {cls.__name__} does not say how it is read.")


def next_step(cursor: Cursor, ready_at: datetime) -> Cursor:
    """Return the cursor one step on."""
    return Cursor(index=cursor.index + 1, ready_at=ready_at)


def seconds(duration: timedelta) -> int:
    """Return a duration in whole seconds, as flows are written."""
    return int(duration.total_seconds())
