"""One tick: take in what was recorded, enroll, advance, send. Everything that happens by itself happens here.

Refuses to read a clock: ``now`` is an argument, so a test and the demo live through days in seconds.

How this can fail, and who is hurt: every part is safe to repeat and to run beside another worker; a part that raises
ends this tick, the next one starts a few seconds later, and ``status`` shows the last good one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime

from saleor_mailflow import conf
from saleor_mailflow.audience.profiles import reckon_due
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.crossings import enroll_crossings
from saleor_mailflow.flows.enroll import enroll_idle_baskets
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.sign_ups import enroll_sign_ups
from saleor_mailflow.flows.waiting import Waiting, what_waits
from saleor_mailflow.messages.gate import ShopFacts
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.messages.minting import reap
from saleor_mailflow.messages.outbox import TransportFactory, send_due
from saleor_mailflow.messages.outcome import give_up_on_the_dead
from saleor_mailflow.messages.repeat import repeat_unknown
from saleor_mailflow.messages.transport import missing_fields, transport_for
from saleor_mailflow.models import Shop
from saleor_mailflow.process.badges import badges_due, look_after_dashboard
from saleor_mailflow.process.deliveries import process_deliveries
from saleor_mailflow.process.events import process_pending
from saleor_mailflow.process.hygiene import hygiene_due, tidy
from saleor_mailflow.process.judging import judge
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
from saleor_mailflow.statements import run
from saleor_mailflow.watermarks import Marks, marks_of

#: A tick ends after this long and leaves the rest to the next one.
BUDGET_SECONDS = 20.0

_ALIVE = """
INSERT INTO mailflow_heartbeat (name, at, detail) VALUES (%s::text, %s::timestamptz, '{}')
ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""


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

    Rounds go on until nothing is left to do: a mail refused at the gate ends an enrollment, a tag that a step sets
    begins another flow, and the next round sees it.
    """
    report = TickReport()
    if conf.disabled():
        return report
    shop = Shop.objects.get(pk=shop_id)
    settings = settings_of(shop)
    room = GateRoom(
        shop_id=shop_id, now=now, gateway=gateway, settings=settings, shop=shop_facts(shop, settings, gateway)
    )
    marks = marks_of(shop_id)
    _do_what_is_regular(shop, room, marks)
    began = time.monotonic()
    waiting = what_waits(shop_id, now, marks)
    while time.monotonic() - began < BUDGET_SECONDS:
        report.rounds += 1
        if _take_in(shop, room, waiting, report):
            waiting = what_waits(shop_id, now, marks)
        if waiting.people:
            # What people's orders come to is known before anybody is chosen by it.
            reckon_due(shop, now)
        enrolled = _enroll(room, waiting)
        advanced = _advance(room) if enrolled or waiting.enrollments else 0
        report.enrolled, report.advanced = report.enrolled + enrolled, report.advanced + advanced
        looked_at = 0
        if advanced or waiting.mails:
            sent = send_due(room, transport_factory=transport_factory, until=began + BUDGET_SECONDS)
            report.sent, looked_at = report.sent + sent.accepted, sent.looked_at
        # Only a step that acts and what the gate said can make a further round needful: all else comes in this order.
        if not advanced and not looked_at:
            break
        marks = marks_of(shop_id)
        waiting = what_waits(shop_id, now, marks)
    # Asked after all that was done.
    if waiting.unknown:
        repeat_unknown(room, transport_factory=transport_factory)
    if waiting.notices:
        tell_due(shop_id, now=now)
    write_back(shop, book=gateway, key=settings.consent_key, now=now)
    if waiting.codes or waiting.old_codes:
        reap(shop_id, gateway=gateway, now=now)
    run(_ALIVE, [f"tick:{beat}:{shop_id}", now])
    return report


def _do_what_is_regular(shop: Shop, room: GateRoom, marks: Marks) -> None:
    """Do what goes by the clock alone, a slice of a few seconds each where it is long."""
    now, gateway = room.now, room.gateway
    if gateway.live and sweep_due(shop, now, marks):
        sweep(shop, gateway=gateway, now=now)
    if gateway.live and compare_due(shop, now, marks):
        compare(shop, gateway=gateway, now=now)
    if purge_due(shop, now, marks):
        purge(shop, now=now, seconds=TICK_SECONDS)
    if recommendations_due(shop, now, marks):
        reckon(shop, gateway=gateway, now=now, seconds=RECKON_SECONDS)
    if hygiene_due(shop, now, marks):
        tidy(shop, now=now, seconds=TICK_SECONDS)
    if nightly_due(shop, now, marks):
        reckon_the_night(shop, now=now, seconds=TICK_SECONDS)
    if gateway.live and badges_due(shop, now, marks):
        look_after_dashboard(shop, room.settings, now)


def _take_in(shop: Shop, room: GateRoom, waiting: Waiting, report: TickReport) -> bool:
    """Take in what was recorded since; tell whether anything was."""
    now = room.now
    dead = give_up_on_the_dead(shop.pk, now) if waiting.dead else 0
    judged = judge(shop, now=now) if waiting.touches else 0
    told = process_deliveries(shop, now=now) if waiting.deliveries or judged else 0
    events = 0
    if waiting.events:
        events = process_pending(shop, gateway=room.gateway, consent_key=room.settings.consent_key, now=now)
    report.events += events
    return bool(dead or judged or told or events)


def _enroll(room: GateRoom, waiting: Waiting) -> int:
    shop_id, now, gateway = room.shop_id, room.now, room.gateway
    entered = enroll_idle_baskets(shop_id, now=now, gateway=gateway) if waiting.baskets else 0
    entered += enroll_sign_ups(shop_id, now=now) if waiting.sign_ups else 0
    if waiting.crossings:
        entered += enroll_crossings(shop_id, now=now, gateway=gateway, zones=room.settings.timezone)
    return entered


def _advance(room: GateRoom) -> int:
    settings = room.settings
    return run_due(
        room.shop_id, now=room.now, gateway=room.gateway, entity_of=settings.entity, channel_zone=settings.zone
    )
