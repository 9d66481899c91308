"""Find who crossed the trigger of a flow that begins with no basket, and let them in.

Refuses crossings from before the flow was switched on: a win-back must not write to ten years of customers in its
first night. Who qualified before is counted (``flows.switching``) and taken in only when a merchant asks for it.

How this can fail, and who is hurt: two workers at once (occasions are locked and skipped; for the others a unique key
keeps one entry), the worker dies (the transaction is undone, the watermark stands where it stood, and they are found
again), an outage of days (each trigger says how late it may still be).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import transaction

from saleor_mailflow.audience.anniversaries import on_date
from saleor_mailflow.audience.quiet import quiet_customers
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.entering import Crossing, enter
from saleor_mailflow.flows.recurring import recurring_crossings
from saleor_mailflow.flows.triggers import Happened, OnDate, QuietFor, Recurring, Threshold
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Flow, Occasion, Purchase, Watermark
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.watermarks import Mark, long_ago

BATCH = 500
#: People that a trigger of time is asked for at once.
PAGE = 5_000
#: {channel or "*": IANA zone}, as ``ShopSettings.timezone``.
Zones = Mapping[str, str]
NO_ZONES: Zones = MappingProxyType({})
#: How often those are looked for whom only time lets cross.
EVERY = timedelta(minutes=5)
#: How far ahead somebody is looked for who will cross.
AHEAD = timedelta(days=1)


def enroll_crossings(shop_id: int, *, now: datetime, gateway: ShopGateway, zones: Zones = NO_ZONES) -> int:
    """Let everybody in who crossed; return how many entered. ``zones`` are those of people whose own is not known."""
    flows = _switched_on(shop_id)
    entered = _enroll_occasions(shop_id, flows, now=now, gateway=gateway)
    for flow, definition in flows:
        if goes_by_time(definition):
            entered += _enroll_by_time(flow, definition, now=now, gateway=gateway, zones=zones)
    return entered


def _switched_on(shop_id: int) -> list[tuple[Flow, Definition]]:
    flows = Flow.objects.filter(shop_id=shop_id, retired_at=None).exclude(mode=Flow.Mode.OFF).select_related("version")
    return [(flow, definition_of(flow.version.pk, flow.version.digest)) for flow in flows if flow.version is not None]


def event_of(trigger: object, channel: str) -> tuple[str, str] | None:
    """Return the (kind, of) of the occasions that a trigger means in a channel, None for a trigger of time."""
    if isinstance(trigger, Threshold):
        return "vip.reached", ""
    if isinstance(trigger, Happened):
        return dict(trigger.elsewhere).get(channel, trigger.event), trigger.of
    return None


def _enroll_occasions(
    shop_id: int, flows: Sequence[tuple[Flow, Definition]], *, now: datetime, gateway: ShopGateway
) -> int:
    entered = 0
    while True:
        with transaction.atomic():
            new = list(
                Occasion.objects.filter(shop_id=shop_id, considered=False)
                .order_by("id")
                .select_for_update(skip_locked=True, of=("self",))[:BATCH]
            )
            if not new:
                return entered
            purchases = purchases_of(shop_id, new)
            for flow, definition in flows:
                crossings = [crossing_of(one, purchases) for one in new if _crosses(flow, definition, one)]
                entered += enter(flow, definition, crossings, now=now, gateway=gateway)
            Occasion.objects.filter(id__in=[one.pk for one in new]).update(considered=True)
        if len(new) < BATCH:
            return entered


def _crosses(flow: Flow, definition: Definition, occasion: Occasion) -> bool:
    wanted = event_of(definition.trigger, str(occasion.detail.get("channel", "")))
    if wanted is None or flow.enabled_at is None or occasion.at <= flow.enabled_at:
        return False
    kind, of = wanted
    return occasion.kind == kind and of in {"", occasion.of}


def purchases_of(shop_id: int, occasions: Collection[Occasion]) -> Mapping[str, int]:
    """Return {``order:<id>``: our row's id} of the orders that these are about."""
    ids = [one.subject.removeprefix("order:") for one in occasions if one.subject.startswith("order:")]
    if not ids:
        return {}
    found = Purchase.objects.filter(shop_id=shop_id, order_id__in=ids).values_list("order_id", "id")
    return {f"order:{order_id}": one for order_id, one in found}


def crossing_of(occasion: Occasion, purchases: Mapping[str, int]) -> Crossing:
    """Return the crossing that an occasion is."""
    return Crossing(
        contact_id=occasion.contact_id,
        key=occasion.key,
        at=occasion.at,
        purchase_id=purchases.get(occasion.subject),
        subject=occasion.subject,
        channel=str(occasion.detail.get("channel", "")),
        language=str(occasion.detail.get("language", "")),
        context={"occasion": occasion.kind, **({"of": occasion.of} if occasion.of else {})},
    )


def _enroll_by_time(flow: Flow, definition: Definition, *, now: datetime, gateway: ShopGateway, zones: Zones) -> int:
    """Let those in whom the time since the last look lets cross."""
    assert flow.enabled_at is not None, "a flow that is on knows since when"
    mark, _ = Watermark.objects.get_or_create(
        shop_id=flow.shop_id,
        name=mark_name(flow.pk),
        defaults={"at": flow.enabled_at, "value": flow.enabled_at.isoformat()},
    )
    if not long_ago(Mark(mark.at, mark.value), now, EVERY):
        return 0
    since = max(datetime.fromisoformat(mark.value), flow.enabled_at)
    entered = 0
    for page in crossings_by_time(flow.shop_id, definition, since=since, now=now, zones=zones):
        entered += enter(flow, definition, page, now=now, gateway=gateway)
    mark.at, mark.value = now, now.isoformat()
    mark.save(update_fields=["at", "value"])
    return entered


def crossings_by_time(
    shop_id: int, definition: Definition, *, since: datetime, now: datetime, zones: Zones
) -> Iterator[list[Crossing]]:
    """Yield pages of those who crossed after ``since`` and by ``now``, for a trigger of time."""
    trigger = definition.trigger
    if isinstance(trigger, Recurring):
        yield from recurring_crossings(shop_id, trigger, since=since, now=now, zone=zones.get("*", "UTC"))
    elif isinstance(trigger, QuietFor):
        yield from _quiet(shop_id, trigger, since, now)
    elif isinstance(trigger, OnDate):
        yield from _dated(shop_id, trigger, since, now, zones)


def _quiet(shop_id: int, trigger: QuietFor, since: datetime, now: datetime) -> Iterator[list[Crossing]]:
    while page := quiet_customers(shop_id, trigger, since=since, now=now, limit=PAGE):
        yield [
            Crossing(contact_id=one.contact_id, key=f"quiet:{one.contact_id}:{one.last_order_id}", at=one.crossed_at)
            for one in page
        ]
        if len(page) < PAGE or page[-1].crossed_at <= since:
            return
        since = page[-1].crossed_at


def _dated(shop_id: int, trigger: OnDate, since: datetime, now: datetime, zones: Zones) -> Iterator[list[Crossing]]:
    while page := on_date(shop_id, trigger, since=since, now=now, limit=PAGE, channel_zones=zones):
        yield [
            Crossing(contact_id=one.contact_id, key=f"{trigger.date}:{one.contact_id}:{one.year}", at=one.crossed_at)
            for one in page
        ]
        if len(page) < PAGE or page[-1].crossed_at <= since:
            return
        since = page[-1].crossed_at


def next_by_time(shop_id: int, now: datetime, *, zones: Zones = NO_ZONES) -> datetime | None:
    """Return when somebody next crosses whom only time lets cross, or when to ask again; None where no flow is so."""
    times: list[datetime] = []
    for flow, definition in _switched_on(shop_id):
        if not goes_by_time(definition) or flow.enabled_at is None:
            continue
        looked = Watermark.objects.filter(shop_id=shop_id, name=mark_name(flow.pk)).values_list("at", flat=True).first()
        since = max(looked or flow.enabled_at, flow.enabled_at)
        ahead = max(since, now) + AHEAD
        first = next(crossings_by_time(shop_id, definition, since=since, now=ahead, zones=zones), [])
        times.append(max(since + EVERY, min((one.at for one in first), default=ahead)))
    return min(times, default=None)


def mark_name(flow_id: int) -> str:
    """Return the name of the watermark that says when those were last looked for whom time lets cross."""
    return f"crossings:{flow_id}"


def goes_by_time(definition: Definition) -> bool:
    """Tell whether only time lets somebody cross, so that they have to be looked for."""
    return isinstance(definition.trigger, QuietFor | OnDate | Recurring)
