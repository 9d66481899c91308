"""Who spent enough in twelve months to be thanked for it: nightly, and only those who crossed the line since.

Refuses to thank a whole shop on its first night or for a line that the merchant moved (that pass is silent), for a
past that was taken in since the last look, to count orders that may still go back, and to draw a line through a handful
of buyers. Leaving is silent, too.

How it can fail, and who is hurt: the worker dies in the middle (it is one statement and one transaction: either
somebody has crossed and their occasion is written, or neither).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.audience.profile_sql import BOUGHT, NET
from saleor_mailflow.flows.triggers import Threshold
from saleor_mailflow.models import Watermark

YEAR = timedelta(days=365)
#: Buyers in a currency below which no line is drawn by percent: of twenty, one is the top five percent.
FEWEST = 20
#: Whoever left may cross again after this long.
AGAIN_AFTER = timedelta(days=365)
#: An order is news for so long, however late a road brought it.
LATE = timedelta(days=1)
#: After so long without a look nobody can say when somebody crossed: the next one is silent.
STALE = timedelta(days=7)

_MARK, _LINE = "vip", "vip:line:"

_SPENT = f"""
spent AS MATERIALIZED (
    SELECT p.contact_id, p.currency, sum({NET}) AS net, count(*) AS orders
    FROM mailflow_purchase p JOIN mailflow_contact c ON c.id = p.contact_id AND c.erased_at IS NULL AND NOT c.is_staff
    WHERE p.shop_id = %(shop)s AND {BOUGHT} AND p.created_at > %(from)s AND p.created_at <= %(until)s
    GROUP BY p.contact_id, p.currency
), lines AS MATERIALIZED (
    -- Above the line, not on it: where everybody spent the same, nobody stands out.
    SELECT currency, percentile_disc(%(share)s) WITHIN GROUP (ORDER BY net) AS line FROM spent
    WHERE net > 0 AND %(by_percent)s GROUP BY currency HAVING count(*) >= %(fewest)s
), amounts AS (
    SELECT * FROM unnest(%(currencies)s::text[], %(amounts)s::numeric[]) AS one (currency, amount)
), above AS MATERIALIZED (
    SELECT DISTINCT ON (contact_id) contact_id, currency FROM (
        SELECT contact_id, currency, net FROM spent JOIN amounts USING (currency) WHERE net >= amount AND net > 0
        UNION ALL
        SELECT contact_id, currency, net FROM spent JOIN lines USING (currency)
        WHERE net > line AND currency <> ALL(%(currencies)s::text[])
        UNION ALL
        SELECT contact_id, currency, net FROM (
            SELECT *, sum(orders) OVER (PARTITION BY contact_id) AS every FROM spent
        ) counted WHERE %(orders)s > 0 AND every >= %(orders)s
    ) found ORDER BY contact_id, net DESC, currency
)
"""  # noqa: S608 - put together from our own texts
_PASS = f"""
WITH {_SPENT}, reached AS (
    UPDATE mailflow_profile p SET vip_since = %(now)s, vip_currency = above.currency, vip_left_at = NULL, stale = true
    FROM above WHERE p.contact_id = above.contact_id AND p.shop_id = %(shop)s AND p.vip_since IS NULL
      AND (p.vip_left_at IS NULL OR p.vip_left_at <= %(again)s)
    RETURNING p.contact_id, p.vip_currency
), gone AS (
    UPDATE mailflow_profile p SET vip_since = NULL, vip_currency = '', vip_left_at = %(now)s, stale = true
    WHERE p.shop_id = %(shop)s AND p.vip_since IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM above WHERE above.contact_id = p.contact_id)
    RETURNING p.contact_id
), told AS (
    INSERT INTO mailflow_occasion (shop_id, contact_id, kind, of, subject, key, at, learned_at, detail, considered)
    SELECT %(shop)s, contact_id, 'vip.reached', vip_currency, '', 'vip.reached:' || contact_id || ':' || %(day)s,
        %(now)s, %(now)s, '{{}}', false
    FROM reached WHERE NOT %(silent)s AND NOT EXISTS (
        -- A backfill or an import brings people who crossed long ago: the look before would have found them.
        SELECT 1 FROM mailflow_purchase p WHERE p.contact_id = reached.contact_id AND p.shop_id = %(shop)s AND {BOUGHT}
          AND p.learned_at >= %(looked)s AND p.created_at <= %(past)s
    ) ORDER BY contact_id
    ON CONFLICT (shop_id, key) DO NOTHING
)
SELECT (SELECT coalesce(array_agg(contact_id ORDER BY contact_id), '{{}}') FROM reached), (SELECT count(*) FROM gone),
    (SELECT jsonb_object_agg(currency, line::text) FROM (
        SELECT currency, amount AS line FROM amounts
        UNION ALL SELECT currency, line FROM lines WHERE currency <> ALL(%(currencies)s::text[])
    ) drawn)
