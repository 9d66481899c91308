"""Fill the read model with the shop's past, resumably. Refuses to start a flow for it.

How this can fail, and who is hurt: it dies in the middle (the watermark names the last page, it goes on there), it is
run twice (every write is idempotent), the shop changes meanwhile (events and sweep bring that; older news never
overwrites newer).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from saleor_mailflow.audience.profiles import mark_stale
from saleor_mailflow.models import Basket, Segment, Shop, Watermark
from saleor_mailflow.process.about import write_about
from saleor_mailflow.process.alone import only_one
from saleor_mailflow.process.erasure import alive, deleted_among, without_the_deleted
from saleor_mailflow.process.readmodel import write_checkouts, write_customers, write_orders
from saleor_mailflow.shop.gateway import ShopGateway

#: In this order: accounts first, so that contacts know their names; checkouts last, so that orders explain them.
FAMILIES = ("customers", "orders", "checkouts")
PAGE = 500
#: Checkouts idle for longer than this when they are first seen belong to the past.
PAST = timedelta(hours=1)
_DONE = "done"

Progress = Callable[[str, int, int], None]


def backfill(
    shop: Shop, *, gateway: ShopGateway, consent_key: str, now: datetime, progress: Progress, again: bool = False
) -> dict[str, int]:
    """Fill customers, orders and checkouts; return how many of each were written in this run.

    ``progress`` is called with (family, done so far, of how many). ``again`` starts over instead of resuming.
    """
    written: dict[str, int] = {}
    for family in FAMILIES:
        mark, _ = Watermark.objects.get_or_create(shop=shop, name=f"backfill:{family}", defaults={"at": now})
        if again:
            mark.value = ""
        written[family] = 0
        if mark.value == _DONE:
            continue
        total = gateway.count(family)
        progress(family, 0, total)
        for ids in gateway.pages(family, mark.value, PAGE):
            with transaction.atomic():
                # Two who write at once would each overwrite what the other has just learned.
                only_one(shop.pk, wait=True)
                _write_page(shop, family, ids, gateway, consent_key, now)
                mark.value, mark.at = ids[-1], now
                mark.save(update_fields=["value", "at"])
                # Whom the past puts into a segment did not come into it tonight: its next look tells nobody.
                Segment.objects.filter(shop=shop).update(members_at=None)
            written[family] += len(ids)
            progress(family, written[family], total)
        mark.value = _DONE
        mark.save(update_fields=["value"])
    return written


def _write_page(shop: Shop, family: str, ids: list[str], gateway: ShopGateway, consent_key: str, now: datetime) -> None:
    # A page of the past: whoever was erased since stays so.
    if family == "customers":
        customers = list(gateway.customers(ids).values())
        customers = alive(deleted_among(shop.pk, (), (), customers), customers)
        concerned = write_customers(shop.pk, customers, consent_key=consent_key)
        write_about(shop.pk, customers, now=now)
    elif family == "orders":
        orders = list(gateway.orders(ids).values())
        _, orders = without_the_deleted(deleted_among(shop.pk, (), orders, ()), (), orders)
        concerned = write_orders(shop.pk, orders, learned_at=now, consent_key=consent_key)
    else:
        before = set(Basket.objects.filter(shop=shop, token__in=ids).values_list("token", flat=True))
        checkouts = list(gateway.checkouts(ids).values())
        checkouts, _ = without_the_deleted(deleted_among(shop.pk, checkouts, (), ()), checkouts, ())
        concerned = write_checkouts(shop.pk, checkouts, learned_at=now, consent_key=consent_key)
        # What was already idle when we first saw it is the past: nobody is written about it.
        Basket.objects.filter(shop=shop, token__in=set(ids) - before, active_at__lte=now - PAST).update(
            considered_activity=F("activity")
        )
    mark_stale(concerned)
