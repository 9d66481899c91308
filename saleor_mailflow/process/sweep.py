"""Re-derive from the shop's own tables what hooks or webhooks lost. Refuses to decide: it records, like any other road.

How this can fail, and who is hurt: it dies in the middle (the watermark stays, the next sweep starts there again; the
dedupe keys keep one row per fact), a long transaction commits behind the watermark (each sweep looks back OVERLAP), the
shop is far behind (a page at a time, the rest next time), the shop seems to have lost its accounts (a replica that was
emptied, say: nobody is erased on such evidence).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from saleor_mailflow.models import Basket, Contact, Event, Purchase, Shop, Watermark
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.watermarks import Marks, long_ago, mark_of
from saleor_mailflow.webhooks.record import record, record_checkout_change

PAGE = 1000
#: A transaction of the shop may commit this long after the stamp it carries.
OVERLAP = timedelta(minutes=5)
#: How often the shop is swept, and how often all accounts and open baskets are compared with it.
EVERY = timedelta(seconds=30)
COMPARE_EVERY = timedelta(hours=24)

#: Deleted accounts that one comparison believes in any case.
FEW = 20

logger = logging.getLogger("saleor_mailflow.sweep")

Changed = list[tuple[str, datetime]]


def sweep(shop: Shop, *, gateway: ShopGateway, now: datetime) -> int:
    """Record what changed in the shop since the last sweep and is not known yet; return how many events."""
    if not gateway.live:
        return 0
    return (
        _family(shop, "checkouts", gateway.changed_checkouts, _record_checkouts, now)
        + _family(shop, "orders", gateway.changed_orders, _record_orders, now)
        + _family(shop, "customers", gateway.changed_customers, _record_customers, now)
    )


def sweep_due(shop: Shop, now: datetime, marks: Marks | None = None) -> bool:
    """Tell whether the last sweep is long enough ago."""
    return long_ago(mark_of(shop.pk, "sweep:customers", marks), now, EVERY)


def _family(
    shop: Shop,
    name: str,
    changed_since: Callable[[datetime, int], Changed],
    record_them: Callable[[int, Changed], int],
    now: datetime,
) -> int:
    mark, _ = Watermark.objects.get_or_create(
        shop=shop, name=f"sweep:{name}", defaults={"value": (now - timedelta(days=1)).isoformat(), "at": now}
    )
    since, recorded = datetime.fromisoformat(mark.value) - OVERLAP, 0
    while True:
        changed = changed_since(since, PAGE)
        recorded += record_them(shop.pk, changed)
        if changed:
            mark.value = max(changed[-1][1], datetime.fromisoformat(mark.value)).isoformat()
        if len(changed) < PAGE or changed[-1][1] == since:
            break
        since = changed[-1][1]
    mark.at = now
    mark.save(update_fields=["value", "at"])
    return recorded


def _record_checkouts(shop_id: int, changed: Changed) -> int:
    known = dict(
        Basket.objects.filter(shop_id=shop_id, token__in=[token for token, _ in changed]).values_list(
            "token", "last_change"
        )
    )
    pending = set(
        Event.objects.filter(
            shop_id=shop_id, dedupe_key__in=[f"checkout:{token}" for token, _ in changed], processed_generation=0
        ).values_list("subject", flat=True)
    )
    news = [(t, at) for t, at in changed if t not in pending and (t not in known or known[t] < at)]
    for token, at in news:
        record_checkout_change(
            shop_id=shop_id, kind="checkout.updated", token=token, source=Event.Source.SWEEP, occurred_at=at
        )
    return len(news)


def _record_orders(shop_id: int, changed: Changed) -> int:
    known = dict(
        Purchase.objects.filter(shop_id=shop_id, order_id__in=[order_id for order_id, _ in changed]).values_list(
            "order_id", "updated_at"
        )
    )
    recorded = 0
    for order_id, at in changed:
        if order_id in known and known[order_id] >= at:
            continue
        key = f"order.updated:{order_id}:{at.isoformat()}" if order_id in known else f"order.created:{order_id}"
        kind = key.split(":")[0]
        recorded += record(
            shop_id=shop_id, kind=kind, dedupe_key=key, subject=order_id, source=Event.Source.SWEEP, occurred_at=at
        )
    return recorded


def _record_customers(shop_id: int, changed: Changed) -> int:
    return sum(
        record(
            shop_id=shop_id,
            kind="customer.updated",
            dedupe_key=f"customer.updated:{ref}:{at.isoformat()}",
            subject=ref,
            source=Event.Source.SWEEP,
            occurred_at=at,
        )
        for ref, at in changed
    )


def compare_due(shop: Shop, now: datetime, marks: Marks | None = None) -> bool:
    """Tell whether the nightly comparison is due."""
    return long_ago(mark_of(shop.pk, "compare", marks), now, COMPARE_EVERY)


def compare(shop: Shop, *, gateway: ShopGateway, now: datetime) -> int:
    """Find accounts and checkouts that the shop deleted without telling; record them. Return how many events."""
    if not gateway.live:
        return 0
    recorded = 0
    contacts = Contact.objects.filter(shop=shop, erased_at=None).exclude(user_ref="").order_by("id")
    last = 0
    while page := list(contacts.filter(id__gt=last).values_list("id", "user_ref")[:PAGE]):
        last = page[-1][0]
        gone = {ref for _, ref in page} - set(gateway.customers([ref for _, ref in page]))
        if len(gone) > FEW and len(gone) > len(page) // 5:
            logger.error(
                "%d of %d accounts seem to be deleted in the shop, which is more than happens overnight: nothing was "
                "erased. Look at the shop's database; if they are gone, erase them by hand.",
                len(gone),
                len(page),
            )
            continue
        for ref in gone:
            recorded += record(
                shop_id=shop.pk,
                kind="customer.deleted",
                dedupe_key=f"customer.deleted:{ref}",
                subject=ref,
                source=Event.Source.SWEEP,
                occurred_at=now,
            )
    recorded += _compare_baskets(shop, gateway, now)
    Watermark.objects.update_or_create(shop=shop, name="compare", defaults={"at": now})
    return recorded


def _compare_baskets(shop: Shop, gateway: ShopGateway, now: datetime) -> int:
    """Saleor deletes old checkouts in silence. Record a change for each that is gone; processing finds it missing."""
    baskets = Basket.objects.filter(shop=shop, state__in=[Basket.State.OPEN, Basket.State.EMPTIED]).order_by("id")
    last, recorded = 0, 0
    while page := list(baskets.filter(id__gt=last).values_list("id", "token")[:PAGE]):
        last = page[-1][0]
        for token in {token for _, token in page} - set(gateway.checkouts([token for _, token in page])):
            record_checkout_change(
                shop_id=shop.pk, kind="checkout.updated", token=token, source=Event.Source.SWEEP, occurred_at=now
            )
            recorded += 1
    return recorded
