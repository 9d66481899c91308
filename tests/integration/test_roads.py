"""Three roads, one record: webhooks in any order, hooks that count up, and a sweep that needs neither."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.models import Basket, Contact, Enrollment, Event, LinkKey, Message, Purchase, Shop
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.world import SETTINGS, START, World
from saleor_mailflow.webhooks.intake import receive
from saleor_mailflow.webhooks.record import record_checkout_change
from tests.recorded import day

pytestmark = pytest.mark.django_db

OWED = {"anna.486": 2, "ben.486": 2, "jan.486": 2, "dan.486": 1}


def play(webhooks: Sequence[tuple[datetime, str, bytes]], out: MemoryTransport) -> Shop:
    """Live through a day: receive each webhook at its time, tick, and go on until nobody waits for anything."""
    shop = Shop.objects.create(
        domain="shop.example.com", api_url="https://shop.example.com/graphql/", road="app", settings=SETTINGS
    )
    LinkKey.objects.create(shop=shop)
    now = min(at for at, _, _ in webhooks)
    set_mode(shop, "abandoned_checkout", "live", at=now - timedelta(minutes=1))
    waiting = sorted(webhooks, key=lambda one: one[0])
    while True:
        due = next_due(shop.pk, now)
        stops = [at for at in (due, waiting[0][0] if waiting else None) if at is not None]
        if not stops:
            return shop
        now = max(now, min(stops))
        while waiting and waiting[0][0] <= now:
            _, name, raw = waiting.pop(0)
            receive(shop, name, raw, now)
        run_tick(shop.pk, now, gateway=PayloadShop(), transport_factory=lambda _: out, beat="test")


def the_day() -> list[tuple[datetime, str, bytes]]:
    return [(one.at, one.header("Saleor-Event"), one.raw) for one in day().webhooks]


def owed(out: MemoryTransport) -> dict[str, int]:
    return dict(Counter(mail.to_email.partition("@")[0] for mail in out.sent))


def test_a_recorded_day_gives_everybody_what_they_are_owed() -> None:
    out = MemoryTransport()
    shop = play(the_day(), out)
    assert owed(out) == OWED
    assert Event.objects.count() == 99
    assert not Event.objects.exclude(payload=None).exists()
    # Eve shops in Poland and never said yes.
    assert list(Message.objects.filter(contact__email="eve.486@example.com").values_list("reason", flat=True)) == [
        "no_consent",
        "no_consent",
    ]
    reasons = Counter(Enrollment.objects.values_list("exit_reason", flat=True))
    assert reasons == {"completed": 4, "ordered": 1}
    # Leo was deleted by staff: nothing names him any more.
    assert not Contact.objects.filter(shop=shop, email__contains="leo").exists()
    assert Contact.objects.filter(shop=shop).exclude(erased_at=None).count() == 1


def test_the_same_day_twice_over_sends_nothing_more() -> None:
    out = MemoryTransport()
    doubled = the_day() + [(at + timedelta(seconds=1), name, raw) for at, name, raw in the_day()]
    play(doubled, out)
    assert owed(out) == OWED
    assert Event.objects.count() == 99


@pytest.mark.parametrize("seed", range(3))
def test_webhooks_out_of_order_within_minutes_change_nothing(seed: int) -> None:
    """Saleor retries for up to five minutes: any webhook may be that late."""
    chance = random.Random(seed)
    out = MemoryTransport()
    late = [(at + timedelta(seconds=chance.choice([0, 0, 10, 60, 300])), name, raw) for at, name, raw in the_day()]
    shop = play(late, out)
    assert owed(out) == OWED
    assert Purchase.objects.filter(shop=shop).count() == 8
    assert set(Basket.objects.filter(state="converted").values_list("email", flat=True)) >= {"ben.486@example.com"}


def test_orders_alone_still_silence_the_carts_they_came_from() -> None:
    """The order arrives before any word of the cart: the cart is born converted."""
    out = MemoryTransport()
    orders = [(day().webhooks[0].at, name, raw) for _, name, raw in the_day() if name.startswith("order")]
    carts = [one for one in the_day() if one[1].startswith("checkout")]
    play(orders + carts, out)
    assert set(owed(out)) <= {"anna.486", "jan.486"}


def test_a_hook_that_counts_up_while_the_worker_works_is_not_lost() -> None:
    world = World.begin()
    cart = world.people.checkout(START)
    bump = {"shop_id": world.shop.pk, "kind": "checkout.updated", "token": cart, "source": Event.Source.HOOK}
    record_checkout_change(**bump, occurred_at=START)
    record_checkout_change(**bump, occurred_at=START)
    world.tick()
    event = Event.objects.get()
    assert (event.generation, event.processed_generation) == (2, 2)
    record_checkout_change(**bump, occurred_at=START)
    assert Event.objects.get().generation == 3
    assert Event.objects.get().processed_generation == 2


def test_a_customer_deleted_in_silence_is_found_by_the_nightly_comparison() -> None:
    world = World.begin()
    world.people.customer(START, email="leo@example.com", ref="VXNlcjo1Nw==", first_name="Leo")
    world.after(minutes=5)
    assert Contact.objects.get().first_name == "Leo"
    world.people.forget("VXNlcjo1Nw==")
    world.after(hours=25)
    world.after(minutes=1)
    contact = Contact.objects.get()
    assert contact.erased_at is not None
    assert (contact.first_name, contact.email[:7]) == ("", "erased:")


def test_a_shop_that_seems_to_have_lost_everybody_erases_nobody() -> None:
    world = World.begin()
    for number in range(30):
        world.people.customer(START, email=f"p{number}@example.com", ref=f"ref{number:02}")
    world.after(minutes=5)
    for number in range(30):
        world.people.forget(f"ref{number:02}")
    world.after(hours=25)
    assert not Contact.objects.exclude(erased_at=None).exists()


def test_a_backfill_fills_resumes_and_starts_no_flow() -> None:
    world = World.begin(mode="off")
    for number in range(7):
        world.people.customer(START, email=f"p{number}@example.com", ref=f"ref{number}")
        world.people.order(START, email=f"p{number}@example.com")
        world.people.checkout(START, email=f"p{number}@example.com")
    world.now = START + timedelta(hours=3)
    set_mode(world.shop, "abandoned_checkout", "live", at=START)
    seen: list[tuple[str, int, int]] = []

    def fill(**more: bool) -> dict[str, int]:
        return backfill(
            world.shop,
            gateway=world.people,
            consent_key="newsletter",
            now=world.now,
            progress=lambda *step: seen.append(step),
            **more,
        )

    assert fill() == {"customers": 7, "orders": 7, "checkouts": 7}
    assert seen[-1] == ("checkouts", 7, 7)
    assert fill() == {"customers": 0, "orders": 0, "checkouts": 0}
    assert fill(again=True) == {"customers": 7, "orders": 7, "checkouts": 7}
    world.after(days=3)
    assert Basket.objects.count() == Purchase.objects.count() == 7
    assert not Enrollment.objects.exists()
    assert world.sent() == []


def test_an_event_that_cannot_be_read_is_set_aside_and_holds_up_nobody() -> None:
    class Moody(MemoryShop):
        def orders(self, order_ids: object) -> object:  # type: ignore[override]  # a shop that breaks
            raise RuntimeError("this order has no channel")

    world = World.begin()
    world.people.__class__ = Moody
    world.people.checkout(START)
    world.people.order(START, email="ben@example.com")
    world.after(hours=2)
    assert [step for _, step, _ in world.sent()] == ["reminder"]
    parked = Event.objects.exclude(parked="").get()
    assert parked.kind == "order.created"
    assert parked.parked.startswith("RuntimeError in _snapshots (")
    assert parked.parked.endswith(", 3 times")
