"""Two workers, or a worker and the door, in the same moment: what one learns is not lost on the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from django.db import connection, transaction

from saleor_mailflow.audience.contacts import ContactFact, lock, upsert
from saleor_mailflow.audience.erasing import erase_personal_data
from saleor_mailflow.audience.facts import one_entity
from saleor_mailflow.exceptions import TryLater
from saleor_mailflow.flows import runner
from saleor_mailflow.flows.deciding import decide
from saleor_mailflow.flows.enroll import enroll_idle_baskets
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.tick import run_tick, shop_facts
from saleor_mailflow.flows.wake import wake
from saleor_mailflow.flows.writing import write
from saleor_mailflow.messages.claim import ask_again, claim
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.models import Basket, Contact, Enrollment, Message
from saleor_mailflow.process.alone import only_one
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.process.events import process_pending
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.bodies import Cart, Channel
from saleor_mailflow.testing.days import DayBuilder
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.testing.world import START, World
from saleor_mailflow.webhooks.intake import receive

US = Channel(slug="us", currency="USD", country="US")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def sender() -> SigningShop:
    return SigningShop()


class Told:
    """A shop that speaks by webhooks, with somebody's first mail planned and nobody claiming it yet."""

    def __init__(self, sender: SigningShop) -> None:
        self.world, self.day = World.begin(), DayBuilder(sender, chance=Random(1))
        self.shop, self.now = self.world.shop, START + HOUR
        self.cart = self.day.cart(START, channel=US, email="anna@x.example")
        self.hear()
        process_pending(self.shop, gateway=PayloadShop(), consent_key="newsletter", now=START)
        assert enroll_idle_baskets(self.shop.pk, now=self.now, gateway=PayloadShop()) == 1
        assert run_due(self.shop.pk, now=self.now, gateway=PayloadShop()) == 1
        assert Message.objects.get().state == "planned"

    def hear(self) -> None:
        """Record the newest webhook, as the door does, and no more."""
        told = self.day.told[-1]
        receive(self.shop, told.event, told.raw, told.at)

    def room(self) -> GateRoom:
        settings = settings_of(self.shop)
        facts = shop_facts(self.shop, settings, PayloadShop())
        return GateRoom(shop_id=self.shop.pk, now=self.now, gateway=PayloadShop(), settings=settings, shop=facts)


def buy(day: DayBuilder, cart: Cart) -> None:
    day.order(START + HOUR, cart)


def buy_elsewhere(day: DayBuilder, cart: Cart) -> None:
    other = Cart(
        token="0" * 8 + "-0000-4000-8000-" + "0" * 12, created=START, at=START, channel=US, email=" ANNA@X.example"
    )
    day.order(START + HOUR, other)


def empty(day: DayBuilder, cart: Cart) -> None:
    day.change(cart, START + HOUR, items=())


def pay(day: DayBuilder, cart: Cart) -> None:
    day.change(cart, START + HOUR, stamp=False, event="checkout_fully_paid", charge="FULL", authorize="FULL")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("deed", "reason"), [(buy, "ordered"), (buy_elsewhere, "ordered"), (empty, "emptied"), (pay, "paid")]
)
@pytest.mark.parametrize("claimed_before", [False, True])
def test_what_was_recorded_before_the_hand_off_counts_though_nobody_processed_it(
    sender: SigningShop, deed: Callable[[DayBuilder, Cart], None], reason: str, claimed_before: bool
) -> None:
    told = Told(sender)
    ready = claim(told.room())[0] if claimed_before else []
    deed(told.day, told.cart)
    told.hear()
    still = ask_again(told.room(), ready) if claimed_before else claim(told.room())[0]
    assert still == []
    assert Message.objects.get().reason == reason


@pytest.mark.django_db
def test_a_decision_made_with_older_facts_is_not_written_over_what_came_meanwhile(sender: SigningShop) -> None:
    """The second worker decides that there is nothing to do till tomorrow; the first has just learned of an order."""
    told = Told(sender)
    Enrollment.objects.update(due_at=told.now)
    claimed = runner._claim(told.shop.pk, told.now, alone=False)
    outcomes = decide(told.shop.pk, claimed, now=told.now, gateway=PayloadShop(), entity_of=one_entity)
    buy(told.day, told.cart)
    told.hear()
    process_pending(told.shop, gateway=PayloadShop(), consent_key="newsletter", now=told.now)
    write(told.shop.pk, outcomes, told.now, gateway=PayloadShop())
    run_due(told.shop.pk, now=told.now, gateway=PayloadShop())
    assert Enrollment.objects.get().exit_reason == "ordered"


@pytest.mark.django_db
def test_nobody_is_forgotten_whom_two_workers_looked_at(sender: SigningShop) -> None:
    told = Told(sender)
    Enrollment.objects.update(due_at=told.now)
    runner._claim(told.shop.pk, told.now, alone=False)
    assert wake(told.now, enrollment_ids=[Enrollment.objects.get().pk]) == 1
    # The first worker never comes back; nobody waits for its lease.
    assert run_due(told.shop.pk, now=told.now, gateway=PayloadShop()) == 1


