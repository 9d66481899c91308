"""What recommendations cost with a million order lines: the first night, an ordinary one, and a batch of asks.

Refuses to measure a shop in which everything is bought equally often: a few products sell all the time and most hardly
ever, as they do. ``python -m benchmarks.recommendations [lines]`` makes a database of its own, drops it in the end and
writes docs/benchmarks/recommendations.md.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.run import database

NAME = "mailflow_bench_recommendations"
LINES, PER_ORDER, PRODUCTS = 1_000_000, 2.5, 5_000
#: Orders of an ordinary day of such a shop, and the products they touch.
A_DAY = 1_200
ASKS, ROUNDS = 20, 30
REPORT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "recommendations.md"

_FILL = """
INSERT INTO mailflow_contact (shop_id, email, user_ref, first_name, last_name, language, country, is_staff,
    first_seen_at, updated_at)
SELECT %(shop)s, 'p' || n || '@example.com', '', '', '', 'en', 'US', false, now(), now()
FROM generate_series(1, %(orders)s / 2) n;
INSERT INTO mailflow_purchase (shop_id, order_id, number, token, contact_id, email, user_ref, channel, currency,
    language, country, status, origin, paid, total, total_refunded, voucher_code, created_at, updated_at, learned_at,
    counts)
SELECT %(shop)s, 'o' || n, n, '', c.first + (random() * (%(orders)s / 2 - 1))::int, '', '', 'web', 'USD', 'en', 'US',
    'FULFILLED', 'CHECKOUT', true, 384, 0, '', at, at, at, true
FROM generate_series(1, %(orders)s) n,
    LATERAL (SELECT now() - interval '365 d' * (1 - n::float / %(orders)s) AS at) t,
    (SELECT min(id) AS first FROM mailflow_contact WHERE shop_id = %(shop)s) c;
"""
# The place of a product is drawn so that the first sells thousands of times as often as the last.
_LINES = """
INSERT INTO mailflow_purchaseline (purchase_id, variant_ref, product_ref, product_name, variant_name, quantity,
    unit_price, total_price)
SELECT p.id, 'v' || k, 'product:' || k, 'Product ' || k, '', 1, 10, 10
FROM mailflow_purchase p, generate_series(1, 4) i,
    LATERAL (SELECT (%(products)s ^ random())::int AS k, random() AS r WHERE p.id > 0 AND i > 0) one
WHERE p.shop_id = %(shop)s AND p.id > %(after)s AND (i <= 2 OR r < %(more)s)
"""


def main(lines: int = LINES) -> None:
    """Measure and write the page."""
    with database(NAME):
        REPORT.write_text(_page(_measure(lines)))
    print(REPORT.read_text())


def _measure(lines: int) -> dict[str, object]:
    from django.db import connection

    from saleor_mailflow.audience.recommend import PickAsk, recommend
    from saleor_mailflow.models import Pairing, Product, Purchase, PurchaseLine, Shop
    from saleor_mailflow.process.recommendations import reckon
    from saleor_mailflow.testing.memory_shop import MemoryShop

    shop = Shop.objects.create(domain="bench", api_url="https://bench.example/graphql/", road=Shop.Road.APP)
    values = {
        "shop": shop.pk,
        "orders": int(lines / PER_ORDER),
        "products": PRODUCTS,
        "more": (PER_ORDER - 2) / 2,
        "after": 0,
    }
    goods, now = MemoryShop(), datetime.now(UTC)
    for number in range(1, PRODUCTS + 1):
        goods.sell(f"{number}")
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        cursor.execute(_LINES, values)
        cursor.execute("ANALYZE")
    seen: dict[str, object] = {"lines": PurchaseLine.objects.count(), "orders": Purchase.objects.count()}
    seen["first"] = _seconds(lambda: reckon(shop, gateway=goods, now=now))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    seen["products"], seen["pairings"] = Product.objects.count(), Pairing.objects.count()
    last = Purchase.objects.latest("id").pk
    with connection.cursor() as cursor:
        cursor.execute(_DAY, {"shop": shop.pk, "orders": A_DAY})
        cursor.execute(_LINES, {**values, "after": last})
    seen["touched"] = 0

    def night() -> None:
        seen["touched"] = reckon(shop, gateway=goods, now=now + timedelta(days=1))

    seen["night"] = _seconds(night)
    contacts = list(Purchase.objects.order_by("?").values_list("contact_id", flat=True)[:ASKS])
    kinds = ("goes_with", "next", "best_sellers", "picks")
    asks = [
        PickAsk(contact_id=one, kind=kinds[at % 4], channel="web", basis=(f"product:{at * at + 1}",), key=at + 1)
        for at, one in enumerate(contacts)
    ]
    took = [_seconds(lambda: recommend(shop.pk, asks, gateway=goods, now=now)) * 1000 for _ in range(ROUNDS)]
    found = recommend(shop.pk, asks, gateway=goods, now=now)
    seen["asks"], seen["slowest"] = statistics.median(took), max(took)
    seen["picks"] = sum(len(picks) for picks in found.values()) / len(found)
    return seen


_DAY = """
INSERT INTO mailflow_purchase (shop_id, order_id, number, token, contact_id, email, user_ref, channel, currency,
    language, country, status, origin, paid, total, total_refunded, voucher_code, created_at, updated_at, learned_at,
    counts)
SELECT %(shop)s, 'day' || n, n, '', p.contact_id, '', '', 'web', 'USD', 'en', 'US', 'FULFILLED', 'CHECKOUT', true, 384,
    0, '', now(), now(), now(), true
FROM (SELECT contact_id, row_number() OVER () AS n FROM mailflow_purchase ORDER BY random() LIMIT %(orders)s) p
"""


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _page(seen: dict[str, object]) -> str:
    return f"""# Recommendations

Written by `python -m benchmarks.recommendations` (two shared cores, PostgreSQL on the same machine): {seen["lines"]:,}
lines of {seen["orders"]:,} orders in a year, of {seen["products"]:,} products of which a few sell all the time.

| | |
| --- | ---: |
| the first night, from nothing | {seen["first"]:.1f} s |
| pairings kept | {seen["pairings"]:,} |
| a night after {A_DAY:,} orders ({seen["touched"]:,} products reckoned anew) | {seen["night"]:.1f} s |
| {ASKS} asks of a batch of mails, four queries (median of {ROUNDS}) | {seen["asks"]:.1f} ms |
| the slowest of them | {seen["slowest"]:.1f} ms |
| picks a person | {seen["picks"]:.1f} |

A night is done in slices of a hundred products, three seconds a tick: nothing waits for it.
"""


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
