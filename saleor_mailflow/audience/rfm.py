"""Recency, frequency and value of a shop's buyers in fifths, nightly. Refuses to rank staff and who never bought.

Each is 1 + how many of four lines lie below: the 20th, 40th, 60th and 80th percentile of all buyers. So equal people
get equal marks, and where half a shop ordered once, they are all a 1.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.audience.usual_gap import sampled_one_in
from saleor_mailflow.models import Watermark

_MARK, _MONEY = "rfm:", "rfm:monetary:"

_BUYERS = """
FROM mailflow_profile p JOIN mailflow_contact c ON c.id = p.contact_id AND c.erased_at IS NULL AND NOT c.is_staff
"""
_FIFTHS = "percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP"
_LINES = f"""
SELECT {_FIFTHS} (ORDER BY floor(extract(epoch FROM p.last_order_at))::bigint), {_FIFTHS} (ORDER BY p.orders)
{_BUYERS} WHERE p.shop_id = %(shop)s AND p.orders > 0 AND p.contact_id %% %(one_in)s = 0
"""  # noqa: S608 - put together from this file's own texts
# In each currency by itself: amounts in two cannot be compared.
_MONETARY = f"""
SELECT one.key, {_FIFTHS} (ORDER BY one.value::numeric)
{_BUYERS} CROSS JOIN LATERAL jsonb_each_text(p.spent) AS one
WHERE p.shop_id = %(shop)s AND p.orders > 0 AND p.contact_id %% %(one_in)s = 0 GROUP BY one.key
"""


def draw_lines(shop_id: int, *, now: datetime) -> None:
    """Draw the four lines of each measure among the shop's buyers as they are now, and keep them.

    Of more than ``usual_gap.PEOPLE`` people a fixed sample says where. Five queries.
    """
    values = {"shop": shop_id, "one_in": sampled_one_in()}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, values)
        recency, frequency = cursor.fetchone()
        cursor.execute(_MONETARY, values)
        drawn = {f"{_MONEY}{currency}": amounts for currency, amounts in cursor.fetchall()}
    if recency is not None:
        drawn |= {"rfm:recency": recency, "rfm:frequency": frequency}
    Watermark.objects.filter(shop_id=shop_id, name__startswith=_MARK).delete()
    Watermark.objects.bulk_create(
        Watermark(shop_id=shop_id, name=name, value=",".join(f"{line:.20g}" for line in lines), at=now)
        for name, lines in drawn.items()
    )


# Only those whose marks changed are written. The window is said of each table, or all of it is read for each window.
_MARKS = """
WITH marked AS MATERIALIZED (
    SELECT p.contact_id,
        -- The lines are whole seconds, cut off.
        1 + (
            SELECT count(*) FROM unnest(%(recency)s::timestamptz[]) line WHERE p.last_order_at >= line + interval '1 s'
        ) AS recency,
        1 + (SELECT count(*) FROM unnest(%(frequency)s::int[]) line WHERE p.orders > line) AS frequency,
        1 + coalesce((
            SELECT max(below.lines) FROM (
                SELECT count(*) AS lines FROM jsonb_each_text(p.spent) one
                JOIN unnest(%(currencies)s::text[], %(amounts)s::numeric[]) AS drawn (currency, line)
                    ON drawn.currency = one.key AND one.value::numeric > drawn.line
                GROUP BY one.key
            ) below
        ), 0) AS monetary
    FROM mailflow_profile p JOIN mailflow_contact c ON c.id = p.contact_id AND NOT c.is_staff
    WHERE p.shop_id = %(shop)s AND p.contact_id > %(after)s AND p.contact_id <= %(upto)s AND p.orders > 0
      AND c.id > %(after)s AND c.id <= %(upto)s
)
UPDATE mailflow_profile p SET recency = m.recency, frequency = m.frequency, monetary = m.monetary
FROM (
    SELECT p.contact_id, m.recency, m.frequency, m.monetary
    FROM mailflow_profile p LEFT JOIN marked m ON m.contact_id = p.contact_id
    WHERE p.shop_id = %(shop)s AND p.contact_id > %(after)s AND p.contact_id <= %(upto)s
      AND (p.recency, p.frequency, p.monetary)
          IS DISTINCT FROM (m.recency::smallint, m.frequency::smallint, m.monetary::smallint)
    ORDER BY p.contact_id
) m WHERE p.contact_id = m.contact_id AND p.contact_id > %(after)s AND p.contact_id <= %(upto)s
"""


def mark(shop_id: int, *, after: int, upto: int) -> int:
    """Mark the buyers among the contacts with ids in (``after``, ``upto``]; return how many changed. Two queries."""
    lines = dict(Watermark.objects.filter(shop_id=shop_id, name__startswith=_MARK).values_list("name", "value"))
    money = [
        (name.removeprefix(_MONEY), Decimal(line))
        for name, value in lines.items()
        if name.startswith(_MONEY)
        for line in value.split(",")
    ]
    values: dict[str, Any] = {
        "shop": shop_id,
        "after": after,
        "upto": upto,
        "recency": [datetime.fromtimestamp(int(line), UTC) for line in _split(lines.get("rfm:recency"))],
        "frequency": [int(line) for line in _split(lines.get("rfm:frequency"))],
        "currencies": [currency for currency, _ in money],
        "amounts": [line for _, line in money],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Of tables without statistics (a fresh shop) the planner thinks small, and would compare everybody with
        # everybody.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_MARKS, values)
        changed = int(cursor.rowcount)
        cursor.execute("SET LOCAL enable_nestloop = on")
        return changed


def _split(value: str | None) -> list[str]:
    return value.split(",") if value else []
