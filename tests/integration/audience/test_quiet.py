"""Win-backs: first whom nobody misses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.audience.quiet import Quiet, count_quiet, quiet_customers
from saleor_mailflow.audience.usual_gap import UNTIL_KNOWN
from saleor_mailflow.flows.triggers import QuietFor
from saleor_mailflow.models import Watermark
from tests.integration.audience.people import DAY, NOW, People

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

USUAL = QuietFor()
HOUR = timedelta(hours=1)


@pytest.fixture
def people() -> People:
    return People()


def missed(people: People, trigger: QuietFor = USUAL, *, days: float = 1, ahead: float = 0) -> list[Quiet]:
    """Return who crossed in so many days until so many days ahead."""
    people.reckon()
    now = NOW + ahead * DAY
    return quiet_customers(people.shop.pk, trigger, since=now - days * DAY, now=now)


def away(people: People, *days: float, **more: object) -> int:
    """Return somebody who ordered so many days ago."""
    anna = people.person(known=2000, **more)
    for ago in days:
        people.order(anna, ago)
    return anna.pk


@pytest.mark.parametrize(
    "orders",
    [
        (),
        # Not yet, by an hour, and long since.
        (180 - 1 / 24,),
        (181.5,),
        (80 - 1 / 24, 120, 160),
        (81.5, 121.5, 161.5),
        # Whoever comes every other day is not missed within the month, and whoever comes every year not within a year.
        (29, 31, 33),
        (300, 700, 1100),
    ],
)
def test_nobody_misses_them_now(people: People, orders: tuple[float, ...]) -> None:
    away(people, *orders)
    assert missed(people) == []


@pytest.mark.parametrize("status", ["UNCONFIRMED", "UNFULFILLED", "PARTIALLY_FULFILLED"])
def test_whoever_waits_for_an_order_is_not_missed_unless_it_waits_for_ever(people: People, status: str) -> None:
    anna = people.person()
    for days in (30, 31, 32):
        people.order(anna, days, status=status)
    assert missed(people, days=2) == []
    ben = people.person(known=900)
    people.order(ben, 2 * UNTIL_KNOWN, status=status)
    assert [one.contact_id for one in missed(people)] == [ben.pk]


def test_staff_erased_people_cancelled_orders_and_another_shop_s_do_not_count(people: People) -> None:
    away(people, 180, is_staff=True)
    away(people, 180, erased_at=NOW)
    other = People("other.example")
    away(other, 180)
    other.reckon()
    anna = people.person()
    people.order(anna, 180, status="CANCELED")
    people.order(anna, 20)
    assert missed(people) == []
    assert count_quiet(people.shop.pk, USUAL, now=NOW) == 0


@pytest.mark.parametrize(
    ("orders", "after"),
    [
        ((180,), 180),
        ((80, 120, 160), 80),
        ((30, 31, 32), 30),
        ((365, 700, 1200), 365),
        # A median of two gaps may lie between two days: 41.5, twice.
        ((83, 123, 166), 83),
    ],
)
def test_each_is_missed_by_their_own_rhythm_and_once(people: People, orders: tuple[float, ...], after: float) -> None:
    anna = away(people, *(days + 1 / 48 for days in orders))
    (found,) = missed(people)
    assert (found.contact_id, found.days) == (anna, after)
    assert found.crossed_at == NOW - DAY / 48
    assert missed(people, ahead=1) == []
    assert count_quiet(people.shop.pk, USUAL, now=NOW + 100 * DAY) == 1


def test_a_merchant_s_own_factor_and_limits_count(people: People) -> None:
    away(people, 60, 100, 140)
    hasty = QuietFor(factor=Decimal("1.5"), least=timedelta(days=10), most=timedelta(days=50))
    assert len(missed(people, QuietFor(factor=Decimal("1.5")))) == 1
    assert missed(people, hasty) == []
    assert len(missed(people, hasty, days=11)) == 1


def test_who_has_no_rhythm_is_measured_by_the_shop_s_and_no_change_of_it_loses_or_doubles_anybody(
    people: People,
) -> None:
    between, before, after = away(people, 150), away(people, 190), away(people, 99)
    mark = Watermark.objects.create(shop=people.shop, name="usual_gap", value=str(UNTIL_KNOWN), at=NOW - 90 * DAY)
    assert [one.contact_id for one in missed(people, days=20)] == [before]
    mark.value, mark.at = f"50 was {UNTIL_KNOWN}", NOW + HOUR
    mark.save()
    now = NOW + 2 * HOUR
    found = quiet_customers(people.shop.pk, USUAL, since=NOW, now=now)
    assert [(one.contact_id, one.crossed_at) for one in found] == [(between, mark.at)]
    assert quiet_customers(people.shop.pk, USUAL, since=now, now=now + HOUR) == []
    assert [one.contact_id for one in quiet_customers(people.shop.pk, USUAL, since=now, now=NOW + DAY)] == [after]


def test_a_page_never_parts_those_of_one_moment(people: People) -> None:
    ids = [away(people, 180), away(people, 180), away(people, 180.5)]
    people.reckon()
    first = quiet_customers(people.shop.pk, USUAL, since=NOW - DAY, now=NOW, limit=2)
    assert [one.contact_id for one in first][:1] == ids[2:]
    assert {one.contact_id for one in first} == set(ids)
    assert quiet_customers(people.shop.pk, USUAL, since=first[-1].crossed_at, now=NOW, limit=2) == []


def test_it_takes_two_queries(people: People) -> None:
    for _ in range(5):
        away(people, 180)
    people.reckon()
    with CaptureQueriesContext(connection) as captured:
        assert len(quiet_customers(people.shop.pk, USUAL, since=NOW - DAY, now=NOW)) == 5
    assert len(captured) == 2
