"""Nightly, from the shop's own orders: what is bought together, what is bought next, what sells best.

Refuses to go through all orders every night: a product is reckoned anew once a fiftieth of its buyers is news, those
counted who bought it since, and those who bought it before something they bought since. The best seller, which costs
most to reckon, changes least by one more buyer. What nobody touches keeps its numbers until somebody does.

How it can fail, and who is hurt: the worker dies in the middle (each slice is one transaction and the rest stays marked
as stale, so the next tick goes on there); an order becomes visible late (the last few thousand are looked at again
every night); an order counts as a purchase only later (it does here once one of its products is bought again). Nobody
is sent anything by it: what is recommended is asked of the shop once more.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.models import BestSeller, Product, Shop, Watermark
from saleor_mailflow.shop.gateway import ProductShelf, ShopGateway
from saleor_mailflow.watermarks import Marks, long_ago, mark_of

EVERY = timedelta(hours=24)
#: Orders older than this say nothing of what people want now.
LOOK_BACK = timedelta(days=365)
#: Bought within this time after the first one counts as bought next.
NEXT_WITHIN = timedelta(days=180)
BEST_SELLERS_OF = timedelta(days=30)
#: Fewer people than this who bought both are chance, and would say of one person what they bought.
FEWEST = 2
#: Kept of each product and kind, and of each channel.
MOST_OTHERS, MOST_BEST_SELLERS = 20, 100
#: Of a product that sells without end the latest orders say enough.
MOST_ORDERS = 5_000
#: Orders that one statement marks products of, products that one transaction reckons, products asked of the shop.
WINDOW, SLICE, LOOK = 20_000, 100, 200
#: Orders whose transaction may have been open when a later one was seen, if they were learned of so shortly before.
OVERLAP, OPEN_FOR = 2_000, timedelta(hours=1)
#: One new buyer to so many known ones makes a product's numbers old.
ENOUGH = 50
#: A product is asked of the shop again after this.
LOOK_AGAIN = timedelta(days=7)
TICK_SECONDS = 3.0

_MARK = "recommendations"
_GOING = "+"

_TOUCH = """
WITH fresh AS MATERIALIZED (
    SELECT id, contact_id, created_at FROM mailflow_purchase
    WHERE shop_id = %(shop)s AND id > %(after)s AND id <= %(upto)s AND counts
        AND (id > %(looked_at)s OR learned_at > %(open_since)s)
), touched AS (
    SELECT l.product_ref AS ref, max(l.product_name) AS name, max(l.product_slug) AS slug,
        max(l.image_url) AS image, min(f.created_at) AS seen, count(DISTINCT f.id) AS news
    FROM fresh f JOIN mailflow_purchaseline l ON l.purchase_id = f.id
    WHERE l.product_ref <> '' GROUP BY 1
    UNION ALL
    SELECT l.product_ref, '', '', '', %(now)s::timestamptz, count(DISTINCT p.contact_id)
    FROM (SELECT DISTINCT contact_id FROM fresh WHERE contact_id IS NOT NULL) f
    JOIN mailflow_purchase p ON p.contact_id = f.contact_id AND p.counts AND p.created_at > %(next_since)s
        AND p.id <= %(looked_at)s
    JOIN mailflow_purchaseline l ON l.purchase_id = p.id
    WHERE %(again)s AND l.product_ref <> '' GROUP BY 1
)
INSERT INTO mailflow_product
    (shop_id, ref, name, slug, image_url, category_ref, category_name, buyers, first_seen_at, stale, news)
SELECT %(shop)s, ref, max(name), max(slug), max(image), '', '', 0, min(seen), true, sum(news)
FROM touched GROUP BY ref ORDER BY ref
ON CONFLICT (shop_id, ref) DO UPDATE SET news = mailflow_product.news + excluded.news,
    stale = mailflow_product.stale OR (mailflow_product.news + excluded.news) * %(enough)s >= mailflow_product.buyers,
    name = coalesce(nullif(excluded.name, ''), mailflow_product.name),
    slug = coalesce(nullif(excluded.slug, ''), mailflow_product.slug),
    image_url = coalesce(nullif(excluded.image_url, ''), mailflow_product.image_url)
