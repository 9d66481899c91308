"""VIPs: first who must not be thanked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_mailflow.audience.profiles import reckon_due
from saleor_mailflow.audience.vip import AGAIN_AFTER, FEWEST, STALE, VipPass, count_above, lines, look
from saleor_mailflow.flows.triggers import Threshold
from saleor_mailflow.models import Contact, Occasion, Profile
from tests.integration.audience.people import DAY, NOW, People

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

TOP = Threshold()
OVER_500 = Threshold(percent=0, amounts=(("EUR", Decimal(500)),))


@pytest.fixture
def people() -> People:
    return People()


def at(people: People, day: float, trigger: Threshold = TOP) -> VipPass:
    """Look so many days from now."""
    now = NOW + day * DAY
    people.reckon(now=now)
    return look(people.shop.pk, trigger, now=now)


def buyers(people: People, many: int = FEWEST, *, currency: str = "EUR") -> list[Contact]:
    """Return people who spent 1, 2, 3, … a month ago."""
    found = [people.person() for _ in range(many)]
    for number, one in enumerate(found, start=1):
        people.order(one, 30, number, currency=currency)
    return found


def test_the_first_night_thanks_nobody(people: People) -> None:
    everybody = buyers(people)
    assert at(people, 0) == VipPass(reached=(everybody[-1].pk,), left=0, silent=True)
    assert not Occasion.objects.filter(kind="vip.reached").exists()
    assert Profile.objects.get(vip_since__isnull=False).contact == everybody[-1]


def test_a_handful_of_buyers_and_buyers_alike_have_no_top(people: People) -> None:
    buyers(people, FEWEST - 1)
    for _ in range(FEWEST):
        people.order(people.person(), 30, 50, currency="PLN")
    assert at(people, 0).reached == ()


def test_orders_that_may_go_back_that_went_back_and_of_long_ago_do_not_count(people: People) -> None:
    buyers(people)
    at(people, 0)
    anna, ben, cleo, dora = (people.person() for _ in range(4))
    people.order(anna, 12, 1000)
    people.order(ben, 30, 1000, total_refunded=1000)
    people.order(cleo, 30, 1000, status="CANCELED")
    people.order(dora, 366, 1000)
    assert anna.pk not in at(people, 1).reached
    assert at(people, 2.1).reached == (anna.pk,)
    assert not Profile.objects.filter(contact__in=[ben, cleo, dora], vip_since__isnull=False).exists()


def test_staff_and_erased_people_neither_stand_above_nor_move_the_line(people: People) -> None:
    everybody = buyers(people)
    for more in ({"is_staff": True}, {"erased_at": NOW}):
        people.order(people.person(**more), 30, 1000)
    assert at(people, 0).reached == (everybody[-1].pk,)
    assert lines(people.shop.pk) == {"EUR": FEWEST - 1}


def test_each_currency_has_its_own_line(people: People) -> None:
    euros, zloty = buyers(people), buyers(people, currency="PLN")
    at(people, 0)
    for one in (*euros, *zloty):
        assert Profile.objects.get(contact=one).vip_currency == (
            "EUR" if one == euros[-1] else "PLN" if one == zloty[-1] else ""
        )


def test_who_crosses_is_told_once(people: People) -> None:
    everybody = buyers(people)
    at(people, 0)
    anna = everybody[0]
    people.order(anna, 20, 100)
    assert at(people, 1) == VipPass(reached=(anna.pk,), left=1, silent=False)
    assert Profile.objects.get(contact=anna).stale
    assert at(people, 2) == VipPass(reached=(), left=0, silent=False)
    told = Occasion.objects.get(kind="vip.reached")
    assert (told.contact, told.of, told.at, told.considered) == (anna, "EUR", NOW + DAY, False)
    assert told.key == f"vip.reached:{anna.pk}:2026-11-21"
    reckon_due(people.shop, NOW + 2 * DAY)
    assert Profile.objects.get(contact=anna).lifecycle == "vip"
    assert Profile.objects.get(contact=everybody[-1]).lifecycle == "customer"


def test_leaving_is_silent_and_twelve_months_long(people: People) -> None:
    everybody = buyers(people)
    at(people, 0)
    top = everybody[-1]
    people.order(everybody[0], 20, 100)
    assert at(people, 1).left == 1
    people.order(top, 20, 1000)
    assert at(people, 2).reached == ()
    # Nights go by, and the line is where it was.
    for night in range(5, 366, 5):
        at(people, night)
    again = AGAIN_AFTER.days + 1
    for number, one in enumerate(everybody, start=1):
        people.order(one, 30 - again, 5000 if one == top else number)
    assert at(people, again - 0.1).reached == ()
    assert at(people, again + 0.1).reached == (top.pk,)


@pytest.mark.parametrize("how", ["another line", "weeks without a look"])
def test_a_line_that_moved_under_people_thanks_nobody(people: People, how: str) -> None:
    everybody = buyers(people)
    at(people, 0)
    people.order(everybody[0], 20, 100)
    found = at(people, 1, Threshold(percent=10)) if how == "another line" else at(people, STALE.days + 1)
    assert (found.silent, everybody[0].pk in found.reached) == (True, True)
    assert not Occasion.objects.filter(kind="vip.reached").exists()


def test_an_amount_is_a_line_for_its_currency_only(people: People) -> None:
    everybody = buyers(people)
    anna, ben, cleo = people.person(), people.person(), people.person()
    people.order(anna, 30, 500)
    people.order(ben, 30, 499)
    people.order(cleo, 30, 800, currency="PLN")
    assert count_above(people.shop.pk, OVER_500, now=NOW) == 1
    assert at(people, 0, OVER_500).reached == (anna.pk,)
    assert lines(people.shop.pk) == {"EUR": 500}
    # Another currency than those named is measured by percent, where that is asked for.
    both = Threshold(percent=50, amounts=(("PLN", Decimal(800)),))
    assert count_above(people.shop.pk, both, now=NOW) == 1 + (len(everybody) + 2) // 2


def test_counted_by_orders_money_says_nothing(people: People) -> None:
    buyers(people)
    anna = people.person()
    for days, currency in ((30, "EUR"), (40, "PLN"), (50, "PLN")):
        people.order(anna, days, 1, currency=currency)
    people.order(anna, 3, 1)
    assert at(people, 0, Threshold(orders=3)).reached == (anna.pk,)
    assert count_above(people.shop.pk, Threshold(orders=4), now=NOW) == 0
    assert count_above(people.shop.pk, Threshold(orders=4), now=NOW + timedelta(days=12)) == 1
