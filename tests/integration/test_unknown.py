"""Mails of unknown fate: never a second one, visible while they are unknown, and settled where that is possible."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests

from saleor_mailflow.exceptions import OutcomeUnknown, TryLater
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import run_tick, shop_facts
from saleor_mailflow.flows.why import why
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.messages.outbox import send_due
from saleor_mailflow.messages.outcome import give_up_on_the_dead
from saleor_mailflow.messages.repeat import repeat_unknown
from saleor_mailflow.messages.settle import settle
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.models import Message
from saleor_mailflow.process.health import health_of
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.world import START, World
from tests.contract.provider_cases import answer
from tests.statistics import as_if_nearly_empty

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EMAIL = "anna@example.com"


def world_with(provider: str, *, deduplicates: bool = True, **options: str) -> World:
    """Return a world whose provider forgets nothing but its answer to the first mail, and whose worker heard none."""
    world = World.begin(provider=provider, provider_options=options or {"api_key": "k"})
    world.out = MemoryTransport(provider=provider, deduplicates=deduplicates)
    return world


def lose_the_answer(world: World) -> Message:
    """Let the first mail arrive and its answer get lost, an hour after the cart was left."""
    world.people.checkout(START, email=EMAIL)
    world.after(minutes=59)
    world.now = START + HOUR
    world.out.fail(OutcomeUnknown("The provider broke the connection."), taken=True)
    world.tick()
    message = Message.objects.get()
    assert message.state == "unknown"
    return message


def later(world: World, **duration: float) -> Message:
    """Go on and tick, and return the first message."""
    world.now += timedelta(**duration)
    world.tick()
    return Message.objects.earliest("id")


# Whom a repetition could hurt.


@pytest.mark.parametrize("provider", ["postmark", "console"])
def test_where_the_provider_drops_no_repeats_nothing_is_repeated(provider: str) -> None:
    world = world_with(provider, deduplicates=False, server_token="k")
    lose_the_answer(world)
    assert later(world, minutes=10).state == "unknown"
    assert len(world.out.tries) == 1


@pytest.mark.parametrize(("provider", "remembers"), [("resend", timedelta(hours=24)), ("brevo", timedelta(minutes=15))])
def test_what_the_provider_may_have_forgotten_is_not_repeated(provider: str, remembers: timedelta) -> None:
    world = world_with(provider)
    first = lose_the_answer(world)
    assert later(world, seconds=remembers.total_seconds() - 60).state == "unknown"
    assert [mail.uuid for mail in world.out.tries].count(first.uuid) == 1


def test_another_provider_is_not_asked_about_a_mail_it_never_saw() -> None:
    world = world_with("resend")
    lose_the_answer(world)
    world.shop.settings["provider"] = "brevo"
    world.shop.save(update_fields=["settings"])
    assert later(world, minutes=2).state == "unknown"
    assert len(world.out.tries) == 1


def test_who_bought_meanwhile_gets_no_repetition_and_the_mail_stays_unknown() -> None:
    world = world_with("resend")
    world.people.checkout(START, email=EMAIL)
    world.after(minutes=59)
    world.now = START + HOUR
    world.out.fail(OutcomeUnknown("The provider broke the connection."), taken=True)
    world.tick()
    world.people.order(world.now, email=EMAIL)
    assert later(world, minutes=6).state == "unknown"
    assert len(world.out.tries) == 1


def test_a_paused_shop_repeats_nothing() -> None:
    world = world_with("resend")
    lose_the_answer(world)
    world.shop.paused_at = world.now
    world.shop.save(update_fields=["paused_at"])
    assert later(world, minutes=2).state == "unknown"
    assert len(world.out.tries) == 1


def test_a_repetition_whose_answer_is_lost_too_is_tried_three_times_and_no_more() -> None:
    world = world_with("resend")
    lose_the_answer(world)
    world.out.fail(OutcomeUnknown("The provider broke the connection."), times=20, taken=True)
    for _ in range(100):
        world.now += MINUTE
        world.tick()
    assert len(world.out.tries) == 4
    assert len(world.out.sent) == 1
    assert Message.objects.get().state == "unknown"


def many_unknown(world: World, people: int) -> GateRoom:
    """Lose the answers to so many mails, and return the room in which they may be repeated, two minutes later."""
    for number in range(people):
        world.people.checkout(START, email=f"person{number}@example.com")
    world.after(minutes=59)
    for minute in range(people):
        # A lost answer ends the line, and the others wait a minute.
        world.now = START + HOUR + minute * MINUTE
        world.out.fail(OutcomeUnknown("The provider broke the connection."), taken=True)
        if minute == 0:
            world.tick()
        Message.objects.filter(state="planned").update(due_at=world.now)
        if minute:
            send_due(room_of(world), transport_factory=lambda _: world.out)
    assert Message.objects.filter(state="unknown").count() == people
    world.now += 2 * MINUTE
    return room_of(world)


def room_of(world: World) -> GateRoom:
    settings = settings_of(world.shop)
    facts = shop_facts(world.shop, settings, world.people)
    return GateRoom(shop_id=world.shop.pk, now=world.now, gateway=world.people, settings=settings, shop=facts)


class Busy(MemoryTransport):
    """A provider that takes a repetition, while something else happens in the world."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__(provider="brevo", deduplicates=True)
        self._then = then

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        taken = super().send(mail, following=following, meanwhile=meanwhile)
        self._then()
        return taken


