"""Promotional mail among other mail: limits, order, night, trouble and the person's own wish, in the real outbox."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from saleor_mailflow.audience.consent import append
from saleor_mailflow.audience.said import Said
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.definition import Purpose
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.steps import Cursor, Send
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.flows.triggers import Happened
from saleor_mailflow.flows.why import why
from saleor_mailflow.messages.claim import claim
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.models import Consent, Contact, ContactTag, Enrollment, Flow, Message, Purchase
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.world import START, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: 14:00 in Berlin, a Friday.
AFTERNOON = datetime(2026, 11, 20, 13, tzinfo=UTC)


class Promotions:
    """A world with promotional flows, and people who are let into them by hand."""

    def __init__(self) -> None:
        self.world = World.begin(mode="off", lawful_basis={"*": "none"}, quiet_hours="8-21")
        self.world.now = AFTERNOON
        self.anna = self.contact("anna@example.com")

    def contact(self, email: str, **more: object) -> Contact:
        facts = {"country": "DE", "first_seen_at": AFTERNOON - 30 * DAY, "updated_at": START, **more}
        return Contact.objects.create(shop=self.world.shop, email=email, **facts)

    def flow(self, key: str, *, priority: int = 100, prompt: bool = False, purpose: Purpose = Purpose.MARKETING,
             lateness: timedelta = 2 * DAY, may_wait: bool = True, mode: str = "live") -> Flow:  # fmt: skip
        send = Send(id="mail", template="confirm_sign_up/confirm", lateness=lateness, may_wait=may_wait)
        definition = Definition(
            key=key, name=key, description=key, purpose=purpose, prompt=prompt, priority=priority,
            trigger=Happened(event="test"), once_per=timedelta(0), steps=(send,),
        )  # fmt: skip
        publish(self.world.shop, definition, at=START)
        Flow.objects.filter(key=key).update(mode=mode, enabled_at=START)
        return Flow.objects.get(key=key)

    def enter(self, flow: Flow, contact: Contact | None = None) -> Enrollment:
        now = self.world.now
        return Enrollment.objects.create(
            shop=self.world.shop, flow=flow, version=flow.version, contact=contact or self.anna, key=str(uuid.uuid4()),
            cursor=Cursor(index=0, ready_at=now).to_json(), context={"sign_up": str(uuid.uuid4())},
            entered_at=now, due_at=now,
        )  # fmt: skip

    def sent(self) -> list[tuple[str, datetime]]:
        rows = Message.objects.filter(state="accepted").order_by("ended_at", "id")
        return [(m.flow_key, m.ended_at) for m in rows if m.ended_at]

    def waits(self) -> dict[str, str]:
        return {m.flow_key: sentence(m.reason, m.detail) for m in Message.objects.filter(state="planned")}


@pytest.fixture
def promotions(db: None) -> Promotions:
    return Promotions()


def test_two_flows_want_one_person_the_higher_goes_and_the_lower_waits_its_turn(promotions: Promotions) -> None:
    low, high = promotions.flow("low", priority=50), promotions.flow("high", priority=20)
    promotions.enter(low)
    promotions.enter(high)
    promotions.world.tick()
    assert [key for key, _ in promotions.sent()] == ["high"]
    assert "1 mails" in promotions.waits()["low"] or "high comes first" in promotions.waits()["low"]
    promotions.world.after(days=2)
    assert [key for key, _ in promotions.sent()] == ["high", "low"]
    first, second = (at for _, at in promotions.sent())
    assert timedelta(hours=16) <= second - first
    assert second.astimezone(UTC).hour >= 7, "sixteen hours later is six in the morning, when nobody is woken up"


def test_the_merchants_own_order_of_flows_counts(promotions: Promotions) -> None:
    low, high = promotions.flow("low", priority=50), promotions.flow("high", priority=20)
    Flow.objects.filter(pk=low.pk).update(position=1)
    promotions.enter(low)
    promotions.enter(high)
    promotions.world.tick()
    assert [key for key, _ in promotions.sent()] == ["low"]


def test_whoever_cannot_wait_long_enough_is_skipped_now_with_its_reason(promotions: Promotions) -> None:
    promotions.enter(promotions.flow("high", priority=20))
    promotions.world.tick()
    promotions.enter(promotions.flow("short", lateness=2 * HOUR))
    promotions.enter(promotions.flow("proud", may_wait=False))
    promotions.world.tick()
    assert [key for key, _ in promotions.sent()] == ["high"]
    ended = Message.objects.filter(state="blocked").values_list("flow_key", "reason")
    assert dict(ended) == {"short": "limited", "proud": "outranked"}


def test_what_must_come_at_once_counts_and_is_not_stopped(promotions: Promotions) -> None:
    promotions.enter(promotions.flow("promotion"))
    promotions.world.tick()
    promotions.enter(promotions.flow("prompt", prompt=True))
    promotions.enter(promotions.flow("order", purpose=Purpose.TRANSACTIONAL))
    promotions.world.tick()
    assert {key for key, _ in promotions.sent()} == {"promotion", "prompt", "order"}
    promotions.world.now += timedelta(hours=15)
    promotions.enter(promotions.flow("another", lateness=HOUR))
    promotions.world.tick()
    assert Message.objects.get(flow_key="another").reason == "limited", "the prompt mail counted"


def test_four_a_week_and_no_fifth(promotions: Promotions) -> None:
    for number in range(6):
        promotions.enter(promotions.flow(f"flow{number}", lateness=30 * DAY))
    promotions.world.after(days=6)
    assert len(promotions.sent()) == 4
    promotions.world.after(days=3)
    assert len(promotions.sent()) == 6


@pytest.mark.parametrize(("frequency", "days"), [("weekly", 7), ("monthly", 30)])
def test_the_persons_own_limit_is_kept(promotions: Promotions, frequency: str, days: int) -> None:
    Contact.objects.update(frequency=frequency)
    promotions.enter(promotions.flow("one"))
    promotions.world.tick()
    promotions.enter(promotions.flow("two", lateness=60 * DAY))
    promotions.world.after(days=days - 1)
    assert [key for key, _ in promotions.sent()] == ["one"]
    assert f"asked for {frequency} mail" in promotions.waits()["two"]
    promotions.world.after(days=2)
    assert [key for key, _ in promotions.sent()] == ["one", "two"]


def test_at_night_it_waits_for_the_morning_where_the_person_is(promotions: Promotions) -> None:
    tokyo = promotions.contact("yuki@example.com", country="JP")
    flow = promotions.flow("promotion")
    promotions.enter(flow)
    promotions.enter(flow, tokyo)
    promotions.world.tick()
    assert [m.contact_id for m in Message.objects.filter(state="accepted")] == [promotions.anna.pk]
    assert "It is 22:00 where they are (Asia/Tokyo)" in promotions.waits()["promotion"]
    promotions.world.after(hours=11)
    at = Message.objects.get(contact=tokyo, state="accepted").ended_at
    assert at is not None
    assert timedelta(hours=10) <= at - AFTERNOON <= timedelta(hours=10, minutes=31), "eight o'clock and a little"


def test_nothing_is_promoted_to_somebody_whose_order_is_late(promotions: Promotions) -> None:
    Purchase.objects.create(
        shop=promotions.world.shop, order_id="o1", number="1042", contact=promotions.anna, email="anna@example.com",
        channel="c", currency="EUR", status="UNFULFILLED", paid=True, created_at=AFTERNOON - 11 * DAY,
        updated_at=AFTERNOON - 11 * DAY, learned_at=AFTERNOON,
    )  # fmt: skip
    promotions.enter(promotions.flow("promotion"))
    promotions.world.tick()
    assert promotions.waits() == {"promotion": "Order 1042 is late; promotion waits until that is settled."}
    Purchase.objects.update(status="FULFILLED")
    promotions.world.after(minutes=10)
    assert [key for key, _ in promotions.sent()] == ["promotion"]


@pytest.mark.parametrize("claimed_first", [True, False])
def test_a_later_claim_sees_what_an_earlier_one_holds(promotions: Promotions, claimed_first: bool) -> None:
    """The worker of the first mail is slow or died: its mail may still leave, so it counts."""
    promotions.enter(promotions.flow("slow", prompt=claimed_first))
    run_due(promotions.world.shop.pk, now=AFTERNOON, gateway=promotions.world.people)
    assert len(claim(_room(promotions.world))[0]) == 1
    promotions.enter(promotions.flow("next"))
    run_due(promotions.world.shop.pk, now=AFTERNOON, gateway=promotions.world.people)
    assert claim(_room(promotions.world))[0] == []
    Message.objects.filter(state="claimed").update(state="planned", lease_until=None)


def test_a_pause_holds_all_marketing_mail_and_nothing_else(promotions: Promotions) -> None:
    Contact.objects.update(paused_until=AFTERNOON + DAY)
    promotions.enter(promotions.flow("prompt", prompt=True))
    promotions.enter(promotions.flow("order", purpose=Purpose.TRANSACTIONAL))
    promotions.world.tick()
    assert [key for key, _ in promotions.sent()] == ["order"]
    promotions.world.after(days=2)
    assert [key for key, _ in promotions.sent()] == ["order", "prompt"]


def test_a_flow_that_too_many_called_spam_sends_nothing(promotions: Promotions) -> None:
    flow = promotions.flow("promotion")
    Flow.objects.filter(pk=flow.pk).update(stopped_at=START, stopped_detail={"rate": "0.41 %"})
    promotions.enter(flow)
    promotions.world.after(hours=1)
    assert promotions.sent() == []
    assert "0.41 %" in promotions.waits()["promotion"]


def test_a_rehearsal_takes_nobodys_turn(promotions: Promotions) -> None:
    promotions.enter(promotions.flow("rehearsed", priority=1, mode="shadow"))
    promotions.world.tick()
    promotions.enter(promotions.flow("live", priority=90))
    promotions.world.tick()
    assert [key for key, _ in promotions.sent()] == ["live"]


def test_many_mails_cost_no_more_queries_than_one(
    promotions: Promotions, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    flow = promotions.flow("promotion")
    for number in range(18):
        promotions.enter(flow, promotions.contact(f"p{number}@example.com"))
    run_due(promotions.world.shop.pk, now=promotions.world.now, gateway=promotions.world.people)
    with django_assert_max_num_queries(20):  # type: ignore[operator]  # pytest-django's own fixture
        ready, _ = claim(_room(promotions.world))
    assert len(ready) == 18


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_exceed_no_limit() -> None:
    """Five mails to one person, two workers that begin together, again and again: one mail goes."""
    promotions = Promotions()
    for turn in range(5):
        promotions.anna = promotions.contact(f"anna{turn}@example.com")
        for number in range(5):
            promotions.enter(promotions.flow(f"flow{number}"))
        run_due(promotions.world.shop.pk, now=AFTERNOON, gateway=promotions.world.people)
        gate, allowed = threading.Barrier(2), []

        def work(world: World, gate: threading.Barrier, allowed: list[int]) -> None:
            try:
                gate.wait()
                allowed.append(len(claim(_room(world))[0]))
            finally:
                connection.close()

        workers = [threading.Thread(target=work, args=(promotions.world, gate, allowed)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sum(allowed) == 1, allowed


def _room(world: World) -> GateRoom:
    settings = settings_of(world.shop)
    facts = shop_facts(world.shop, settings, world.people)
    return GateRoom(shop_id=world.shop.pk, now=world.now, gateway=world.people, settings=settings, shop=facts)


def test_why_says_it_all_in_sentences(promotions: Promotions) -> None:
    Contact.objects.update(paused_until=AFTERNOON + 7 * DAY, frequency="weekly", is_role=True)
    ContactTag.objects.create(contact=promotions.anna, tag="inactive", at=START)
    append(
        promotions.world.shop.pk,
        [Said(contact_id=promotions.anna.pk, state=Consent.State.GRANTED, source="form footer", proof="x", at=START,
              basis=Consent.Basis.DOUBLE_OPT_IN)],
    )  # fmt: skip
    promotions.enter(promotions.flow("promotion", lateness=30 * DAY))
    promotions.world.tick()
    room = _room(promotions.world)
    told = why(
        promotions.world.shop, "Anna@Example.com", settings=room.settings, shop_facts=room.shop,
        gateway=room.gateway, now=AFTERNOON,
    )  # fmt: skip
    said = "\n".join(told.says)
    for sentence_ in (
        "Consent to mail: granted on 20 November 2026, 09:00 UTC, confirmed from the mailbox.",
        "The rule for marketing mail: Germany: no consent needed (the channel's lawful basis).",
        "They asked for no mail until 27 November 2026.",
        "They asked for weekly mail at most.",
        "looks like an office's",
        "Tags: inactive.",
        "promotional mail at most 1 in 16 hours and 4 in 7 days. 0 in the last 30 days.",
        "It is 14:00 where they are (Europe/Berlin: the address (DE)).",
    ):
        assert sentence_ in said
    answers = {rule.rule: rule.sentence for rule in told.rules}
    assert answers["the person's own pause"] == "They asked for no mail until 27 November 2026."
    assert answers["not at night"] == ""
    assert "anna@" not in said.lower()
