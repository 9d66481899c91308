"""What flows came to: mails, clicks, people inside, and orders that followed a click. Refuses to guess at causes.

An order counts for the flow whose mail was clicked last before it, within five days, and for that one alone. Money is
per currency, never converted, refunds taken off. Three queries, however many flows there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q

from saleor_mailflow.models import Message

#: How long after a click an order still counts for the mail.
ATTRIBUTION = timedelta(days=5)


@dataclass(kw_only=True)
class Figures:
    """What one flow came to since a day. ``waiting`` is people by the step they stand at, now."""

    sent: int = 0
    shadowed: int = 0
    delivered: int = 0
    clicked: int = 0
    held_back: int = 0
    inside: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    revenue: dict[str, Decimal] = field(default_factory=dict)


_WAITING = """
SELECT f.key, coalesce(e.cursor ->> 'at', ''), count(*) FROM mailflow_enrollment e
JOIN mailflow_flow f ON f.id = e.flow_id
WHERE f.shop_id = %s AND e.state = 'active' GROUP BY 1, 2
"""
# From the clicks, which are few, to the orders behind them; the last click before an order takes it.
_ORDERS = """
WITH clicks AS (
    SELECT m.contact_id, m.clicked_at, m.flow_key FROM mailflow_message m
    WHERE m.shop_id = %(shop)s AND m.clicked_at > %(since)s::timestamptz - %(window)s::interval
), credited AS (
    SELECT DISTINCT ON (p.id) p.id, p.created_at, c.flow_key, p.currency, p.total - p.total_refunded AS worth
    FROM clicks c JOIN mailflow_purchase p ON p.contact_id = c.contact_id
    WHERE p.shop_id = %(shop)s AND p.counts AND p.created_at > %(since)s
      AND p.created_at >= c.clicked_at AND p.created_at < c.clicked_at + %(window)s::interval
    ORDER BY p.id, c.clicked_at DESC
)
SELECT flow_key, currency, count(*), sum(worth) FROM credited GROUP BY 1, 2
"""


def figures(shop_id: int, *, since: datetime) -> Mapping[str, Figures]:
    """Return {flow key: what it came to} for every flow that did anything since then or has people inside."""
    found: dict[str, Figures] = {}
    held = Q(state__in=[Message.State.BLOCKED, Message.State.MISSED, Message.State.FAILED])
    rows = (
        Message.objects.filter(shop_id=shop_id, planned_at__gt=since)
        .values("flow_key")
        .annotate(
            sent=Count("id", filter=Q(state=Message.State.ACCEPTED)),
            shadowed=Count("id", filter=Q(state=Message.State.SHADOWED)),
            delivered=Count("id", filter=Q(delivered_at__isnull=False)),
            clicked=Count("id", filter=Q(clicked_at__isnull=False)),
            held_back=Count("id", filter=held),
        )
        .order_by()
    )
    for row in rows:
        key = row.pop("flow_key")
        found[key] = Figures(**row)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [shop_id])
        for key, step, count in cursor.fetchall():
            one = found.setdefault(key, Figures())
            one.inside += count
            one.waiting[step] = count
        cursor.execute(_ORDERS, {"shop": shop_id, "since": since, "window": f"{ATTRIBUTION.days} days"})
        for key, currency, count, worth in cursor.fetchall():
            one = found.setdefault(key, Figures())
            one.orders += count
            one.revenue[currency] = worth
    return found
