"""Review request: one mail an order, two weeks after the last of it was sent. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.kinds import MailKind
from saleor_mailflow.flows.steps import Anchor, Send, Wait
from saleor_mailflow.flows.triggers import Happened

REVIEW_REQUEST = Flow(
    key="review_request",
    name="Review request",
    description="Asks for an opinion two weeks after an order was sent: one mail listing what was bought, once in 30 "
    "days at most.",
    purpose=Purpose.MARKETING,
    kind=MailKind.REVIEW,
    priority=30,
    lane="post_purchase",
    trigger=Happened(event="order.fulfilled"),
    ends=(Ending.CANCELLED, Ending.RETURNED, Ending.REFUNDED),
    once_per=timedelta(days=30),
    steps=(
        Wait(id="two_weeks", duration=timedelta(days=14), since=Anchor.STEP),
        Send(id="ask", template="review_request/ask", lateness=timedelta(days=7)),
    ),
)
