"""A flow of three steps that tests change: the catalogue's own grow with the product, and are no business of theirs."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.definition import Flow, MailKind, Purpose
from saleor_mailflow.flows.steps import Anchor, Send, Wait
from saleor_mailflow.flows.triggers import IdleBasket

REMINDER = Send(id="reminder", template="abandoned_checkout/reminder", lateness=timedelta(hours=12))
WAIT = Wait(id="until_next_day", duration=timedelta(hours=24), since=Anchor.ACTIVITY, after_mail=timedelta(hours=12))
LAST_CALL = Send(id="last_call", template="abandoned_checkout/last_call", lateness=timedelta(hours=48))

CART = Flow(
    key="my_cart",
    name="My cart",
    description="Reminds of a cart twice.",
    purpose=Purpose.MARKETING,
    prompt=True,
    kind=MailKind.CART,
    priority=10,
    trigger=IdleBasket(after=timedelta(hours=1)),
    once_per=timedelta(days=7),
    steps=(REMINDER, WAIT, LAST_CALL),
)