"""  # noqa: S608 - put together from our own texts
_ABOVE = f"WITH {_SPENT} SELECT count(*) FROM above"  # noqa: S608 - put together from our own texts


@dataclass(frozen=True, kw_only=True)
class VipPass:
    """What a look came to: who crossed (contact ids), how many left; ``silent`` where nobody was told of it."""

    reached: tuple[int, ...]
    left: int
    silent: bool


def look(shop_id: int, trigger: Threshold, *, now: datetime) -> VipPass:
    """Draw the line and note who crossed it since the last look: on their profile, and as ``vip.reached`` occasions.

    The line by percent is that of the settled orders of twelve months, per currency, refunds taken off; whoever stands
    above it is in. The first look, one after a change of ``trigger`` and one after STALE without any are silent. To be
    called nightly, after the profiles were reckoned. Four queries.
    """
    digest = hashlib.sha256(json.dumps(trigger.to_json(), sort_keys=True).encode()).hexdigest()[:32]
    with transaction.atomic():
        mark, new = Watermark.objects.select_for_update().get_or_create(
            shop_id=shop_id, name=_MARK, defaults={"at": now, "value": digest}
        )
        silent = new or mark.value != digest or now - mark.at > STALE
        values = {
            **_values(shop_id, trigger, now),
            "again": now - AGAIN_AFTER,
            "silent": silent,
            "looked": mark.at,
            "past": mark.at - trigger.settled - LATE,
        }
        with connection.cursor() as cursor:
            cursor.execute(_PASS, {**values, "day": now.date().isoformat()})
            reached, left, drawn = cursor.fetchone()
        mark.value, mark.at = digest, now
        mark.save(update_fields=["value", "at"])
        _keep(shop_id, json.loads(drawn or "{}"), now)
    return VipPass(reached=tuple(reached), left=left, silent=silent)


def lines(shop_id: int) -> Mapping[str, Decimal]:
    """Return {currency: the line as it was last drawn}; no currency where it had too few buyers. One query."""
    rows = Watermark.objects.filter(shop_id=shop_id, name__startswith=_LINE).values_list("name", "value")
    return {name.removeprefix(_LINE): Decimal(value) for name, value in rows}


def count_above(shop_id: int, trigger: Threshold, *, now: datetime) -> int:
    """Return how many people stand above the line now, whoever was told. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, _values(shop_id, trigger, now))
        return int(cursor.fetchone()[0])


def _keep(shop_id: int, drawn: Mapping[str, str], now: datetime) -> None:
    kept = Watermark.objects.filter(shop_id=shop_id, name__startswith=_LINE)
    kept.exclude(name__in=[f"{_LINE}{currency}" for currency in drawn]).delete()
    Watermark.objects.bulk_create(
        [Watermark(shop_id=shop_id, name=f"{_LINE}{currency}", value=line, at=now) for currency, line in drawn.items()],
        update_conflicts=True,
        unique_fields=["shop", "name"],
        update_fields=["value", "at"],
    )


def _values(shop_id: int, trigger: Threshold, now: datetime) -> dict[str, Any]:
    until = now - trigger.settled
    return {
        "shop": shop_id,
        "now": now,
        "from": now - YEAR,
        "until": until,
        "share": 1 - Decimal(trigger.percent) / 100,
        # Counted by orders, percent says nothing.
        "by_percent": trigger.percent > 0 and not trigger.orders,
        "fewest": FEWEST,
        "currencies": [currency for currency, _ in trigger.amounts],
        "amounts": [amount for _, amount in trigger.amounts],
        "orders": trigger.orders,
    }
