"""Days told on purpose: what went wrong once, and what somebody might try. First whom we must leave alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from saleor_mailflow.models import Contact, Event, Purchase, Suppression
from saleor_mailflow.testing.bodies import Cart, Channel, Item, cart_json
from saleor_mailflow.testing.days import SOON, DayBuilder
from saleor_mailflow.testing.signing import SigningShop
from tests.days.oracle import Deed
from tests.days.play import Came, play
from tests.days.strangers import START

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
US = Channel(slug="us", currency="USD", country="US")
EU = Channel(slug="eu", currency="EUR", country="DE")
EMAIL = "anna@x.example"


@pytest.fixture(scope="module")
def sender() -> SigningShop:
    return SigningShop()


@pytest.fixture
def day(sender: SigningShop) -> DayBuilder:
    return DayBuilder(sender, chance=Random(7))


def cart(day: DayBuilder, at: timedelta = timedelta(0), **more: object) -> Cart:
    return day.cart(START + at, **({"channel": US, "email": EMAIL} | more))  # type: ignore[arg-type]  # fields of Cart


def steps(came: Came) -> list[str]:
    return [step for _, step, _ in came.mails]


def test_a_paid_cart_stays_paid_when_an_older_word_of_it_arrives_late(day: DayBuilder) -> None:
    """Neither metadata nor a payment moves ``updatedAt``: of two words with one stamp the later sent counts."""
    kept = cart(day)
    day.change(kept, START + 2 * MINUTE, stamp=False, event="checkout_metadata_updated")
    day.change(kept, START + 3 * MINUTE, stamp=False, event="checkout_fully_paid", charge="FULL", authorize="FULL")
    came, _ = play(day.told, delays=[timedelta(0), 5 * MINUTE, timedelta(0)], on=START)
    assert came.mails == []


def test_a_no_in_the_cart_that_moves_no_stamp_is_newer_than_a_yes_before_it(day: DayBuilder) -> None:
    account = day.account(START, email=EMAIL)
    kept = cart(day, MINUTE, consent="yes", account=account)
    day.change_account(account, START + 10 * MINUTE, consent="yes")
    day.change(kept, START + 20 * MINUTE, stamp=False, event="checkout_metadata_updated", consent="no")
    came, _ = play(day.told, on=START)
    assert came.mails == []
    assert {reason for _, _, reason in came.kept} == {"consent_withdrawn"}


def test_a_no_of_the_account_that_only_the_cart_brings_is_newer_than_a_yes_before_it(day: DayBuilder) -> None:
    account = day.account(START, email=EMAIL)
    kept = cart(day, MINUTE, account=account)
    day.change_account(account, START + 10 * MINUTE, consent="yes")
    day.change(kept, START + 20 * MINUTE, stamp=False, account=replace(account, consent="no"))
    came, _ = play(day.told, on=START)
    assert came.mails == []


def test_a_late_word_of_a_cart_brings_nobody_back_who_was_deleted(day: DayBuilder) -> None:
    account = day.account(START, email=EMAIL)
    cart(day, MINUTE, account=account)
    day.change_account(account, START + 4 * MINUTE, event="customer_deleted")
    came, _ = play(day.told, delays=[timedelta(0), 5 * MINUTE, timedelta(0)], on=START)
    assert came.mails == []
    assert not Contact.objects.filter(shop=came.shop, email=EMAIL).exists()


def test_a_late_order_brings_nobody_back_who_was_deleted_and_counts_all_the_same(day: DayBuilder) -> None:
    account = day.account(START, email=EMAIL)
    day.order(START + MINUTE, cart(day, MINUTE, account=account))
    day.change_account(account, START + 4 * MINUTE, event="customer_deleted")
    came, _ = play(day.told, delays=[timedelta(0), timedelta(0), 5 * MINUTE, timedelta(0)], on=START)
    assert came.mails == []
    purchase = Purchase.objects.get(shop=came.shop)
    assert (purchase.email, purchase.user_ref, purchase.contact_id) == ("", "", None)
    assert not Contact.objects.filter(shop=came.shop, email=EMAIL).exists()


def test_somebody_deleted_twice_is_erased_twice(day: DayBuilder) -> None:
    for number in range(3):
        account = day.account(START + number * HOUR, email=EMAIL, first_name="Anna")
        day.change_account(account, START + number * HOUR + MINUTE, event="customer_deleted")
    came, _ = play(day.told, on=START)
    assert not Event.objects.exclude(parked="").exists()
    contacts = Contact.objects.filter(shop=came.shop)
    assert [(c.first_name, c.email[:7]) for c in contacts] == [("", "erased:")] * 3


def test_an_order_of_absurd_size_is_a_purchase_all_the_same(day: DayBuilder) -> None:
    huge = Item(quantity=999_999, price=Decimal(10) ** 14)
    kept = cart(day)
    day.order(START + MINUTE, replace(kept, items=(huge,)))
    came, _ = play(day.told, on=START)
    assert came.mails == []
    assert not Event.objects.exclude(parked="").exists()
    assert Purchase.objects.filter(shop=came.shop).count() == 1


def test_what_one_shop_was_told_is_not_held_against_another(day: DayBuilder) -> None:
    cart(day)
    first, _ = play(day.told, unsubscribes=[Deed(START + 2 * HOUR, EMAIL)], on=START)
    assert steps(first) == ["reminder"]
    # The same bytes, so the same token, in a shop of its own.
    second, _ = play(day.told, on=START)
    assert steps(second) == ["reminder", "last_call"]
    assert Suppression.objects.get().shop_id == first.shop.pk


def test_an_unsubscribe_outlives_the_account_it_was_for(day: DayBuilder) -> None:
    account = day.account(START, email=EMAIL)
    cart(day, MINUTE, account=account)
    day.change_account(account, START + 4 * HOUR, event="customer_deleted")
    cart(day, 5 * HOUR)
    came, _ = play(day.told, unsubscribes=[Deed(START + 2 * HOUR, EMAIL)], on=START)
    assert steps(came) == ["reminder"]


def test_an_address_changed_after_the_first_mail_gets_a_sequence_of_its_own(day: DayBuilder) -> None:
    kept = cart(day)
    day.change(kept, START + 5 * HOUR, email="anna@y.example")
    came, _ = play(day.told, on=START)
    assert [(email, step, at - START) for email, step, at in came.mails] == [
        (EMAIL, "reminder", HOUR),
        ("anna@y.example", "reminder", 6 * HOUR),
        ("anna@y.example", "last_call", 29 * HOUR),
    ]


def test_two_orders_of_one_cart_and_a_word_of_the_cart_after_them(day: DayBuilder) -> None:
    kept = cart(day)
    day.order(START + MINUTE, kept)
    day.order(START + 2 * MINUTE, kept)
    day.change(kept, START + 3 * MINUTE, items=(Item(number=3),))
    came, _ = play(day.told, on=START)
    assert came.mails == []


def test_an_order_that_comes_before_the_cart_it_came_from(day: DayBuilder) -> None:
    kept = cart(day)
    day.order(START + MINUTE, kept)
    came, _ = play(day.told, delays=[5 * MINUTE, timedelta(0)], on=START)
    assert came.mails == []


def test_a_cart_from_before_the_flow_was_on_is_the_past_however_late_it_is_told(day: DayBuilder) -> None:
    cart(day, -3 * HOUR)
    came, _ = play(day.told, delays=[4 * HOUR], on=START)
    assert (came.mails, came.entered) == ([], 0)


@pytest.mark.parametrize(
    ("late", "at"), [(5 * HOUR, [5 * HOUR, 24 * HOUR]), (12 * HOUR, [12 * HOUR, 24 * HOUR]), (14 * HOUR, [24 * HOUR])]
)
def test_a_cart_told_late_is_written_about_late_or_not_at_all(
    day: DayBuilder, late: timedelta, at: list[timedelta]
) -> None:
    cart(day)
    came, _ = play(day.told, delays=[late - SOON], on=START)
    assert [when - START for _, _, when in came.mails] == at


@pytest.mark.parametrize("ahead", [timedelta(minutes=4), timedelta(minutes=9), timedelta(days=4000)])
def test_a_shop_whose_clock_is_ahead_neither_loses_nor_postpones_a_mail(day: DayBuilder, ahead: timedelta) -> None:
    cart(day, ahead)
    came, _ = play([replace(told, at=START + SOON) for told in day.told], on=START)
    known = START + SOON if ahead > 5 * MINUTE else START + ahead
    assert [when for _, _, when in came.mails] == [known + HOUR, known + 24 * HOUR]


def test_a_clock_that_goes_back_between_two_words_sends_nothing_twice(day: DayBuilder, sender: SigningShop) -> None:
    kept = cart(day, 30 * MINUTE)
    day.change(kept, START, items=(Item(number=2), Item(number=3)))
    told = [replace(one, at=START + number * MINUTE) for number, one in enumerate(day.told)]
    came, _ = play(told, on=START - HOUR)
    assert steps(came) == ["reminder", "last_call"]


@pytest.mark.parametrize("items", [(Item(quantity=999_999, price=Decimal(10) ** 14),), (Item(quantity=10**9),), ()])
def test_a_cart_of_absurd_size_hurts_nobody_else(day: DayBuilder, items: tuple[Item, ...]) -> None:
    cart(day, email="odd@x.example", items=items)
    cart(day)
    came, _ = play(day.told, on=START)
    assert [email for email, _, _ in came.mails if email == EMAIL] == [EMAIL, EMAIL]
    assert not Event.objects.exclude(parked="").exists()


def test_a_cart_whose_lines_have_no_variant_is_written_about_by_name(day: DayBuilder) -> None:
    found = cart_json(cart(day))
    day.told.clear()
    found["lines"] = [{"quantity": 2, "variant": None, "productName": "Old lamp", "totalPrice": None}, None, {}]
    day.tell(START, "checkout_created", checkout=found)
    came, out = play(day.told, on=START)
    assert steps(came) == ["reminder", "last_call"]
    assert "Old lamp" in out.sent[0].text


@pytest.mark.parametrize(
    "email",
    [
        "anna@x.example\nBcc: all@x.example",
        "anna@x.example, all@x.example",
        "a" * 250 + "@x.example",
        "Anna <a@x.example>",
        "@",
        "a@b@c",
    ],
)
def test_what_is_no_address_gets_no_mail(day: DayBuilder, email: str) -> None:
    cart(day, email=email)
    came, _ = play(day.told, on=START)
    assert came.mails == []
    assert not Event.objects.exclude(parked="").exists()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ÅNNA@BÜCHER.example", "ånna@bücher.example"),
        ("用户@例え.jp", "用户@例え.jp"),
        ("anna@XN--BCHER-KVA.example", "anna@bücher.example"),
    ],
)
def test_an_address_in_another_script_is_one_person_however_it_is_typed(day: DayBuilder, typed: str, name: str) -> None:
    cart(day, email=typed)
    day.order(START + 2 * HOUR, cart(day, 90 * MINUTE, email=name, items=()), from_cart=False)
    _, out = play(day.told, on=START)
    assert [mail.to_email for mail in out.sent] == [name]


@pytest.mark.parametrize(
    "first_name", ["<b>Eve</b>", "Eve http://evil.example", "E\u202eve", "Ev\x00e", "{{ 7*7 }}", "\r\nBcc: x@y.z"]
)
def test_a_name_can_neither_write_our_mail_nor_break_it(day: DayBuilder, first_name: str) -> None:
    cart(day, first_name=first_name, country="US", items=(Item(name=first_name or "x"),))
    _, out = play(day.told, on=START)
    assert len(out.sent) == 2
    for mail in out.sent:
        assert "<b>Eve" not in mail.html
        assert "evil.example" not in mail.to_name
        assert not set("\r\n\x00\u202e") & set(mail.subject + mail.to_name)
        assert "49" not in mail.subject


@pytest.mark.parametrize(
    ("currency", "written"), [("JPY", "¥40"), ("PLN", "PLN\xa039.80"), ("XTS", "XTS\xa039.80"), ("", "39.80")]
)
def test_money_of_every_kind_is_written(day: DayBuilder, currency: str, written: str) -> None:
    cart(day, channel=replace(US, currency=currency), items=(Item(quantity=2),))
    _, out = play(day.told, on=START)
    assert written in out.sent[0].text


def test_a_crowd_in_one_minute_gets_two_mails_each(day: DayBuilder) -> None:
    for number in range(100):
        cart(day, timedelta(seconds=number // 20), email=f"p{number}@x.example")
    # As the demo does: what comes within minutes is worked on together.
    told = [replace(one, at=START + MINUTE) for one in day.told]
    came, out = play(told, on=START)
    assert Counter(steps(came)) == {"reminder": 100, "last_call": 100}
    assert len({(mail.to_email, mail.subject) for mail in out.sent}) == 200


def test_somebody_who_unsubscribed_enters_with_the_newest_cart_only_and_leaves_at_once(day: DayBuilder) -> None:
    cart(day)
    cart(day, 9 * 24 * HOUR)
    cart(day, 9 * 24 * HOUR + 10 * MINUTE)
    came, _ = play(day.told, unsubscribes=[Deed(START + 2 * HOUR, EMAIL)], on=START)
    assert steps(came) == ["reminder"]
    assert (came.entered, came.exits) == (2, {"unsubscribed": 2})


def test_who_shops_signed_out_and_buys_by_account_with_another_address_has_bought(day: DayBuilder) -> None:
    account = day.account(START, email=EMAIL)
    kept = cart(day, MINUTE)
    day.order(START + 10 * MINUTE, replace(kept, email="work@x.example", account=account), from_cart=False)
    came, _ = play(day.told, on=START)
    assert came.mails == []
