"""The gap within which four fifths of a shop's customers come back, for those too new to have a rhythm of their own.

Refuses to speak for a shop with a handful of gaps: then ninety days are taken.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from saleor_mailflow.audience.profile_sql import BOUGHT
from saleor_mailflow.models import Watermark
from saleor_mailflow.statements import run

#: Taken, in days, until the shop has at least FEWEST gaps of its own.
UNTIL_KNOWN, FEWEST = 90.0, 20
#: However long or short a rhythm is, nobody is missed sooner or later than this.
LEAST, MOST = timedelta(days=30), timedelta(days=365)
#: Of more people than these a sample is taken, by their numbers.
PEOPLE = 200_000

_MARK = "usual_gap"
# Each person is in the sample or not for good, so that it moves from night to night as the shop does.
_GAPS = f"""
WITH days AS (
    SELECT DISTINCT p.contact_id, (p.created_at AT TIME ZONE %s::text)::date AS day FROM mailflow_purchase p
    WHERE p.shop_id = %s::bigint AND {BOUGHT} AND p.contact_id %% %s::bigint = 0
), gaps AS (
    SELECT day - lag(day) OVER (PARTITION BY contact_id ORDER BY day) AS gap FROM days
)
SELECT count(gap), percentile_disc(0.8) WITHIN GROUP (ORDER BY gap) FROM gaps WHERE gap IS NOT NULL
"""  # noqa: S608 - put together from our own text
_PEOPLE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'mailflow_contact'::regclass"


def sampled_one_in() -> int:
    """Return of how many people, by the server's own statistics, one is looked at for a percentile: 1 is everybody."""
    return max(1, -(-int(run(_PEOPLE).rows[0][0]) // PEOPLE))


def usual_gap(shop_id: int) -> float:
    """Return the shop's usual gap between orders in days, as the last night reckoned it. One query."""
    return gaps_of(shop_id)[0]


def gaps_of(shop_id: int) -> tuple[float, float, datetime | None]:
    """Return the usual gap in days, the one before, and when it changed (None: never reckoned). One query."""
    found = Watermark.objects.filter(shop_id=shop_id, name=_MARK).values_list("value", "at").first()
    if found is None:
        return UNTIL_KNOWN, UNTIL_KNOWN, None
    new, _, old = found[0].partition(" was ")
    return float(new), float(old or new), found[1]


def reckon_usual_gap(shop_id: int, *, now: datetime, zone: str = "UTC") -> float:
    """Reckon the 80th percentile of the gaps between days with orders, keep it for a day and return it, in days.

    All gaps of all customers count, however few orders they made; of more than PEOPLE people a fixed sample.
    """
    count, found = run(_GAPS, [zone, shop_id, sampled_one_in()]).rows[0]
    days = float(Decimal(found)) if count >= FEWEST else UNTIL_KNOWN
    before = usual_gap(shop_id)
    mark, new = Watermark.objects.get_or_create(shop_id=shop_id, name=_MARK, defaults={"at": now, "value": str(days)})
    if not new and before != days:
        # Kept beside the new one, for people whom the change carries over a line: nobody is to fall through.
        mark.value, mark.at = f"{days} was {before}", now
        mark.save(update_fields=["value", "at"])
    return days
