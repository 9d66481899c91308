"""What every step type shares: where a person stands, what is true now, what a step may decide.

Standard library only. Refuses to know the time or the database: both come in as arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self


class Anchor(StrEnum):
    """What a wait counts from."""

    #: When the person entered the flow.
    ENTRY = "entry"
    #: When the shopper last did something in the basket.
    ACTIVITY = "activity"
    #: When the step before was done.
    STEP = "step"


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where one person stands. ``ready_at`` is when the present step should have been taken, had nothing been late.

    ``at`` is the step's id, "" behind the last one. ``index`` is its place in the order in which steps are written;
    what an earlier release wrote has no ``at``.
    """

    index: int
    ready_at: datetime
    at: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the cursor as JSON."""
        found: dict[str, Any] = {"index": self.index, "ready_at": self.ready_at.isoformat()}
        if self.at is not None:
            found["at"] = self.at
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the cursor that ``to_json`` wrote."""
        return cls(index=int(data["index"]), ready_at=datetime.fromisoformat(data["ready_at"]), at=data.get("at"))


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
    #: What conditions ask about, by ``conditions.Ask.name``.
    facts: Mapping[str, object] = field(default_factory=dict)
    #: When something happened since the person entered, in order, by ``WaitFor.name``.
    happened: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    #: IANA name of the zone the person lives in.
    zone: str = "UTC"
    #: Dates of the person by name, such as ``birthday``, ISO written.
    dates: Mapping[str, str] = field(default_factory=dict)
    #: Stands for this person in this flow wherever chance decides, the same every time.
    seed: str = ""


@dataclass(frozen=True, kw_only=True)
class Sleep:
    """Nothing to do before ``until``."""

    until: datetime


@dataclass(frozen=True, kw_only=True)
class Go:
    """The step is done with nothing to show for it but its ``outcome``; the next one may be taken at once.

    ``way`` names the way on, for a step that has more than one. ``ready_at`` is when the next step should be taken.
    """

    step: str
    outcome: str
    ready_at: datetime
    way: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Plan a mail. It is due now and ``missed`` after ``expires_at``."""

    step: str
    template: str
    expires_at: datetime
    ready_at: datetime


@dataclass(frozen=True, kw_only=True)
class Act:
    """Do what the step says with the person: tag, score, reserve a code, begin another flow, notify a system."""

    step: str
    what: Step
    ready_at: datetime


@dataclass(frozen=True, kw_only=True)
class Leave:
    """The enrollment ends."""

    reason: str
    detail: Mapping[str, object]


Decision = Sleep | Go | Plan | Act | Leave


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing a flow does. Subclasses add their fields and decide."""

    id: str
    type: ClassVar[str] = ""

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Return what to do. Pure."""
        raise TypeError(f"Step type {type(self).__name__} does not say what it decides.")

    @property
    def ways(self) -> Mapping[str, tuple[Step, ...]]:
        """Return the ways on by name, for a step that has more than one; {} for all others."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON; durations are whole seconds."""
        raise TypeError(f"Step type {type(self).__name__} does not say how it is written.")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        """Return the step that ``to_json`` wrote."""
        raise TypeError(f"Step type {cls.__name__} does not say how it is read.")


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Yield steps with all that their ways hold, in the order in which they are written."""
    for step in steps:
        yield step
        for way in step.ways.values():
            yield from walk(way)


def seconds(duration: timedelta) -> int:
    """Return a duration in whole seconds, as flows are written."""
    return int(duration.total_seconds())


def written(**values: Any) -> dict[str, Any]:
    """Return the values that say something: what is None, empty or False is not written."""
    return {key: value for key, value in values.items() if value not in (None, "", (), [], {}, False)}
