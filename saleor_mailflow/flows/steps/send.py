"""The send step: plan one mail, or say that its time has passed. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from saleor_mailflow.flows.steps.base import Cursor, Decision, Moment, Plan, Step, next_step, seconds


@dataclass(frozen=True, kw_only=True)
class Send(Step):
    """Send ``template``, unless that would be more than ``lateness`` after it should have gone.

    Whether it may go is the gate's question, asked when it leaves, not here.
    """

    template: str
    lateness: timedelta
    #: False where the mail would rather be skipped than wait for its turn among others.
    may_wait: bool = True
    type: ClassVar[str] = "send"

    def decide(self, cursor: Cursor, moment: Moment) -> tuple[Decision, Cursor]:
        """Plan the mail; a message past ``expires_at`` is missed, which its row then says."""
        plan = Plan(step=self.id, template=self.template, expires_at=cursor.ready_at + self.lateness)
        return plan, next_step(cursor, cursor.ready_at)

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "type": self.type,
            "id": self.id,
            "template": self.template,
            "lateness": seconds(self.lateness),
            "may_wait": self.may_wait,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Send:
        """Return the step that ``to_json`` wrote."""
        return cls(
            id=data["id"],
            template=data["template"],
            lateness=timedelta(seconds=data["lateness"]),
            may_wait=data.get("may_wait", True),
        )
