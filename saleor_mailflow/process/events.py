"""Take recorded events into the read model and wake the people they concern.

Refuses to hold an event row while it works: hooks count the same row up inside a shopper's request.

How this can fail, and who is hurt: a snapshot that cannot be read (that event is tried three times, then parked with
its reason; the others go on), the worker dies in the middle (the transaction is undone and the batch is taken again:
every write is idempotent), two workers at once (the second finds the lock taken and leaves).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from saleor_mailflow.audience.contacts import lock
from saleor_mailflow.audience.profiles import mark_stale
from saleor_mailflow.exceptions import blame
from saleor_mailflow.flows.wake import wake
from saleor_mailflow.models import Basket, Event, Purchase, Shop
from saleor_mailflow.process.about import write_about
from saleor_mailflow.process.alone import only_one
from saleor_mailflow.process.erasure import alive, deleted_among, erase_deleted, lock_deleted, without_the_deleted
from saleor_mailflow.process.readmodel import write_checkouts, write_customers, write_orders
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot
from saleor_mailflow.webhooks.kinds import DELETIONS
from saleor_mailflow.webhooks.parse import Snapshot, snapshot_of

logger = logging.getLogger("saleor_mailflow.process")

BATCH = 500
#: Tries before an event is set aside, and the pause after a failed one.
TRIES = 3
PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One pending event as it was when the batch was read."""

    event: Event
    generation: int


def process_pending(shop: Shop, *, gateway: ShopGateway, consent_key: str, now: datetime) -> int:
    """Process everything recorded and due; return how many events were done. ``now`` dates what we learn."""
    done = 0
    while True:
        batch = _one_batch(shop, gateway=gateway, consent_key=consent_key, now=now)
        done += batch
        if batch < BATCH:
            return done


def _one_batch(shop: Shop, *, gateway: ShopGateway, consent_key: str, now: datetime) -> int:
    with transaction.atomic():
        if not only_one(shop.id):
            return 0
        work = _pending(shop.id, now)
        try:
            with transaction.atomic():
                _take_in(shop.id, work, gateway=gateway, consent_key=consent_key, now=now)
            _mark(work, now)
            return len(work)
        except Exception as error:  # noqa: BLE001 - whatever it is, the events are taken one by one
            logger.warning("A batch of %d events failed: %s. Taking them one by one.", len(work), blame(error))
    # Each in a transaction of its own: locks of all of them, taken one after another, could close a circle.
    return sum(_take_alone(shop.id, one, gateway=gateway, consent_key=consent_key, now=now) for one in work)


def _pending(shop_id: int, now: datetime) -> list[Work]:
    events = Event.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        shop_id=shop_id,
        processed_generation__lt=F("generation"),
        parked="",
    ).order_by("occurred_at", "id")[:BATCH]
    return [Work(event=event, generation=event.generation) for event in events]


def _mark(work: Sequence[Work], now: datetime) -> None:
    """Mark as processed what was read, not what came since: a higher generation stays pending."""
    if not work:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mailflow_event e SET processed_generation = done.generation, processed_at = %s, payload = NULL, "
            "attempts = 0, not_before = NULL "
            "FROM unnest(%s::bigint[], %s::int[]) AS done (id, generation) WHERE e.id = done.id",
            [now, [w.event.id for w in work], [w.generation for w in work]],
        )


def _take_alone(shop_id: int, one: Work, *, gateway: ShopGateway, consent_key: str, now: datetime) -> int:
    """Take one event; return 1, or 0 where another worker is at it or was."""
    try:
        with transaction.atomic():
            if not only_one(shop_id) or not _still_pending(one):
                return 0
            _take_in(shop_id, [one], gateway=gateway, consent_key=consent_key, now=now)
            _mark([one], now)
    except Exception as error:  # noqa: BLE001 - one event that cannot be read must not hold up the others
        attempts = one.event.attempts + 1
        parked = f"{blame(error)}, {attempts} times" if attempts >= TRIES else ""
        Event.objects.filter(id=one.event.id).update(attempts=attempts, not_before=now + PAUSE, parked=parked)
        logger.warning("Event %s (%s) failed: %s.", one.event.id, one.event.kind, blame(error))
    return 1


