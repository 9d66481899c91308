"""The statement that reckons profiles, and the words it is made of. Refuses to hold a value: all come as parameters.

What it says in words stands in docs/reference/audience.md.
"""

from __future__ import annotations

#: What a purchase adds to what was spent, refunds taken off. Cancelled orders, drafts and expired ones add nothing.
NET = "greatest(p.total - p.total_refunded, 0)"
BOUGHT = "p.counts AND p.status <> 'CANCELED'"

#: Asks the newest word of contact ``c`` about marketing mail in general; of two at one moment the "no" counts.
NEWEST_WORD = """(
    SELECT {what} FROM mailflow_consent w WHERE w.contact_id = c.id AND w.topic = 'marketing'
    ORDER BY w.at DESC, w.state DESC, w.id DESC LIMIT 1
)"""
# A yes that ran out is no "no".
_SAID_NO = NEWEST_WORD.format(what="w.state = 'withdrawn'")

_COLUMNS = (
    *("channel", "orders", "orders_12m", "spent", "spent_12m", "first_order_at", "last_order_at", "last_order_id"),
    *("last_active_at", "gap_days", "lifecycle", "stale"),
)
_SET = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS)
_WAS = ", ".join(f"old.{column}" for column in _COLUMNS)
_IS = ", ".join(f"excluded.{column}" for column in _COLUMNS)

# For how long somebody may stay away before they are missed, in days: by their own rhythm, else by the shop's.
_PATIENCE = "least(greatest(%(factor)s * coalesce(usual.gap, %(shop_gap)s), %(least)s), %(most)s) * interval '1 day'"

RECKON = f"""
WITH bought AS MATERIALIZED (
    SELECT p.contact_id, p.order_id, p.channel, p.currency, p.created_at, {NET} AS net,
        (p.created_at AT TIME ZONE %(zone)s)::date AS day
    FROM mailflow_purchase p
    WHERE p.contact_id = ANY(%(ids)s) AND p.shop_id = %(shop)s AND {BOUGHT}
), amounts AS (
    SELECT contact_id, currency, sum(net) AS net, sum(net) FILTER (WHERE created_at > %(year_ago)s) AS lately
    FROM bought GROUP BY contact_id, currency
), money AS (
    SELECT contact_id, jsonb_object_agg(currency, trim_scale(net)::text) AS spent,
        jsonb_object_agg(currency, trim_scale(lately)::text) FILTER (WHERE lately IS NOT NULL) AS spent_12m
    FROM amounts GROUP BY contact_id
), counted AS (
    SELECT contact_id, count(*) AS orders, count(*) FILTER (WHERE created_at > %(year_ago)s) AS orders_12m,
        min(created_at) AS first_at, max(created_at) AS last_at,
        (array_agg(order_id ORDER BY created_at DESC, order_id DESC))[1] AS last_id,
        (array_agg(channel ORDER BY created_at DESC, order_id DESC))[1] AS channel
    FROM bought GROUP BY contact_id
), days AS (
    SELECT contact_id, day - lag(day) OVER (PARTITION BY contact_id ORDER BY day) AS gap
    FROM (SELECT DISTINCT contact_id, day FROM bought) each_day
), usual AS (
    -- Two gaps are three days on which they ordered.
    SELECT contact_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap
    FROM days WHERE gap IS NOT NULL GROUP BY contact_id HAVING count(*) >= 2
), seen AS (
    SELECT c.id, c.shop_id, coalesce(counted.orders, 0) AS orders, coalesce(counted.orders_12m, 0) AS orders_12m,
        coalesce(money.spent, '{{}}') AS spent, coalesce(money.spent_12m, '{{}}') AS spent_12m,
        counted.first_at, counted.last_at, coalesce(counted.last_id, '') AS last_id, usual.gap,
        greatest(counted.last_at, cart.active_at, click.at) AS active_at,
        CASE WHEN cart.active_at > coalesce(counted.last_at, '-infinity') THEN cart.channel
            ELSE coalesce(counted.channel, '') END AS channel,
        CASE
            WHEN c.id = ANY(%(refused)s) OR {_SAID_NO} THEN 'lost'
            WHEN counted.last_at IS NULL THEN CASE
                WHEN c.first_seen_at > %(new_since)s THEN 'new'
                WHEN greatest(c.first_seen_at, cart.active_at, click.at) > %(silent_since)s THEN 'active'
                WHEN greatest(c.first_seen_at, cart.active_at, click.at) > %(lost_since)s THEN 'dormant'
                ELSE 'lost'
            END
            WHEN %(now)s > counted.last_at + {_PATIENCE}
                THEN CASE WHEN counted.last_at > %(lost_since)s THEN 'dormant' ELSE 'lost' END
            WHEN old.vip_since IS NOT NULL THEN 'vip'
            ELSE 'customer'
        END AS lifecycle
    FROM mailflow_contact c
    LEFT JOIN counted ON counted.contact_id = c.id
    LEFT JOIN money ON money.contact_id = c.id
    LEFT JOIN usual ON usual.contact_id = c.id
    LEFT JOIN mailflow_profile old ON old.contact_id = c.id
    LEFT JOIN LATERAL (
        SELECT b.active_at, b.channel FROM mailflow_basket b
        WHERE b.contact_id = c.id ORDER BY b.active_at DESC LIMIT 1
    ) cart ON true
    LEFT JOIN LATERAL (
        SELECT max(m.clicked_at) AS at FROM mailflow_message m WHERE m.contact_id = c.id
    ) click ON true
    WHERE c.id = ANY(%(ids)s)
)
INSERT INTO mailflow_profile AS old (contact_id, shop_id, {", ".join(_COLUMNS)}, vip_currency, reckoned_at)
SELECT id, shop_id, channel, orders, orders_12m, spent, spent_12m, first_at, last_at, last_id, active_at, gap,
    lifecycle, false, '', %(now)s
FROM seen ORDER BY id
ON CONFLICT (contact_id) DO UPDATE SET {_SET}, reckoned_at = excluded.reckoned_at
WHERE ({_WAS}) IS DISTINCT FROM ({_IS})
"""  # noqa: S608 - put together from this file's own texts
