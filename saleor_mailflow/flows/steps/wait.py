"""The wait step: some time after an anchor, a time of day, a date of the person's. Standard library only.

Refuses to count days by seconds where a clock is named: a local time is the person's, whatever their country did to
its clocks meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from saleor_mailflow.flows.dates import next_anniversary
from saleor_mailflow.flows.hours import EVERY_DAY, next_local
from saleor_mailflow.flows.steps.base import Anchor, Cursor, Decision, Go, Moment, Sleep, Step, seconds, written


@dataclass(frozen=True, kw_only=True)
class Wait(Step):
    """Wait until ``duration`` after ``since``, and at least ``after_mail`` after this enrollment's last mail left.

    With ``months`` as well, calendar months are counted first, as the person's calendar has them. With ``at`` (such as
    ``09:00``) or ``weekdays`` (0 is Monday) it then waits for that time where the person is. With ``date`` (such as
    ``birthday``) it waits for the next such day, ``duration`` before it. The last mail's time is asked again on
    waking, so a mail that was delayed keeps its distance to the next one.
    """

    duration: timedelta = timedelta(0)
    since: Anchor = Anchor.ENTRY
    after_mail: timedelta = timedelta(0)
    months: int = 0
    at: str = ""
    weekdays: tuple[int, ...] = ()
    date: str = ""
    type: ClassVar[str] = "wait"

    def __post_init__(self) -> None:
        """Raise ValueError for a time that no clock shows and for days that no week has."""
        if self.duration < timedelta(0) or self.after_mail < timedelta(0) or not 0 <= self.months <= 24:
            raise ValueError(f"Step {self.id!r} waits for less than nothing, or for more than 24 months.")
        if self.at:
            time.fromisoformat(self.at)
        if not set(self.weekdays) <= EVERY_DAY:
            raise ValueError(f"Step {self.id!r} names weekdays {self.weekdays}; they go from 0 (Monday) to 6.")

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Sleep until the time has come; then go on."""
        until = self._until(cursor, moment)
        if moment.now < until:
            return Sleep(until=until)
        return Go(step=self.id, outcome="waited", ready_at=max(cursor.ready_at, until))

    def _until(self, cursor: Cursor, moment: Moment) -> datetime:
        zone = ZoneInfo(moment.zone)
        until = self._anchor(cursor, moment)
        if self.date:
            day = moment.dates.get(self.date)
            # A date that nobody knows is not waited for: the lint says so, and a branch can ask before.
            if day is not None:
                until = next_anniversary(date.fromisoformat(day), until, zone, before=self.duration)
        else:
            until = _months_on(until, self.months, zone) + self.duration
        if moment.last_sent_at is not None:
            until = max(until, moment.last_sent_at + self.after_mail)
        if self.at or self.weekdays:
            at = time.fromisoformat(self.at) if self.at else until.astimezone(zone).time()
            until = next_local(until, zone, at, frozenset(self.weekdays) or EVERY_DAY)
        return until

    def _anchor(self, cursor: Cursor, moment: Moment) -> datetime:
        match self.since:
            case Anchor.ACTIVITY:
                return moment.active_at
            case Anchor.STEP:
                return cursor.ready_at
        return moment.entered_at

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "type": self.type,
            "id": self.id,
            "duration": seconds(self.duration),
            "since": str(self.since),
            "after_mail": seconds(self.after_mail),
            **written(months=self.months, at=self.at, weekdays=list(self.weekdays), date=self.date),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Wait:
        """Return the step that ``to_json`` wrote."""
        return cls(
            id=data["id"],
            duration=timedelta(seconds=data.get("duration", 0)),
            since=Anchor(data.get("since", "entry")),
            after_mail=timedelta(seconds=data.get("after_mail", 0)),
            months=int(data.get("months", 0)),
            at=str(data.get("at", "")),
            weekdays=tuple(data.get("weekdays", ())),
            date=str(data.get("date", "")),
        )


def _months_on(moment: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Return the same local time so many months on; the last day of a month that has fewer."""
    if not months:
        return moment
    local = moment.astimezone(zone)
    years, month = divmod(local.month - 1 + months, 12)
    first = date(local.year + years, month + 1, 1)
    last = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)).day
    there = local.replace(tzinfo=None, year=first.year, month=first.month, day=min(local.day, last))
    return there.replace(tzinfo=zone, fold=0).astimezone(moment.tzinfo)
