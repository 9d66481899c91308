"""The send step: plan one mail, or say that its time has passed. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from saleor_mailflow.flows.steps.base import Cursor, Decision, Moment, Plan, Step, seconds, written


@dataclass(frozen=True, kw_only=True)
class Send(Step):
    """Send ``template``, unless that would be more than ``lateness`` after it should have gone.

    Whether it may go is the gate's question, asked when it leaves, not here.
    """

    template: str
    lateness: timedelta
    #: False where the mail would rather be skipped than wait for its turn among others.
    may_wait: bool = True
    #: True where it goes when due though the flow's other mails keep limits, order and quiet hours.
    prompt: bool = False
    #: Id of the coupon step whose code the mail carries; "" for none.
    coupon: str = ""
    #: What the mail recommends: ``goes_with``, ``next``, ``best_sellers``, ``picks``; "" for nothing.
    products: str = ""
    type: ClassVar[str] = "send"

    def decide(self, cursor: Cursor, moment: Moment) -> Decision:
        """Plan the mail; a message past ``expires_at`` is missed, which its row then says."""
        expires_at = cursor.ready_at + self.lateness
        return Plan(step=self.id, template=self.template, expires_at=expires_at, ready_at=cursor.ready_at)

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "type": self.type,
            "id": self.id,
            "template": self.template,
            "lateness": seconds(self.lateness),
            "may_wait": self.may_wait,
            **written(prompt=self.prompt, coupon=self.coupon, products=self.products),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Send:
        """Return the step that ``to_json`` wrote."""
        return cls(
            id=data["id"],
            template=data["template"],
            lateness=timedelta(seconds=data["lateness"]),
            may_wait=data.get("may_wait", True),
            prompt=bool(data.get("prompt", False)),
            coupon=str(data.get("coupon", "")),
            products=str(data.get("products", "")),
        )