"""
_STALE = """
SELECT ref FROM mailflow_product WHERE shop_id = %s AND stale ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# One person counts once, however often they bought. Of two that as many people bought with it, the one that fewer buy
# anyway comes first: everybody buys the shop's best seller with everything.
_RECKON = """
WITH every AS (
    SELECT own.id AS own, p.id, p.contact_id, p.created_at,
        row_number() OVER (PARTITION BY own.id ORDER BY p.created_at DESC) AS latest
    FROM mailflow_purchaseline l
    JOIN mailflow_purchase p ON p.id = l.purchase_id
    JOIN mailflow_product own ON own.shop_id = %(shop)s AND own.ref = l.product_ref
    -- Named of the line: of the product, PostgreSQL would expect every one to sell as often as the next.
    WHERE l.product_ref = ANY(%(refs)s) AND p.shop_id = %(shop)s AND p.counts AND p.contact_id IS NOT NULL
        AND p.created_at > %(since)s
), bought AS MATERIALIZED (
    SELECT DISTINCT own, id, contact_id, created_at FROM every WHERE latest <= %(most_orders)s
), begun AS MATERIALIZED (
    SELECT own, contact_id, min(created_at) AS at FROM bought GROUP BY own, contact_id
), sizes AS MATERIALIZED (
    SELECT own, count(*) AS buyers FROM begun GROUP BY own
), people AS (
    SELECT DISTINCT b.own, o.id AS other, o.buyers, 'together' AS kind, b.contact_id
    FROM bought b
    JOIN mailflow_purchaseline l ON l.purchase_id = b.id
    JOIN mailflow_product o ON o.shop_id = %(shop)s AND o.ref = l.product_ref AND o.id <> b.own
    UNION ALL
    SELECT DISTINCT b.own, o.id, o.buyers, 'next', b.contact_id
    FROM begun b
    JOIN mailflow_purchase p ON p.contact_id = b.contact_id AND p.counts AND p.shop_id = %(shop)s
        AND p.created_at > b.at AND p.created_at <= b.at + %(next_within)s
    JOIN mailflow_purchaseline l ON l.purchase_id = p.id
    JOIN mailflow_product o ON o.shop_id = %(shop)s AND o.ref = l.product_ref AND o.id <> b.own
), pairs AS (
    SELECT own, other, kind, count(*) AS both_bought, max(buyers) AS other_buyers
    FROM people GROUP BY own, other, kind HAVING count(*) >= %(fewest)s
), ranked AS (
    SELECT own, other, kind, both_bought, row_number() OVER (
        PARTITION BY own, kind ORDER BY both_bought / sqrt(greatest(other_buyers, both_bought)) DESC, other
    ) AS place
    FROM pairs
), fresh AS (
    UPDATE mailflow_product SET stale = false, news = 0, buyers = coalesce(sizes.buyers, 0)
    FROM mailflow_product mine LEFT JOIN sizes ON sizes.own = mine.id
    WHERE mine.shop_id = %(shop)s AND mine.ref = ANY(%(refs)s) AND mailflow_product.id = mine.id
)
INSERT INTO mailflow_pairing (shop_id, product_ref, other_ref, kind, "both", buyers)
SELECT %(shop)s, own.ref, other.ref, ranked.kind, ranked.both_bought, sizes.buyers
FROM ranked JOIN sizes ON sizes.own = ranked.own
JOIN mailflow_product own ON own.id = ranked.own JOIN mailflow_product other ON other.id = ranked.other
WHERE place <= %(most)s
"""
_BEST = """
INSERT INTO mailflow_bestseller (shop_id, channel, product_ref, rank, buyers, pieces)
SELECT %(shop)s, channel, product_ref, rank, buyers, pieces FROM (
    SELECT p.channel, l.product_ref, count(DISTINCT p.contact_id) AS buyers, sum(l.quantity) AS pieces,
        row_number() OVER (
            PARTITION BY p.channel ORDER BY count(DISTINCT p.contact_id) DESC, sum(l.quantity) DESC, l.product_ref
        ) AS rank
    FROM mailflow_purchase p JOIN mailflow_purchaseline l ON l.purchase_id = p.id
    WHERE p.shop_id = %(shop)s AND p.counts AND p.created_at > %(since)s AND l.product_ref <> ''
        AND p.status <> 'CANCELED'
    GROUP BY 1, 2
) best WHERE rank <= %(most)s
"""


def recommendations_due(shop: Shop, now: datetime, marks: Marks | None = None) -> bool:
    """Tell whether the nightly reckoning is due, or was begun and not finished."""
    mark = mark_of(shop.pk, _MARK, marks)
    return long_ago(mark, now, EVERY) or (mark is not None and mark.value.endswith(_GOING))


