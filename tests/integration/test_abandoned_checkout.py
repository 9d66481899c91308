"""Abandoned checkout, told as stories: first whom we must leave alone, then whom we write to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_mailflow.models import Message
from saleor_mailflow.shop.snapshots import PaymentState
from saleor_mailflow.testing.memory_shop import line
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TWO_MAILS = [("anna@example.com", "reminder", HOUR), ("anna@example.com", "last_call", 24 * HOUR)]


@pytest.fixture
def world() -> World:
    return World.begin()


def test_nobody_who_bought_before_the_first_mail_is_written_to(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(minutes=30)
    world.people.order(world.now, token=cart)
    world.after(days=3)
    assert world.sent() == []
    assert world.refusals() in ([], ["ordered"])


def test_a_purchase_between_the_two_mails_stops_the_second(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(hours=5)
    world.people.order(world.now, token=cart)
    world.after(days=3)
    assert world.sent() == TWO_MAILS[:1]
    assert world.exits() == ["ordered"]


def test_buying_another_cart_in_another_letter_case_counts(world: World) -> None:
    world.people.checkout(START, email="Anna@Example.com")
    world.after(minutes=40)
    world.people.order(world.now, email="ANNA@example.COM")
    world.after(days=3)
    assert world.sent() == []


def test_buying_by_account_with_another_address_counts(world: World) -> None:
    world.people.checkout(START, user_ref="VXNlcjox")
    world.after(minutes=40)
    world.people.order(world.now, email="other@example.com", user_ref="VXNlcjox")
    world.after(days=3)
    assert world.sent() == []


def test_an_order_in_the_very_second_of_sending_silences_the_mail(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(minutes=59, seconds=59)
    world.now = START + HOUR
    # No hook, no webhook, no sweep has told of it: only the question in the claim can know.
    world.people.order(world.now, token=cart)
    world.after(days=3)
    assert world.sent() == []


@pytest.mark.parametrize(
    ("payment", "reason"),
    [(PaymentState.PAID, "paid"), (PaymentState.AUTHORIZED, "authorized"), (PaymentState.PENDING, "payment_pending")],
)
def test_a_cart_with_money_on_the_way_is_a_problem_and_not_a_mail(
    world: World, payment: PaymentState, reason: str
) -> None:
    world.people.checkout(START, payment=payment)
    world.after(days=3)
    assert world.sent() == []
    assert world.blocked() == [("reminder", reason), ("last_call", reason)]


def test_a_cart_that_is_becoming_an_order_waits_and_then_is_written_about(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(minutes=59)
    world.people.change(cart, START, completing_since=world.now)
    world.after(minutes=2)
    assert world.sent() == []
    world.after(hours=1)
    assert [step for _, step, _ in world.sent()] == ["reminder"]


def test_an_emptied_cart_is_forgotten(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(minutes=20)
    world.people.change(cart, world.now, lines=())
    world.after(days=3)
    assert world.sent() == []


def test_a_cart_emptied_after_the_first_mail_gets_no_second(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(hours=3)
    world.people.change(cart, world.now, lines=())
    world.after(days=3)
    assert world.sent() == TWO_MAILS[:1]
    assert world.exits() == ["emptied"]


def test_a_cart_that_the_shop_deleted_in_silence_gets_no_mail(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(hours=3)
    world.people.forget(cart)
    world.after(days=3)
    assert world.sent() == TWO_MAILS[:1]
    assert world.exits() == ["gone"]


def test_only_the_newest_cart_is_written_about(world: World) -> None:
    world.people.checkout(START)
    world.after(minutes=10)
    world.people.checkout(world.now, lines=(line("Wool socks", price="12.00"),))
    world.after(days=3)
    assert [(step, at) for _, step, at in world.sent()] == [
        ("reminder", HOUR + 10 * MINUTE),
        ("last_call", 24 * HOUR + 10 * MINUTE),
    ]
    assert "newer_basket" in world.refusals()


def test_one_sequence_a_person_a_week(world: World) -> None:
    world.people.checkout(START)
    world.after(days=3)
    world.people.checkout(world.now)
    world.after(days=3)
    assert world.sent() == TWO_MAILS
    assert world.refusals() == ["recent"]
    world.after(days=3)
    world.people.checkout(world.now)
    world.after(days=2)
    assert len(world.sent()) == 4


def test_staff_who_try_the_checkout_get_nothing(world: World) -> None:
    world.people.checkout(START, user_ref="VXNlcjox", user_is_staff=True)
    world.after(days=3)
    assert world.sent() == []
    assert world.refusals() == ["staff"]


@pytest.mark.parametrize("country", ["DE", "PL", "GB", ""])
def test_where_the_law_asks_for_consent_silence_is_no(world: World, country: str) -> None:
    world.people.checkout(START, country=country)
    world.after(days=3)
    assert world.sent() == []
    assert world.blocked() == [("reminder", "no_consent"), ("last_call", "no_consent")]


def test_a_customer_may_be_reminded_where_the_law_knows_the_soft_opt_in(world: World) -> None:
    for email in ("anna@example.com", "ewa@example.com"):
        world.people.order(START, email=email)
    world.after(days=1)
    world.people.checkout(world.now, country="DE")
    world.people.checkout(world.now, email="ewa@example.com", country="PL")
    world.after(days=3)
    assert {email for email, _, _ in world.sent()} == {"anna@example.com"}
    assert world.blocked() == [("reminder", "no_consent"), ("last_call", "no_consent")], "Poland has no soft opt-in"
    message = Message.objects.filter(state="accepted").earliest("id")
    assert "UWG" in message.basis, "the rule that let it pass is kept"


def test_no_in_the_metadata_is_no_even_where_no_consent_is_needed(world: World) -> None:
    world.people.checkout(START, metadata={"newsletter": "no"})
    world.after(days=3)
    assert world.sent() == []
    assert world.blocked()[0] == ("reminder", "consent_withdrawn")


def test_yes_in_the_metadata_of_the_account_is_enough(world: World) -> None:
    world.people.customer(START, email="anna@example.com", ref="VXNlcjox", metadata={"newsletter": "yes"})
    world.people.checkout(START, country="DE", user_ref="VXNlcjox", user_metadata={"newsletter": "yes"})
    world.after(days=3)
    assert world.sent() == TWO_MAILS


def test_a_cart_left_before_the_flow_was_on_is_the_past() -> None:
    world = World.begin(mode="off")
    world.people.checkout(START)
    world.after(hours=2)
    from saleor_mailflow.flows.publish import set_mode

    set_mode(world.shop, "abandoned_checkout", "live", at=world.now)
    world.after(days=3)
    assert world.sent() == []


def test_after_a_long_outage_last_weeks_cart_is_missed_and_not_mailed(world: World) -> None:
    world.people.checkout(START)
    world.tick()
    world.now = START + timedelta(days=6)
    world.tick()
    world.after(days=3)
    assert world.sent() == []
    assert world.blocked() == [("reminder", "late"), ("last_call", "late")]


def test_an_outage_of_some_hours_sends_the_first_mail_late_and_keeps_the_distance(world: World) -> None:
    world.people.checkout(START)
    world.tick()
    world.now = START + 12 * HOUR + 30 * MINUTE
    world.after(days=3)
    assert [(step, at) for _, step, at in world.sent()] == [
        ("reminder", 12 * HOUR + 30 * MINUTE),
        ("last_call", 24 * HOUR + 30 * MINUTE),
    ]


def test_shadow_mode_does_everything_but_the_hand_off() -> None:
    world = World.begin(mode="shadow")
    world.people.checkout(START)
    world.after(days=3)
    assert list(world.mails) == []
    from saleor_mailflow.models import Message

    kept = Message.objects.filter(state="shadowed").order_by("id")
    assert [(m.step, bool(m.html)) for m in kept] == [("reminder", True), ("last_call", True)]


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"sender_email": ""}, "no_sender"),
        ({"postal_address": ""}, "no_postal_address"),
        ({"provider": ""}, "no_provider"),
        ({"storefront_links": {}}, "no_storefront_link"),
    ],
)
def test_an_unfinished_set_up_holds_the_mail_until_it_is_finished(missing: dict[str, object], reason: str) -> None:
    world = World.begin(**missing)
    world.people.checkout(START)
    world.after(hours=2)
    from saleor_mailflow.models import Message, Shop
    from saleor_mailflow.testing.world import SETTINGS

    assert world.sent() == []
    assert Message.objects.get().reason == reason
    Shop.objects.update(settings=SETTINGS)
    world.after(minutes=6)
    assert [step for _, step, _ in world.sent()] == ["reminder"]


def test_a_dump_restored_under_another_address_sends_nothing_until_confirmed(world: World) -> None:
    world.people.checkout(START)
    world.tick()
    world.people.public_url = "https://staging.example.com"
    world.after(hours=2)
    assert world.sent() == []
    from saleor_mailflow.shop.identity import confirm

    world.shop.refresh_from_db()
    confirm(world.shop, world.people.identity())
    world.after(minutes=6)
    assert [step for _, step, _ in world.sent()] == ["reminder"]


def test_a_guest_who_leaves_a_cart_gets_two_mails(world: World) -> None:
    world.people.checkout(START)
    world.after(days=8)
    assert world.sent() == TWO_MAILS
    assert world.exits() == ["completed"]
    first, second = world.mails
    assert "Linen shirt" in first.html
    assert "Linen shirt" in first.text
    assert first.subject != second.subject


def test_an_address_given_late_starts_the_clock_then(world: World) -> None:
    cart = world.people.checkout(START, email="")
    world.after(minutes=50)
    world.people.change(cart, world.now, email="anna@example.com")
    world.after(days=3)
    assert [(step, at) for _, step, at in world.sent()] == [
        ("reminder", HOUR + 50 * MINUTE),
        ("last_call", 24 * HOUR + 50 * MINUTE),
    ]


def test_coming_back_before_the_first_mail_starts_the_hour_anew(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(minutes=50)
    world.people.change(cart, world.now, lines=(line(), line("Cap")))
    world.after(days=3)
    assert [at for _, _, at in world.sent()] == [HOUR + 50 * MINUTE, 24 * HOUR + 50 * MINUTE]


def test_coming_back_after_the_first_mail_moves_the_second_and_repeats_nothing(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(hours=5)
    world.people.change(cart, world.now, lines=(line(), line("Cap")))
    world.after(days=3)
    assert [(step, at) for _, step, at in world.sent()] == [("reminder", HOUR), ("last_call", 29 * HOUR)]
    assert world.blocked() == [("reminder", "already_sent")]
    assert world.exits() == ["activity", "completed"]


def test_what_the_shop_changes_by_itself_is_no_activity(world: World) -> None:
    cart = world.people.checkout(START)
    world.after(minutes=30)
    world.people.change(cart, world.now, metadata={"utm_source": "mail"}, total=line().total_price)
    world.after(days=3)
    assert world.sent() == TWO_MAILS


def test_a_cart_left_in_the_evening_is_written_about_that_evening(world: World) -> None:
    world.now = START.replace(hour=21, minute=30)
    world.people.checkout(world.now)
    world.after(days=3)
    assert [at for _, _, at in world.sent()] == [13 * HOUR + 30 * MINUTE, 36 * HOUR + 30 * MINUTE]
