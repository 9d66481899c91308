"""Abandoned checkout: two mails to somebody who left a cart, and none when they buy. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.kinds import MailKind
from saleor_mailflow.flows.steps import Anchor, Coupon, Send, Wait
from saleor_mailflow.flows.triggers import IdleBasket

ABANDONED_CHECKOUT = Flow(
    key="abandoned_checkout",
    name="Abandoned checkout",
    description="Reminds somebody who left a cart: after an hour, and once more the next day. Stops when they buy.",
    purpose=Purpose.MARKETING,
    prompt=True,
    kind=MailKind.CART,
    priority=10,
    trigger=IdleBasket(after=timedelta(hours=1)),
    once_per=timedelta(days=7),
    steps=(
        Send(id="reminder", template="abandoned_checkout/reminder", lateness=timedelta(hours=12)),
        Wait(
            id="until_next_day",
            duration=timedelta(hours=24),
            since=Anchor.ACTIVITY,
            after_mail=timedelta(hours=12),
        ),
        Coupon(id="offer", offer="cart"),
        Send(id="last_call", template="abandoned_checkout/last_call", lateness=timedelta(hours=48), coupon="offer"),
    ),
)