def test_who_buys_while_another_mail_is_repeated_gets_no_repetition() -> None:
    world = world_with("brevo")
    room = many_unknown(world, 2)
    first, second = Message.objects.order_by("intent_at").values_list("contact__email", flat=True)
    out = Busy(lambda: world.people.order(world.now, email=second))
    assert repeat_unknown(room, transport_factory=lambda _: out) == 1
    assert [mail.to_email for mail in out.tries] == [first]


def test_a_long_tick_knows_that_the_provider_has_forgotten_meanwhile() -> None:
    """Two minutes by the tick's own time, and fourteen by the clock: Brevo remembers fifteen at best."""
    world = world_with("brevo")
    room = many_unknown(world, 1)
    assert repeat_unknown(replace(room, read_at=room.read_at - 720), transport_factory=lambda _: world.out) == 0
    assert repeat_unknown(room, transport_factory=lambda _: world.out) == 1
    assert len(world.out.tries) == 2


def test_what_is_in_shadow_mode_by_now_is_not_repeated() -> None:
    world = world_with("brevo")
    room = many_unknown(world, 1)
    set_mode(world.shop, "abandoned_checkout", "shadow", at=world.now)
    assert repeat_unknown(room, transport_factory=lambda _: world.out) == 0
    assert len(world.out.tries) == 1


@pytest.mark.parametrize("believed", ["what is so", "nearly empty"])
def test_a_provider_that_is_away_costs_one_repetition_and_not_one_of_everybodys(believed: str) -> None:
    world = world_with("brevo")
    room, before = many_unknown(world, 3), len(world.out.tries)
    if believed == "nearly empty":
        as_if_nearly_empty("mailflow_message")
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    assert repeat_unknown(room, transport_factory=lambda _: world.out) == 0
    assert len(world.out.tries) == before + 1
    told = [(m.state, m.reason, m.detail) for m in Message.objects.all()]
    assert sorted(detail.get("repeats", 0) for _, _, detail in told) == [0, 0, 1], told


# How it is settled.


@pytest.mark.parametrize("provider", ["resend", "brevo"])
def test_a_repetition_with_the_same_key_settles_it_and_one_mail_arrives(provider: str) -> None:
    world = world_with(provider)
    first = lose_the_answer(world)
    settled = later(world, minutes=1)
    assert settled.state == "accepted"
    assert settled.intent_at == first.intent_at
    assert [mail.uuid for mail in world.out.tries] == [first.uuid, first.uuid]
    assert len(world.out.sent) == 1
    one, two = world.out.tries
    assert one == two, "other words with the same key would be refused"


def test_a_mail_is_not_given_up_before_it_was_intended_by_a_tick_that_began_earlier() -> None:
    world = world_with("resend")
    lose_the_answer(world)
    intent = world.now + MINUTE
    Message.objects.update(state="sending", intent_at=intent, lease_until="2020-01-01T00:00:00Z")
    assert give_up_on_the_dead(world.shop.pk, world.now) == 1
    assert Message.objects.get().ended_at == intent


