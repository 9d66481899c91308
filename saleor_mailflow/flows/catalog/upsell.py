"""Upsell: what goes with an order, once it has arrived. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.steps import Anchor, Send, Wait, WaitFor
from saleor_mailflow.flows.triggers import Happened

UPSELL = Flow(
    key="upsell",
    name="Goes with it",
    description="Shows what others bought together with an order or next: three days after it was sent, or a week "
    "after it was made.",
    purpose=Purpose.MARKETING,
    priority=40,
    lane="post_purchase",
    trigger=Happened(event="order.confirmed"),
    ends=(Ending.ORDERED, Ending.CANCELLED, Ending.RETURNED, Ending.REFUNDED),
    once_per=timedelta(days=30),
    steps=(
        WaitFor(
            id="sent",
            event="order.fulfilled",
            timeout=timedelta(days=7),
            then=(Wait(id="arrives", duration=timedelta(days=3), since=Anchor.STEP),),
        ),
        Send(id="goes_with", template="upsell/goes_with", lateness=timedelta(days=3), products="goes_with"),
    ),
)
