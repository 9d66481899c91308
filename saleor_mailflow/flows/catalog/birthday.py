"""Birthday: one mail on the morning of the day, where the person is. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.steps import Coupon, Send
from saleor_mailflow.flows.triggers import OnDate

BIRTHDAY = Flow(
    key="birthday",
    name="Birthday",
    description="Wishes a happy birthday in the morning of the day, with a present if you like. Once a year.",
    purpose=Purpose.MARKETING,
    priority=5,
    trigger=OnDate(date="birthday"),
    once_per=timedelta(days=300),
    steps=(
        Coupon(id="present", offer="birthday"),
        Send(id="day", template="birthday/day", lateness=timedelta(days=3), coupon="present"),
    ),
)
