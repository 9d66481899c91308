"""What goes with it: three days after an order was sent, a week after it was made, never beside a new order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"
DAY = timedelta(days=1)


@pytest.fixture
def shop(world: World) -> World:
    return world.switch_on("upsell")


def test_nothing_is_sold_beside_a_new_order(shop: World) -> None:
    shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(days=5)
    shop.people.order(shop.now, email=ANNA, **AT_HOME)
    shop.after(days=30)
    assert shop.exits() == ["ordered"]
    assert "recent" in shop.refusals()
    assert not shop.mails


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "PARTIALLY_RETURNED"}, "returned"),
        ({"status": "CANCELED"}, "cancelled"),
        ({"status": "FULFILLED", "total_refunded": 1}, "refunded"),
    ],
)
def test_nothing_is_sold_to_who_sends_it_back(shop: World, change: dict[str, object], reason: str) -> None:
    order = shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(days=2)
    shop.people.change_order(order, shop.now, status="FULFILLED")
    shop.after(days=1)
    shop.people.change_order(order, shop.now, **change)
    shop.after(days=20)
    assert not shop.mails
    assert shop.exits() == [reason]


def test_it_comes_three_days_after_the_order_was_sent(shop: World) -> None:
    order = shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(days=2)
    shop.people.change_order(order, shop.now, status="FULFILLED")
    shop.after(days=20)
    ((_, step, at),) = shop.sent()
    assert step == "goes_with"
    assert 5 * DAY <= at < 5 * DAY + timedelta(minutes=10)


def test_of_what_nobody_says_was_sent_it_comes_after_a_week(shop: World) -> None:
    shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(days=20)
    assert shop.sent() == [(ANNA, "goes_with", 7 * DAY)]


def test_another_order_being_sent_is_not_this_one(shop: World) -> None:
    """A wait for this order is not answered by an older one."""
    older = shop.people.order(START - 3 * DAY, email=ANNA, **AT_HOME)
    shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(hours=1)
    shop.people.change_order(older, shop.now, status="FULFILLED")
    shop.after(days=20)
    assert shop.sent() == [(ANNA, "goes_with", 7 * DAY)]
