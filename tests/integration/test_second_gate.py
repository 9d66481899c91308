"""The gate's second question, right before the hand-off: it sees the flow, the person and the shop as they are by then.

A slow provider takes minutes over a micro-batch; whoever stops the mail meanwhile must not wait for its end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from saleor_mailflow.exceptions import TryLater
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.messages import outbox
from saleor_mailflow.messages.claim import Ready, ask_again, claim
from saleor_mailflow.messages.gate_facts import GateRoom, look_again
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.messages.outbox import FRESH_SECONDS
from saleor_mailflow.models import Contact, Flow, Message
from saleor_mailflow.shop.pause import set_paused
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db

EMAILS = [f"person{number}@example.com" for number in range(4)]


def due() -> World:
    """Return a world in which four mails are due, whose first try came to nothing."""
    world = World.begin()
    for email in EMAILS:
        world.people.checkout(START, email=email)
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    world.after(hours=1)
    Message.objects.update(due_at=world.now)
    return world


def claimed(world: World) -> tuple[GateRoom, list[Ready]]:
    settings = settings_of(world.shop)
    facts = shop_facts(world.shop, settings, world.people)
    room = GateRoom(shop_id=world.shop.pk, now=world.now, gateway=world.people, settings=settings, shop=facts)
    ready, _ = claim(room)
    assert len(ready) == len(EMAILS)
    return room, ready


def switch_off(world: World) -> None:
    set_mode(world.shop, "abandoned_checkout", "off", at=world.now, actor="merchant")


def call_it_spam(world: World) -> None:
    Flow.objects.update(stopped_at=world.now, stopped_detail={"rate": "0.4 %"})


def ask_for_a_break(world: World) -> None:
    Contact.objects.update(paused_until=world.now + timedelta(days=14))


def become_staff(world: World) -> None:
    Contact.objects.update(is_staff=True)


STOPS = {
    "the flow is switched off": (switch_off, "flow_off"),
    "too many people call it spam": (call_it_spam, "flow_stopped"),
    "they ask for a break": (ask_for_a_break, "person_paused"),
    "they are found to be staff": (become_staff, "staff"),
}


@pytest.mark.parametrize("what", STOPS)
def test_what_was_stopped_after_the_claim_does_not_leave(what: str) -> None:
    stop, reason = STOPS[what]
    world = due()
    room, ready = claimed(world)
    stop(world)
    assert ask_again(room, ready) == []
    assert set(Message.objects.values_list("reason", flat=True)) == {reason}


def test_a_shop_that_was_paused_after_the_claim_sends_nothing_more() -> None:
    world = due()
    room, ready = claimed(world)
    set_paused(world.shop, True, actor="merchant", at=world.now)
    assert ask_again(look_again(room), ready) == []
    assert set(Message.objects.values_list("reason", "state")) == {("paused", "planned")}


def test_what_is_another_workers_by_now_is_not_asked_about() -> None:
    world = due()
    room, ready = claimed(world)
    Message.objects.filter(pk=ready[0].message.pk).update(fence=ready[0].fence + 1, state="sending")
    still = [one.message.pk for one in ask_again(room, ready)]
    assert still == [one.message.pk for one in ready[1:]]


class Slow(MemoryTransport):
    """A provider that takes so long over its first mail that the gate's answer about the others grows old."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then = then

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        taken = super().send(mail, following=following, meanwhile=meanwhile)
        if len(self.sent) == 1:
            self._then()
            time.sleep(FRESH_SECONDS + 0.01)
        return taken


@pytest.mark.parametrize(("what", "reason"), [("pause", "paused"), ("off", "flow_off"), ("shadow", "shadow")])
def test_a_merchant_who_stops_the_mail_stops_the_rest_of_the_batch_too(
    what: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FRESH_SECONDS", FRESH_SECONDS)
    world = due()

    def stop() -> None:
        if what == "pause":
            set_paused(world.shop, True, actor="merchant", at=world.now)
        else:
            set_mode(world.shop, "abandoned_checkout", what, at=world.now, actor="merchant")

    world.out = Slow(stop)
    world.tick()
    assert len(world.out.sent) == 1, "the one that was on its way, and no other"
    told = sorted(Message.objects.values_list("reason", flat=True))
    assert told == ["", reason, reason, reason]
