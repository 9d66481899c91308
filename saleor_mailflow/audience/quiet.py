"""Which customers have just been away for longer than they usually are: those whom a win-back is for.

Refuses whoever still waits for an order, works in the shop, or was erased; and to look through everybody: people are
found gap by gap in an index, so a look costs as much as there are people who crossed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from saleor_mailflow.audience.usual_gap import gaps_of
from saleor_mailflow.flows.triggers import QuietFor

#: An order that is not done after this long is not waited for any more.
OPEN_FOR = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """A customer who is missed: since when, and the order from which their absence counts."""

    contact_id: int
    crossed_at: datetime
    last_order_id: str
    #: How long they have been away at ``now``, in whole days.
    days: int


# Own gaps are medians of whole days, so they are whole or half days: each is one short range of the index. OFFSET 0
# keeps it so: the planner, which expects many more than there are, would rather read every profile and contact.
_WAITS = """
SELECT gap, least(greatest(%(factor)s * gap, %(least)s), %(most)s) * interval '1 day' AS wait
FROM generate_series(1, (
    SELECT coalesce(max(gap_days), 0) FROM mailflow_profile WHERE shop_id = %(shop)s AND gap_days IS NOT NULL
)::numeric, 0.5) AS own (gap)
"""
_MISSED = f"""
SELECT own.contact_id, own.last_order_at, own.last_order_id, own.last_order_at + waits.wait AS crossed_at
FROM ({_WAITS}) waits CROSS JOIN LATERAL (
    SELECT p.contact_id, p.last_order_at, p.last_order_id FROM mailflow_profile p
    WHERE p.shop_id = %(shop)s AND p.gap_days = waits.gap::float8
      AND p.last_order_at > %(since)s::timestamptz - waits.wait
      AND p.last_order_at <= %(now)s::timestamptz - waits.wait
    OFFSET 0
) own
UNION ALL
SELECT p.contact_id, p.last_order_at, p.last_order_id, CASE
    WHEN p.last_order_at + %(wait)s::interval <= %(since)s THEN %(changed)s::timestamptz
    ELSE p.last_order_at + %(wait)s::interval
END
FROM mailflow_profile p
WHERE p.shop_id = %(shop)s AND p.gap_days IS NULL
    AND p.last_order_at > %(since)s::timestamptz - %(was)s::interval
    AND p.last_order_at <= %(now)s::timestamptz - %(wait)s::interval
"""  # noqa: S608 - put together from this file's own texts
_THEM = f"""
FROM ({_MISSED}) missed CROSS JOIN LATERAL (
    SELECT c.id FROM mailflow_contact c
    WHERE c.id = missed.contact_id AND c.erased_at IS NULL AND NOT c.is_staff AND NOT EXISTS (
        SELECT 1 FROM mailflow_purchase o
        WHERE o.contact_id = c.id AND o.counts AND o.created_at > %(open)s
          AND o.status IN ('UNCONFIRMED', 'UNFULFILLED', 'PARTIALLY_FULFILLED')
    )
    OFFSET 0
) them
"""  # noqa: S608 - put together from this file's own texts
_FIND = f"""
SELECT missed.contact_id, missed.crossed_at, missed.last_order_id, missed.last_order_at
{_THEM} ORDER BY missed.crossed_at FETCH FIRST %(limit)s ROWS WITH TIES
"""


def quiet_customers(
    shop_id: int, trigger: QuietFor, *, since: datetime, now: datetime, limit: int = 1000
) -> list[Quiet]:
    """Return who crossed in (``since``, ``now``], the earliest first: last order + factor x usual gap, clamped.

    ``limit`` never parts those who crossed at one moment: go on with ``since`` at the last one's ``crossed_at``. One
    query, one more for the shop's usual gap. Whoever was carried over the line by a change of that gap crossed when it
    changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {**_values(shop_id, trigger, since, now), "limit": limit})
        return [
            Quiet(contact_id=one, crossed_at=at, last_order_id=order, days=(now - last).days)
            for one, at, order, last in cursor.fetchall()
        ]


def count_quiet(shop_id: int, trigger: QuietFor, *, now: datetime, since: datetime | None = None) -> int:
    """Return how many customers are missed at ``now``: since ever, or those who crossed after ``since``."""
    since = datetime(1970, 1, 1, tzinfo=now.tzinfo) if since is None else since
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_THEM}", _values(shop_id, trigger, since, now))
        return int(cursor.fetchone()[0])


def _values(shop_id: int, trigger: QuietFor, since: datetime, now: datetime) -> dict[str, Any]:
    gap, before, changed_at = gaps_of(shop_id)
    wait = _wait(trigger, gap)
    # Where the shop's gap became shorter, some crossed without a moment at which they did.
    was = max(wait, _wait(trigger, before)) if changed_at is not None and since < changed_at <= now else wait
    return {
        "shop": shop_id,
        "since": since,
        "now": now,
        "factor": trigger.factor,
        "least": trigger.least.days,
        "most": trigger.most.days,
        "wait": wait,
        "was": was,
        "changed": changed_at,
        "open": now - OPEN_FOR,
    }


def _wait(trigger: QuietFor, gap: float) -> timedelta:
    return min(max(timedelta(days=float(trigger.factor) * gap), trigger.least), trigger.most)
