"""Thank-you: one mail after somebody's first order. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.steps import Anchor, Coupon, Send, Wait
from saleor_mailflow.flows.triggers import Happened

THANK_YOU = Flow(
    key="thank_you",
    name="Thank-you",
    description="Thanks somebody for their first order an hour later: what they bought, what happens next, something "
    "for next time.",
    purpose=Purpose.MARKETING,
    priority=20,
    lane="post_purchase",
    # Where money comes later than the order, name order.paid for that channel: marking as paid fires no event of its
    # own in Saleor, the order's state does.
    trigger=Happened(event="order.confirmed"),
    filter=Ask(fact="order.first", op="yes"),
    ends=(Ending.CANCELLED, Ending.REFUNDED),
    once_per=timedelta(days=30),
    steps=(
        Wait(id="an_hour", duration=timedelta(hours=1), since=Anchor.STEP),
        Coupon(id="next_time", offer="next_order"),
        Send(id="thanks", template="thank_you/thanks", lateness=timedelta(days=3), coupon="next_time"),
    ),
)
