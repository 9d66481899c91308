"""When a tick will next have something to do, for whoever lives through days in seconds. Refuses to do any of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Min

from saleor_mailflow.audience.machines import STALL
from saleor_mailflow.flows.crossings import next_by_time
from saleor_mailflow.flows.enroll import undecided
from saleor_mailflow.flows.triggers import IdleBasket, QuietFor, Threshold
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Basket, DeliveryEvent, Enrollment, Event, Flow, Message, Shop, Watermark
from saleor_mailflow.process.events import BATCH
from saleor_mailflow.process.nightly import EVERY as NIGHTLY
from saleor_mailflow.shop.settings import settings_of


def next_due(shop_id: int, now: datetime) -> datetime | None:
    """Return the next time at which a tick will have something to do, None when nobody waits for anything."""
    flows = list(Flow.objects.filter(shop_id=shop_id).exclude(mode=Flow.Mode.OFF).select_related("version"))
    times: list[datetime | None] = [
        Enrollment.objects.filter(shop_id=shop_id, state=Enrollment.State.ACTIVE, flow__in=flows).aggregate(
            at=Min("due_at")
        )["at"],
        Message.objects.filter(shop_id=shop_id, state__in=[Message.State.PLANNED, Message.State.CLAIMED]).aggregate(
            at=Min("due_at")
        )["at"],
        _next_event(shop_id, now),
        _next_verdict(shop_id),
    ]
    times += [_next_crossing(flow) for flow in flows]
    shop = Shop.objects.get(pk=shop_id)
    times += [next_by_time(shop_id, now, zones=settings_of(shop).timezone), _next_night(shop, flows)]
    due = [at for at in times if at is not None]
    return max(min(due), now) if due else None


def _next_night(shop: Shop, flows: Sequence[Flow]) -> datetime | None:
    """Return when the night's reckoning is next due, where a flow that is on begins with what it finds."""
    triggers = [definition_of(flow.version.pk, flow.version.digest).trigger for flow in flows if flow.version]
    if not any(isinstance(trigger, Threshold | QuietFor) for trigger in triggers):
        return None
    at = Watermark.objects.filter(shop=shop, name="nightly").values_list("at", flat=True).first()
    return at + NIGHTLY if at is not None else None


def _next_event(shop_id: int, now: datetime) -> datetime | None:
    # In the order of the index of what is pending: PostgreSQL takes a third of the table for pending, and would rather
    # read it all. Where so many wait after a failure that one that need not is not among them, it waits with them.
    pending = Event.objects.filter(shop_id=shop_id, processed_generation__lt=F("generation"), parked="")
    delays = pending.order_by("occurred_at", "id").values_list("not_before", flat=True)[:BATCH]
    return min((at or now for at in delays), default=None)


def _next_verdict(shop_id: int) -> datetime | None:
    touched = DeliveryEvent.objects.filter(shop_id=shop_id, by_machine=None, kind__in=["opened", "clicked"])
    first = touched.order_by("received_at", "id").values_list("received_at", flat=True).first()
    return first + STALL if first is not None else None


def _next_crossing(flow: Flow) -> datetime | None:
    if flow.version is None or flow.enabled_at is None or flow.retired_at is not None:
        return None
    trigger = definition_of(flow.version.pk, flow.version.digest).trigger
    if not isinstance(trigger, IdleBasket):
        return None
    after = trigger.after
    first = (
        undecided(flow)
        .filter(
            shop_id=flow.shop_id,
            state=Basket.State.OPEN,
            considered_activity__lt=F("activity"),
            line_count__gt=0,
            active_at__gt=flow.enabled_at - after,
        )
        .exclude(email="")
        .exclude(contact=None)
        .aggregate(at=Min("active_at"))["at"]
    )
    return first + after if first is not None else None