def _still_pending(one: Work) -> bool:
    return Event.objects.filter(id=one.event.id, processed_generation__lt=one.generation, parked="").exists()


def _take_in(shop_id: int, work: Sequence[Work], *, gateway: ShopGateway, consent_key: str, now: datetime) -> None:
    checkouts, orders, customers = _snapshots(work, gateway)
    everything: list[Snapshot] = [*checkouts, *orders, *customers]
    events = [one.event for one in work]
    leaving = lock_deleted(shop_id, events, customers)
    lock(shop_id, [one.email for one in everything], erase=leaving)
    deleted = deleted_among(shop_id, checkouts, orders, customers)
    checkouts, orders = without_the_deleted(deleted, checkouts, orders)
    concerned = write_checkouts(shop_id, checkouts, learned_at=now, consent_key=consent_key)
    silent = {event.subject for event in events if event.kind == "fulfillment.silent"}
    if silent:
        Purchase.objects.filter(shop_id=shop_id, order_id__in=silent).update(silent=True)
    concerned |= write_orders(shop_id, orders, learned_at=now, consent_key=consent_key, silent=silent)
    customers_left = alive(deleted, customers)
    concerned |= write_customers(shop_id, customers_left, consent_key=consent_key)
    write_about(shop_id, customers_left, now=now)
    if gateway.live:
        concerned |= _mark_gone(shop_id, work, {c.token for c in checkouts}, now)
    concerned |= erase_deleted(shop_id, events, customers, now=now)
    mark_stale(concerned)
    wake(now, contact_ids=concerned)


def _snapshots(
    work: Iterable[Work], gateway: ShopGateway
) -> tuple[list[CheckoutSnapshot], list[OrderSnapshot], list[CustomerSnapshot]]:
    """Return what the events are about: a webhook brings its snapshot, for anything else the shop is asked."""
    checkouts: list[CheckoutSnapshot] = []
    orders: list[OrderSnapshot] = []
    customers: list[CustomerSnapshot] = []
    ask: dict[str, set[str]] = {"checkout": set(), "order": set(), "customer": set()}
    for one in work:
        event = one.event
        if event.payload is None:
            family = _family(event.kind)
            if family and event.subject and event.kind not in DELETIONS:
                ask[family].add(event.subject)
            continue
        snapshot = snapshot_of(event.kind, event.payload)
        if isinstance(snapshot, CheckoutSnapshot):
            checkouts.append(snapshot)
        elif isinstance(snapshot, OrderSnapshot):
            orders.append(snapshot)
        elif isinstance(snapshot, CustomerSnapshot):
            customers.append(snapshot)
    if gateway.live:
        checkouts += gateway.checkouts(ask["checkout"]).values() if ask["checkout"] else []
        orders += gateway.orders(ask["order"]).values() if ask["order"] else []
        customers += gateway.customers(ask["customer"]).values() if ask["customer"] else []
    return checkouts, orders, customers


def _family(kind: str) -> str:
    noun = kind.split(".")[0]
    return {"checkout": "checkout", "order": "order", "customer": "customer", "account": "customer"}.get(noun, "")


def _mark_gone(shop_id: int, work: Sequence[Work], found: set[str], now: datetime) -> set[int]:
    """Mark baskets whose checkout the shop no longer has; an order of theirs, now or later, makes them converted."""
    asked = {w.event.subject for w in work if _family(w.event.kind) == "checkout" and w.event.payload is None}
    gone = Basket.objects.filter(shop_id=shop_id, token__in=asked - found, state__in=["open", "emptied"])
    contacts = set(gone.exclude(contact=None).values_list("contact_id", flat=True))
    gone.update(state=Basket.State.DELETED, ended_at=now)
    return contacts
