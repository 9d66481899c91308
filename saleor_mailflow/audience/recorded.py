"""What a shop that speaks by webhooks has told and no worker has taken in yet: it is known, so it counts.

Refuses to write anything: processing does. Without it, an order that is recorded while a tick is on its way to the
hand-off would be read too late, as it never is where the shop's own tables can be asked.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.shop.gateway import BuyerQuestion
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, OrderSnapshot
from saleor_mailflow.webhooks.parse import snapshot_of


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Snapshots that wait to be processed, of the baskets and people asked about, in the order of their events."""

    checkouts: tuple[CheckoutSnapshot, ...] = ()
    orders: tuple[OrderSnapshot, ...] = ()

    def bought(self, questions: Collection[BuyerQuestion]) -> dict[int, str]:
        """Return, by ``BuyerQuestion.key``, the number of an order that answers it."""
        found: dict[int, str] = {}
        for asked in questions:
            for order in self.orders:
                same = (order.email and normalise(order.email) == asked.email) or (
                    order.user_ref and order.user_ref == asked.user_ref
                )
                if order.counts_as_purchase and (
                    (asked.token and order.token == asked.token) or (same and order.created_at >= asked.since)
                ):
                    found[asked.key] = order.number or "(without a number)"
        return found


# The partial index of pending events finds them; there are hardly ever any. An event's subject names a checkout, and
# an order's payload says whose it is, in whatever letter case.
_WAITING = """
SELECT kind, payload::text FROM mailflow_event
WHERE shop_id = %s AND processed_generation < generation AND parked = '' AND payload IS NOT NULL AND (
    subject = ANY(%s) OR payload #>> '{order,checkoutId}' = ANY(%s)
    OR lower(btrim(payload #>> '{order,userEmail}')) = ANY(%s)
    OR lower(btrim(payload #>> '{order,user,email}')) = ANY(%s)
    OR payload #>> '{order,user,id}' = ANY(%s)
)
ORDER BY occurred_at, id
"""


def recorded(shop_id: int, questions: Collection[BuyerQuestion]) -> Recorded:
    """Return what waits to be processed about these baskets and people. One query."""
    tokens = [asked.token for asked in questions]
    ids = [base64.b64encode(f"Checkout:{token}".encode()).decode() for token in tokens]
    emails = [asked.email for asked in questions if asked.email]
    refs = [asked.user_ref for asked in questions if asked.user_ref]
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [shop_id, tokens, [*ids, *tokens], emails, emails, refs])
        waiting = [snapshot_of(kind, json.loads(payload)) for kind, payload in cursor.fetchall()]
    return Recorded(
        checkouts=tuple(one for one in waiting if isinstance(one, CheckoutSnapshot)),
        orders=tuple(one for one in waiting if isinstance(one, OrderSnapshot)),
    )