def test_a_worker_that_died_in_the_hand_off_is_made_up_for_by_a_repetition() -> None:
    world = world_with("resend")
    world.people.checkout(START, email=EMAIL)
    world.after(minutes=59)
    world.now = START + HOUR
    world.out.fail(KeyboardInterrupt(), taken=True)  # type: ignore[arg-type]  # the worker dies, the provider has it
    with pytest.raises(KeyboardInterrupt):
        world.tick()
    Message.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert later(world, minutes=2).state == "unknown"
    assert later(world, minutes=1).state == "accepted"
    assert len(world.out.sent) == 1


# How it is seen.


def test_an_unknown_mail_is_shown_by_status_and_why_and_a_settled_one_no_longer() -> None:
    world = world_with("resend")
    lose_the_answer(world)

    def told() -> tuple[int, list[str], list[tuple[str, str]]]:
        settings = settings_of(world.shop)
        health = health_of(world.shop, settings, world.now)
        facts = shop_facts(world.shop, settings, world.people)
        said = why(world.shop, EMAIL, settings=settings, shop_facts=facts, gateway=world.people, now=world.now)
        lines = [(entry.what, entry.sentence) for entry in said.timeline if entry.what.startswith("reminder")]
        return health.unknown, [p.key for p in health.problems if p.key == "unknown"], lines

    count, problems, ((what, text),) = told()
    assert (count, problems, what) == (1, ["unknown"], "reminder: perhaps sent")
    assert "may have arrived" in text
    later(world, minutes=1)
    count, problems, ((what, _),) = told()
    assert (count, problems, what) == (0, [], "reminder: sent")


def test_a_mail_settled_by_the_providers_word_is_told_without_the_subject_that_died_with_its_worker() -> None:
    world = world_with("postmark", deduplicates=False, server_token="k")
    message = lose_the_answer(world)
    assert settle(world.shop.pk, message.uuid, provider="postmark", provider_message_id="pm-1")
    message.refresh_from_db()
    assert (message.state, message.reason, message.provider_message_id) == ("accepted", "", "pm-1")
    assert not settle(world.shop.pk, message.uuid), "it was settled before"
    settings = settings_of(world.shop)
    facts = shop_facts(world.shop, settings, world.people)
    said = why(world.shop, EMAIL, settings=settings, shop_facts=facts, gateway=world.people, now=world.now)
    assert "said later" in next(entry.sentence for entry in said.timeline if entry.what == "reminder: sent")


def test_a_word_about_a_mail_that_was_not_unknown_or_not_ours_changes_nothing() -> None:
    world = world_with("postmark", deduplicates=False, server_token="k")
    world.people.checkout(START, email=EMAIL)
    world.after(hours=1)
    message = Message.objects.get()
    assert message.state == "accepted"
    before = message.ended_at
    assert not settle(world.shop.pk, message.uuid, provider_message_id="other")
    assert not settle(world.shop.pk, uuid4())
    message.refresh_from_db()
    assert (message.ended_at, message.provider_message_id) == (before, f"memory-{message.uuid}")


# What goes over the wire.


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every request that leaves; the first answer gets lost on its way."""
    asked: list[dict[str, Any]] = []

    def take(_: requests.Session, **arguments: Any) -> requests.Response:
        asked.append(arguments)
        if len(asked) == 1:
            raise requests.ConnectionError("Connection aborted.")
        return answer(200, {"id": "id-1"}) if "resend" in arguments["url"] else answer(201, {"messageId": "id-1"})

    monkeypatch.setattr(requests.Session, "request", take)
    return asked


KEY: dict[str, Callable[[dict[str, Any]], str]] = {
    "resend": lambda asked: asked["headers"]["Idempotency-Key"],
    "brevo": lambda asked: json.loads(asked["data"])["headers"]["idempotencyKey"],
}


@pytest.mark.parametrize("provider", ["resend", "brevo"])
def test_the_repetition_carries_the_same_key_and_the_same_body(provider: str, wire: list[dict[str, Any]]) -> None:
    world = World.begin(provider=provider, provider_options={"api_key": "k"})
    world.people.checkout(START, email=EMAIL)
    world.after(minutes=59)
    for now in (START + HOUR, START + HOUR + MINUTE):
        run_tick(world.shop.pk, now, gateway=world.people, transport_factory=transport_for, beat="test")
    first, second = wire
    message = Message.objects.get()
    assert KEY[provider](first) == KEY[provider](second) == str(message.uuid)
    assert first["data"] == second["data"]
    assert (message.state, message.provider_message_id) == ("accepted", "id-1")