@pytest.mark.django_db
def test_who_is_woken_often_while_a_worker_looks_at_them_is_not_taken_for_one_who_kills_workers(
    sender: SigningShop,
) -> None:
    told = Told(sender)
    for _ in range(5):
        Enrollment.objects.update(due_at=told.now)
        assert runner._claim(told.shop.pk, told.now, alone=False)
        wake(told.now, enrollment_ids=[Enrollment.objects.get().pk])
    assert run_due(told.shop.pk, now=told.now, gateway=PayloadShop()) == 1
    assert Enrollment.objects.get().state == "active"


@pytest.mark.django_db
def test_waking_somebody_forgives_no_worker_that_died(sender: SigningShop) -> None:
    told = Told(sender)
    for dead in range(4):
        Enrollment.objects.update(due_at=told.now)
        assert runner._claim(told.shop.pk, told.now, alone=dead > 0)
        Enrollment.objects.update(lease_until="2020-01-01T00:00:00Z")
        wake(told.now, enrollment_ids=[Enrollment.objects.get().pk])
        wake(told.now, enrollment_ids=[Enrollment.objects.get().pk])
    run_due(told.shop.pk, now=told.now, gateway=PayloadShop())
    assert Enrollment.objects.get().exit_reason == "parked"


@pytest.mark.django_db(transaction=True)
def test_whoever_is_erased_while_their_mail_is_claimed_is_erased_and_the_others_get_theirs() -> None:
    """Erasing holds the person and wants the mail, a claim holds the mail and wants the person: the claim gives way."""
    world = World.begin()
    for email in ("anna@example.com", "bert@example.com"):
        world.people.checkout(START, email=email)
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    world.after(hours=1)
    Message.objects.update(due_at=world.now)
    settings = settings_of(world.shop)
    facts = shop_facts(world.shop, settings, world.people)
    room = GateRoom(shop_id=world.shop.pk, now=world.now, gateway=world.people, settings=settings, shop=facts)
    anna = Contact.objects.get(email="anna@example.com")
    failures: list[BaseException] = []
    holding, go = threading.Event(), threading.Event()

    def erasing() -> None:
        try:
            with transaction.atomic():
                lock(world.shop.pk, [anna.email], erase=[anna.pk])
                holding.set()
                go.wait(5)
                erase_personal_data(world.shop.pk, [anna.pk], world.now, now=world.now)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=erasing)
    thread.start()
    assert holding.wait(5)
    threading.Timer(0.2, go.set).start()
    ready, looked_at = claim(room)
    thread.join()
    assert failures == []
    assert [one.asked.email for one in ready] == ["bert@example.com"]
    assert looked_at == 1
    assert Message.objects.get(contact=anna).reason == "erased"


@pytest.mark.django_db(transaction=True)
def test_a_batch_of_news_and_a_claim_never_wait_for_each_other_in_a_circle() -> None:
    """Contacts are locked in id order, whichever way their addresses are sorted."""
    world = World.begin()
    emails = ["b@x.example", "a@x.example"]
    for email in emails:
        upsert(world.shop.pk, [ContactFact(email=email, seen_at=START)])
    first, second = Contact.objects.order_by("id").values_list("id", flat=True)
    failures: list[BaseException] = []
    holding, go = threading.Event(), threading.Event()

    def claiming() -> None:
        try:
            with transaction.atomic():
                list(Contact.objects.select_for_update(no_key=True).filter(id=first).values_list("id"))
                holding.set()
                go.wait(5)
                list(Contact.objects.select_for_update(no_key=True).filter(id=second).values_list("id"))
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=claiming)
    worker.start()
    assert holding.wait(5)
    threading.Timer(0.3, go.set).start()
    with transaction.atomic():
        lock(world.shop.pk, emails)
        upsert(world.shop.pk, [ContactFact(email=email, seen_at=START) for email in emails])
    worker.join(10)
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_many_ticks_at_once_send_each_mail_once() -> None:
    world = World.begin()
    for number in range(40):
        world.people.checkout(START, email=f"p{number}@example.com")
    world.tick()
    world.now = START + HOUR
    failures: list[BaseException] = []

    def ticking() -> None:
        try:
            for _ in range(3):
                run_tick(
                    world.shop.pk, world.now, gateway=world.people, transport_factory=lambda _: world.out, beat="test"
                )
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=ticking) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert sorted(mail.to_email for mail in world.out.sent) == sorted(f"p{number}@example.com" for number in range(40))
    assert Basket.objects.filter(considered_activity=1).count() == 40
    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}


@pytest.mark.django_db(transaction=True)
def test_a_backfill_waits_for_whoever_writes_the_read_model() -> None:
    world = World.begin()
    world.people.checkout(START)
    writing, done = threading.Event(), threading.Event()

    def processing() -> None:
        try:
            with transaction.atomic():
                assert only_one(world.shop.pk)
                writing.set()
                time.sleep(0.3)
                done.set()
        finally:
            connection.close()

    worker = threading.Thread(target=processing)
    worker.start()
    assert writing.wait(5)
    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=START, progress=lambda *_: None)
    assert done.is_set()
    worker.join(5)
