"""What people's past comes to: first what must not count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.audience.addresses import email_hash
from saleor_mailflow.audience.erasing import erase_personal_data
from saleor_mailflow.audience.profiles import mark_stale, reckon, reckon_due
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.audience.usual_gap import FEWEST, UNTIL_KNOWN, gaps_of, reckon_usual_gap, usual_gap
from saleor_mailflow.models import Contact, Profile, Suppression
from saleor_mailflow.process.letting_go import delete_unreferred
from tests.integration.audience.people import DAY, NOW, People

# Mails are put there and not sent.
pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]


@pytest.fixture
def people() -> People:
    return People()


@pytest.mark.parametrize("more", [{"status": "CANCELED"}, {"counts": False}])
def test_cancelled_orders_and_drafts_make_nobody_a_customer(people: People, more: dict[str, object]) -> None:
    anna = people.person()
    people.order(anna, 3, **more)
    found = people.profile(anna)
    assert (found.orders, found.spent, found.last_order_at, found.lifecycle) == (0, {}, None, "dormant")


def test_another_shop_s_orders_and_people_are_left_alone(people: People) -> None:
    other = People("other.example")
    theirs = other.person("anna")
    other.order(theirs, 3)
    anna = people.person("anna")
    reckon(people.shop.pk, [anna.pk, theirs.pk], now=NOW)
    assert Profile.objects.get().contact == anna


def test_money_is_counted_by_currency_with_refunds_taken_off(people: People) -> None:
    anna = people.person()
    people.order(anna, 400, "10.50")
    people.order(anna, 300, 80, total_refunded=30)
    people.order(anna, 3, 7, currency="PLN")
    people.order(anna, 2, 20, total_refunded=20)
    found = people.profile(anna)
    assert found.spent == {"EUR": "60.5", "PLN": "7"}
    assert found.spent_12m == {"EUR": "50", "PLN": "7"}
    assert (found.orders, found.orders_12m) == (4, 3)


def test_orders_of_one_day_of_the_shop_are_one_and_two_make_no_rhythm(people: People) -> None:
    anna = people.person()
    for days in (100, 50):
        people.order(anna, days)
        people.order(anna, days + 0.1)
    assert people.profile(anna).gap_days is None
    people.order(anna, 40)
    assert people.profile(anna).gap_days == 30


def test_the_shop_s_own_midnight_parts_the_days() -> None:
    here, there = People(timezone={"*": "UTC"}), People("far.example", timezone={"*": "Pacific/Auckland"})
    # NOW is 9 o'clock in London and 22 in Auckland: four hours later is another day there only.
    for shop, days in ((here, 2), (there, 3)):
        anna = shop.person("anna")
        for order in (30, 20, 20 - 4 / 24):
            shop.order(anna, order)
        assert (shop.profile(anna).gap_days is not None) == (days == 3)


def test_signs_of_life_are_orders_carts_and_clicks_of_a_person(people: People) -> None:
    anna = people.person()
    inside = people.inside(anna)
    people.mail(inside, "opened", days_ago=3, opened_at=NOW - 3 * DAY)
    assert people.profile(anna).last_active_at is None
    people.basket(anna, 9, channel="cart")
    assert people.profile(anna).last_active_at == NOW - 9 * DAY
    people.order(anna, 8, channel="order")
    found = people.profile(anna)
    assert (found.last_active_at, found.channel) == (NOW - 8 * DAY, "order")
    people.mail(inside, "clicked", days_ago=3, clicked_at=NOW - 2 * DAY)
    assert people.profile(anna).last_active_at == NOW - 2 * DAY
    people.basket(anna, 1, channel="cart")
    assert people.profile(anna).channel == "cart"


@pytest.mark.parametrize(
    ("known", "basket", "stage"),
    [(29, None, "new"), (31, None, "active"), (179, None, "active"), (181, None, "dormant"), (500, 170, "active"),
     (549, None, "lost"), (900, 540, "dormant")],
)  # fmt: skip
def test_who_bought_nothing(people: People, known: int, basket: int | None, stage: str) -> None:
    anna = people.person(known=known)
    if basket:
        people.basket(anna, basket)
    assert people.profile(anna).lifecycle == stage


@pytest.mark.parametrize(
    ("orders", "stage"),
    [
        ([29], "customer"),
        # The shop's gap stands in for theirs: twice ninety days.
        ([179], "customer"),
        ([181], "dormant"),
        # Their own: 40 days, twice.
        ([79, 119, 159], "customer"),
        ([81, 121, 161], "dormant"),
        # Nobody is missed within thirty days, and everybody after a year.
        ([29, 31, 33], "customer"),
        ([31, 33, 35], "dormant"),
        ([364, 1000, 1600], "customer"),
        ([366, 1000, 1600], "dormant"),
        ([549], "lost"),
    ],
)
def test_customers_are_missed_by_their_own_rhythm(people: People, orders: list[float], stage: str) -> None:
    anna = people.person(known=2000)
    for days in orders:
        people.order(anna, days)
    assert people.profile(anna).lifecycle == stage


@pytest.mark.parametrize("how", ["said no", "suppressed"])
def test_whoever_said_no_is_lost_however_much_they_buy(people: People, how: str) -> None:
    anna = people.person()
    people.order(anna, 1)
    people.says(anna, "granted", 9)
    assert people.profile(anna).lifecycle == "customer"
    if how == "said no":
        people.says(anna, "withdrawn", 8)
    else:
        digest = email_hash(suppression_key(people.shop.pk), anna.email)
        Suppression.objects.create(shop=people.shop, email_hash=digest, reason="bounced", at=NOW)
    assert people.profile(anna).lifecycle == "lost"


def test_a_yes_that_ran_out_is_no_no(people: People) -> None:
    anna = people.person()
    people.order(anna, 1)
    people.says(anna, "granted", 9, expires_at=NOW - DAY)
    assert people.profile(anna).lifecycle == "customer"


def test_a_batch_takes_as_many_statements_as_one_person(people: People) -> None:
    counts = []
    for _ in range(2):
        anna = people.person()
        people.order(anna, 3)
        people.basket(anna, 3)
        with CaptureQueriesContext(connection) as captured:
            people.reckon()
        counts.append(len(captured))
        for _ in range(30):
            people.order(people.person(), 5)
    assert counts[0] == counts[1]


def test_what_did_not_change_is_not_written_again(people: People) -> None:
    anna = people.person()
    people.order(anna, 3)
    people.reckon()
    assert reckon(people.shop.pk, [anna.pk], now=NOW + DAY) == 0
    assert reckon(people.shop.pk, [anna.pk], now=NOW + 400 * DAY) == 1


def test_the_tick_reckons_whom_something_changed_about_and_nobody_else(people: People) -> None:
    anna, ben = people.person(), people.person()
    people.reckon()
    people.order(anna, 3)
    people.order(ben, 3)
    mark_stale([anna.pk])
    with CaptureQueriesContext(connection) as captured:
        mark_stale([anna.pk])
    assert len(captured) == 1
    assert reckon_due(people.shop, NOW) == 1
    assert (Profile.objects.get(contact=anna).orders, Profile.objects.get(contact=ben).orders) == (1, 0)
    assert reckon_due(people.shop, NOW) == 0


def test_somebody_new_is_reckoned_and_somebody_erased_is_not(people: People) -> None:
    anna, ben = people.person(), people.person()
    mark_stale([anna.pk, ben.pk])
    with transaction.atomic():
        erase_personal_data(people.shop.pk, [ben.pk], NOW, now=NOW)
    assert not Profile.objects.filter(contact=ben).exists()
    mark_stale([ben.pk])
    reckon_due(people.shop, NOW)
    assert set(Profile.objects.values_list("contact", flat=True)) == {anna.pk}


def test_a_profile_keeps_nobody_who_is_to_be_forgotten(people: People) -> None:
    anna = people.person()
    people.reckon()
    delete_unreferred([anna.pk])
    assert not Contact.objects.filter(pk=anna.pk).exists()
    assert not Profile.objects.exists()


def test_the_shop_s_gap_is_that_of_four_fifths_and_a_handful_says_nothing(people: People) -> None:
    assert usual_gap(people.shop.pk) == UNTIL_KNOWN
    for number in range(FEWEST):
        anna = people.person()
        people.order(anna, 0)
        people.order(anna, 10 if number < FEWEST * 0.8 else 200)
        if number == FEWEST - 2:
            people.reckon()
            assert reckon_usual_gap(people.shop.pk, now=NOW) == UNTIL_KNOWN
    people.reckon()
    assert reckon_usual_gap(people.shop.pk, now=NOW + DAY) == 10
    assert gaps_of(people.shop.pk) == (10, UNTIL_KNOWN, NOW + DAY)
    assert reckon_usual_gap(people.shop.pk, now=NOW + timedelta(days=2)) == 10
    assert gaps_of(people.shop.pk) == (10, UNTIL_KNOWN, NOW + DAY)