def reckon(shop: Shop, *, gateway: ShopGateway, now: datetime, seconds: float | None = None) -> int:
    """Bring products, pairings and best sellers up to ``now``; return how many products were reckoned.

    ``seconds`` is about the most it may take; the next call goes on where this one stopped.
    """
    mark, _ = Watermark.objects.get_or_create(shop=shop, name=_MARK, defaults={"at": now - EVERY})
    until = None if seconds is None else time.monotonic() + seconds
    if not _touch_all(shop.pk, mark, now, until):
        return 0
    reckoned = 0
    while (more := _reckon_slice(shop.pk, now)) > 0:
        reckoned += more
        if _over(until):
            return reckoned
    _best_sellers(shop.pk, now)
    _look(shop.pk, gateway, now)
    mark.value, mark.at = mark.value.rstrip(_GOING), now
    mark.save(update_fields=["value", "at"])
    return reckoned


def _over(until: float | None) -> bool:
    return until is not None and time.monotonic() > until


def _touch_all(shop_id: int, mark: Watermark, now: datetime, until: float | None) -> bool:
    """Mark the products of every order since the last night as stale; tell whether that is done."""
    first = int(mark.value.rstrip(_GOING) or 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM mailflow_purchase WHERE shop_id = %s", [shop_id])
        last = int(cursor.fetchone()[0])
    # A night that goes on has looked at the overlap already.
    after = first if mark.value.endswith(_GOING) else max(first - OVERLAP, 0)
    while after < last:
        upto = min(after + WINDOW, last)
        values: dict[str, Any] = {
            "shop": shop_id,
            "after": after,
            "upto": upto,
            "looked_at": first,
            "open_since": mark.at - OPEN_FOR,
            "now": now,
            "next_since": now - NEXT_WITHIN,
            "enough": ENOUGH,
            # The first time everything is fresh: what somebody bought before is among it.
            "again": first > 0,
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TOUCH, values)
            mark.value = f"{upto}{_GOING}"
            mark.save(update_fields=["value"])
        after = upto
        if _over(until) and after < last:
            return False
    return True


def _reckon_slice(shop_id: int, now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        # Sorting in memory is worth three times the speed; compiling a statement that runs for a second is not.
        cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        cursor.execute(_STALE, [shop_id, SLICE])
        refs = [ref for (ref,) in cursor.fetchall()]
        if not refs:
            return 0
        cursor.execute("DELETE FROM mailflow_pairing WHERE shop_id = %s AND product_ref = ANY(%s)", [shop_id, refs])
        values: dict[str, Any] = {
            "shop": shop_id,
            "refs": refs,
            "since": now - LOOK_BACK,
            "next_within": NEXT_WITHIN,
            "fewest": FEWEST,
            "most": MOST_OTHERS,
            "most_orders": MOST_ORDERS,
        }
        cursor.execute(_RECKON, values)
    return len(refs)


def _best_sellers(shop_id: int, now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        BestSeller.objects.filter(shop_id=shop_id).delete()
        cursor.execute(_BEST, {"shop": shop_id, "since": now - BEST_SELLERS_OF, "most": MOST_BEST_SELLERS})


def _look(shop_id: int, gateway: ShopGateway, now: datetime) -> None:
    """Ask the shop what it calls the category of products that we do not know it of, the most bought first."""
    if not isinstance(gateway, ProductShelf):
        return
    known = Product.objects.filter(shop_id=shop_id)
    rows = [*known.filter(looked_at=None).order_by("-buyers")[:LOOK]]
    rows += known.filter(looked_at__lt=now - LOOK_AGAIN).order_by("looked_at")[: LOOK - len(rows)]
    channels = set(BestSeller.objects.filter(shop_id=shop_id).values_list("channel", flat=True))
    if not rows or not channels:
        return
    seen = {ref: product for (_, ref), product in gateway.products([row.ref for row in rows], channels, ()).items()}
    for row in rows:
        row.looked_at, product = now, seen.get(row.ref)
        if product is not None:
            row.name, row.slug, row.image_url = product.name[:400], product.slug[:255], product.image_url[:1000]
            row.category_ref, row.category_name = product.category_ref, product.category_name[:400]
            row.published_at = product.published_at
    fields = ["looked_at", "name", "slug", "image_url", "category_ref", "category_name", "published_at"]
    Product.objects.bulk_update(rows, fields)
