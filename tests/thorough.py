"""What a tick must leave undone: nothing. Asks each part for itself, without the look that a tick goes by."""

from __future__ import annotations

from saleor_mailflow.audience.profiles import reckon_due
from saleor_mailflow.flows.crossings import enroll_crossings
from saleor_mailflow.flows.enroll import enroll_idle_baskets
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.sign_ups import enroll_sign_ups
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.messages.minting import Reaped, reap
from saleor_mailflow.messages.outbox import send_due
from saleor_mailflow.messages.outcome import give_up_on_the_dead
from saleor_mailflow.process.deliveries import process_deliveries
from saleor_mailflow.process.events import process_pending
from saleor_mailflow.process.judging import judge
from saleor_mailflow.process.notices import tell_due
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.world import World


def left_undone(world: World) -> dict[str, object]:
    """Return {part: what it still found to do right after a tick}, {} where all was done."""
    shop_id, now, gateway = world.shop.pk, world.now, world.people
    world.shop.refresh_from_db()
    settings = settings_of(world.shop)
    facts = shop_facts(world.shop, settings, gateway)
    room = GateRoom(shop_id=shop_id, now=now, gateway=gateway, settings=settings, shop=facts)
    found: dict[str, object] = {
        "dead": give_up_on_the_dead(shop_id, now),
        "touches": judge(world.shop, now=now),
        "deliveries": process_deliveries(world.shop, now=now),
        "events": process_pending(world.shop, gateway=gateway, consent_key=settings.consent_key, now=now),
        "people": reckon_due(world.shop, now),
        "baskets": enroll_idle_baskets(shop_id, now=now, gateway=gateway),
        "sign_ups": enroll_sign_ups(shop_id, now=now),
        "crossings": enroll_crossings(shop_id, now=now, gateway=gateway, zones=settings.timezone),
        "enrollments": run_due(
            shop_id, now=now, gateway=gateway, entity_of=settings.entity, channel_zone=settings.zone
        ),
        "mails": send_due(room, transport_factory=lambda _: world.out).looked_at,
        "notices": tell_due(shop_id, now=now),
        "codes": 0 if (reaped := reap(shop_id, gateway=gateway, now=now)) == Reaped() else reaped,
    }
    return {part: what for part, what in found.items() if what}
