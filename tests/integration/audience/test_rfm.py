"""Recency, frequency and value: first who has no marks."""

from __future__ import annotations

import pytest

from saleor_mailflow.audience.rfm import draw_lines, mark
from saleor_mailflow.models import Contact, Profile
from tests.integration.audience.people import NOW, People

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]


@pytest.fixture
def people() -> People:
    return People()


def marks(people: People, contact: Contact) -> tuple[int | None, int | None, int | None]:
    people.reckon()
    draw_lines(people.shop.pk, now=NOW)
    mark(people.shop.pk, after=0, upto=contact.pk + 1000)
    found = Profile.objects.get(contact=contact)
    return found.recency, found.frequency, found.monetary


def test_whoever_never_bought_and_staff_have_none_and_move_no_line(people: People) -> None:
    anna, ben = people.person(), people.person(is_staff=True)
    people.order(ben, 1, 9000)
    assert marks(people, anna) == marks(people, ben) == (None, None, None)
    buyers = [people.person() for _ in range(5)]
    for number, one in enumerate(buyers):
        people.order(one, 50 - number, 10 + number)
    assert [marks(people, one)[2] for one in buyers] == [1, 2, 3, 4, 5]


def test_fifths_of_the_buyers_and_the_same_for_equal_people(people: People) -> None:
    buyers = [people.person() for _ in range(10)]
    for number, one in enumerate(buyers):
        people.order(one, 100 - 10 * number, 10)
    for _ in range(3):
        people.order(buyers[0], 200, 0)
    assert [marks(people, one)[0] for one in buyers] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    # All spent the same; all but one ordered once.
    assert {marks(people, one)[2] for one in buyers} == {1}
    assert [marks(people, one)[1] for one in buyers] == [5, *[1] * 9]


def test_each_currency_by_itself_and_the_best_counts(people: People) -> None:
    euros, zloty = [[people.person() for _ in range(5)] for _ in range(2)]
    for number in range(5):
        people.order(euros[number], 30, 10 + number)
        people.order(zloty[number], 30, 1000 + number, currency="PLN")
    assert [marks(people, one)[2] for one in euros] == [marks(people, one)[2] for one in zloty] == [1, 2, 3, 4, 5]
    people.order(euros[0], 30, 5000, currency="PLN")
    assert marks(people, euros[0])[2] == 5


def test_marks_go_with_the_orders_and_what_did_not_change_is_not_written(people: People) -> None:
    anna = people.person()
    order = people.order(anna, 30, 10)
    assert marks(people, anna) == (1, 1, 1)
    assert mark(people.shop.pk, after=0, upto=anna.pk) == 0
    order.status = "CANCELED"
    order.save()
    assert marks(people, anna) == (None, None, None)
