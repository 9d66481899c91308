"""One tick: take in what was recorded, enroll, advance, send. Everything that happens by itself happens here.

Refuses to read a clock: ``now`` is an argument, so a test and the demo live through days in seconds.

How this can fail, and who is hurt: every part is safe to repeat and to run beside another worker; a part that raises
ends this tick, the next one starts a few seconds later, and ``status`` shows the last good one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Min

from saleor_mailflow import conf
from saleor_mailflow.audience.machines import STALL
from saleor_mailflow.audience.profiles import reckon_due
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.crossings import enroll_crossings, next_by_time
from saleor_mailflow.flows.enroll import enroll_idle_baskets, undecided
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.sign_ups import enroll_sign_ups
from saleor_mailflow.flows.triggers import IdleBasket, QuietFor, Threshold
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.messages.gate import ShopFacts
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.messages.minting import reap
from saleor_mailflow.messages.outbox import TransportFactory, give_up_on_the_dead, send_due
from saleor_mailflow.messages.repeat import repeat_unknown
from saleor_mailflow.messages.transport import missing_fields, transport_for
from saleor_mailflow.models import Basket, DeliveryEvent, Enrollment, Event, Flow, Heartbeat, Message, Shop, Watermark
from saleor_mailflow.process.badges import badges_due, look_after_dashboard
from saleor_mailflow.process.deliveries import process_deliveries
from saleor_mailflow.process.events import BATCH, process_pending
from saleor_mailflow.process.hygiene import hygiene_due, tidy
from saleor_mailflow.process.judging import judge
from saleor_mailflow.process.nightly import EVERY as NIGHTLY
from saleor_mailflow.process.nightly import nightly_due, reckon_the_night
from saleor_mailflow.process.notices import tell_due
from saleor_mailflow.process.recommendations import TICK_SECONDS as RECKON_SECONDS
from saleor_mailflow.process.recommendations import reckon, recommendations_due
from saleor_mailflow.process.retention import TICK_SECONDS, purge, purge_due
from saleor_mailflow.process.sweep import compare, compare_due, sweep, sweep_due
from saleor_mailflow.process.write_back import write_back
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.shop.identity import look_at_identity
from saleor_mailflow.shop.settings import settings_of

#: A tick ends after this long and leaves the rest to the next one.
BUDGET_SECONDS = 20.0


@dataclass(kw_only=True)
class TickReport:
    """What one tick did."""

    events: int = 0
    enrolled: int = 0
    advanced: int = 0
    sent: int = 0
    rounds: int = field(default=0, repr=False)

    @property
    def idle(self) -> bool:
        """Tell whether there was nothing to do."""
        return not (self.events or self.enrolled or self.advanced or self.sent)


def shop_facts(shop: Shop, settings: ShopSettings, gateway: ShopGateway) -> ShopFacts:
    """Return what the gate has to know of the shop and its set-up."""
    missing = missing_fields(settings)
    return ShopFacts(
        disabled=conf.disabled(),
        paused=shop.paused_at is not None or not settings.active,
        copy=look_at_identity(shop, gateway),
        has_sender=bool(settings.sender_email),
        has_postal_address=bool(settings.postal_address),
        provider_problem=missing[0].text if missing else "",
    )


def run_tick(
    shop_id: int,
    now: datetime,
    *,
    gateway: ShopGateway,
    transport_factory: TransportFactory = transport_for,
    beat: str = "run",
) -> TickReport:
    """Do everything that is due at ``now`` for one shop. ``beat`` names who ticks, for ``status``.

    Rounds go on until nothing is left to do: a mail refused at the gate ends an enrollment, which the next round sees.
    """
    report = TickReport()
    if conf.disabled():
        return report
    shop = Shop.objects.get(pk=shop_id)
    settings = settings_of(shop)
    room = GateRoom(
        shop_id=shop_id, now=now, gateway=gateway, settings=settings, shop=shop_facts(shop, settings, gateway)
    )
    if gateway.live and sweep_due(shop, now):
        sweep(shop, gateway=gateway, now=now)
    if gateway.live and compare_due(shop, now):
        compare(shop, gateway=gateway, now=now)
    if purge_due(shop, now):
        purge(shop, now=now, seconds=TICK_SECONDS)
    if recommendations_due(shop, now):
        reckon(shop, gateway=gateway, now=now, seconds=RECKON_SECONDS)
    if hygiene_due(shop, now):
        tidy(shop, now=now, seconds=TICK_SECONDS)
    if nightly_due(shop, now):
        reckon_the_night(shop, now=now, seconds=TICK_SECONDS)
    if gateway.live and badges_due(shop, now):
        look_after_dashboard(shop, settings, now)
    began = time.monotonic()
    while time.monotonic() - began < BUDGET_SECONDS:
        report.rounds += 1
        give_up_on_the_dead(shop_id, now)
        judge(shop, now=now)
        process_deliveries(shop, now=now)
        events = process_pending(shop, gateway=gateway, consent_key=settings.consent_key, now=now)
        # What people's orders come to is known before anybody is chosen by it.
        reckon_due(shop, now)
        enrolled = enroll_idle_baskets(shop_id, now=now, gateway=gateway) + enroll_sign_ups(shop_id, now=now)
        enrolled += enroll_crossings(shop_id, now=now, gateway=gateway, zones=settings.timezone)
        advanced = run_due(shop_id, now=now, gateway=gateway, entity_of=settings.entity, channel_zone=settings.zone)
        sent = send_due(room, transport_factory=transport_factory, until=began + BUDGET_SECONDS)
        report.events, report.enrolled = report.events + events, report.enrolled + enrolled
        report.advanced, report.sent = report.advanced + advanced, report.sent + sent.accepted
        # Only what the gate said can make a further round needful: the rest of a round follows from what came before.
        if not sent.looked_at:
            break
    repeat_unknown(room, transport_factory=transport_factory)
    tell_due(shop_id, now=now)
    write_back(shop, book=gateway, key=settings.consent_key, now=now)
    reap(shop_id, gateway=gateway, now=now)
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=f"tick:{beat}:{shop_id}", at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )
    return report


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
