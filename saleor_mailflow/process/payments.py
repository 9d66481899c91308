"""Carts with money on them and no order: nobody mails about those, so a person of the shop is told.

Refuses to count what may still finish by itself: an hour is long for a bank's page, and a week ago is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from saleor_mailflow.conf import Problem
from saleor_mailflow.models import Basket, Shop

#: A payment that finishes by itself does so well within this.
STUCK, PAST = timedelta(hours=1), timedelta(days=7)
_STATES = ("paid", "authorized", "pending")


def payment_problems(shop: Shop, now: datetime) -> list[Problem]:
    """Return a sentence where shoppers paid, or tried to, and wait for their order. One query."""
    waiting = Basket.objects.filter(
        shop=shop,
        state=Basket.State.OPEN,
        payment__in=_STATES,
        last_change__gt=now - PAST,
        last_change__lt=now - STUCK,
    ).count()
    if not waiting:
        return []
    carts = "1 cart has" if waiting == 1 else f"{waiting} carts have"
    text = (
        f"{carts} a payment and no order for over an hour, so nobody is mailed about that: look at the payments of "
        "checkouts in Saleor, or ask the payment provider."
    )
    return [Problem(key="payments", text=text)]
