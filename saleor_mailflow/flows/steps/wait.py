"""The wait step: until some time after an anchor, and some time after the last mail. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from saleor_mailflow.flows.steps.base import Anchor, Cursor, Decision, Go, Moment, Sleep, Step, next_step, seconds


@dataclass(frozen=True, kw_only=True)
class Wait(Step):
    """Wait until ``duration`` after ``since``, and at least ``after_mail`` after this enrollment's last mail left.

    The mail's time is asked again on waking, so a mail that was delayed keeps its distance to the next one.
    """

    duration: timedelta
    since: Anchor = Anchor.ENTRY
    after_mail: timedelta = timedelta(0)
    type: ClassVar[str] = "wait"

    def decide(self, cursor: Cursor, moment: Moment) -> tuple[Decision, Cursor]:
        """Sleep until the time has come; then go on."""
        anchor = moment.active_at if self.since is Anchor.ACTIVITY else moment.entered_at
        until = anchor + self.duration
        if moment.last_sent_at is not None:
            until = max(until, moment.last_sent_at + self.after_mail)
        if moment.now < until:
            return Sleep(until=until), cursor
        return Go(step=self.id, outcome="waited"), next_step(cursor, max(cursor.ready_at, until))

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "type": self.type,
            "id": self.id,
            "duration": seconds(self.duration),
            "since": str(self.since),
            "after_mail": seconds(self.after_mail),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Wait:
        """Return the step that ``to_json`` wrote."""
        return cls(
            id=data["id"],
            duration=timedelta(seconds=data["duration"]),
            since=Anchor(data["since"]),
            after_mail=timedelta(seconds=data["after_mail"]),
        )
