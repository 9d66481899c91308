"""The thank-you: an hour after the first order, and not when the order was nothing to thank for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"


@pytest.fixture
def shop(world: World) -> World:
    return world.switch_on("thank_you")


@pytest.mark.parametrize(
    "order",
    [
        {"origin": "DRAFT"},
        {"origin": "BULK_CREATE"},
        {"origin": "REISSUE"},
        {"status": "DRAFT"},
        {"status": "UNCONFIRMED"},
    ],
)
def test_nobody_is_thanked_for_what_they_did_not_order(shop: World, order: dict[str, object]) -> None:
    shop.people.order(START, email=ANNA, **AT_HOME, **order)
    shop.after(days=4)
    assert not shop.mails
    assert not shop.exits()


@pytest.mark.parametrize(
    ("change", "reason"), [({"status": "CANCELED"}, "cancelled"), ({"total_refunded": 5}, "refunded")]
)
def test_nobody_is_thanked_for_an_order_that_came_to_nothing(
    shop: World, change: dict[str, object], reason: str
) -> None:
    order = shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(minutes=30)
    shop.people.change_order(order, shop.now, **change)
    shop.after(days=4)
    assert not shop.mails
    assert shop.exits() == [reason]


def test_the_second_order_is_not_the_first(shop: World) -> None:
    shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(days=40)
    shop.people.order(shop.now, email=ANNA, **AT_HOME)
    shop.after(days=4)
    assert len(shop.mails) == 1
    assert shop.refusals() == ["filtered"]


def test_an_order_from_before_it_was_switched_on_is_the_past(world: World) -> None:
    world.people.order(START - timedelta(hours=2), email=ANNA, **AT_HOME)
    world.switch_on("thank_you").after(days=4)
    assert not world.mails


def test_a_guest_is_thanked_an_hour_later_for_what_they_bought(shop: World) -> None:
    shop.people.order(START, email=ANNA, **AT_HOME)
    shop.after(days=4)
    assert shop.sent() == [(ANNA, "thanks", timedelta(hours=1))]
    (mail,) = shop.mails
    assert "Linen shirt" in mail.html
    assert "Linen shirt" in mail.text
    assert shop.exits() == ["completed"]


def test_an_order_that_is_confirmed_later_is_thanked_for_then(shop: World) -> None:
    order = shop.people.order(START, email=ANNA, status="UNCONFIRMED", **AT_HOME)
    shop.after(hours=3)
    shop.people.change_order(order, shop.now, status="UNFULFILLED")
    shop.after(days=1)
    assert [step for _, step, _ in shop.sent()] == ["thanks"]
    assert shop.sent()[0][2] >= timedelta(hours=4)
