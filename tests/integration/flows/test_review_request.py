"""The review request: one mail, two weeks after all of an order was sent, and at most one in thirty days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_mailflow.models import Event
from saleor_mailflow.testing.memory_shop import line
from saleor_mailflow.testing.world import START, World
from saleor_mailflow.webhooks.record import record
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"
DAY = timedelta(days=1)


@pytest.fixture
def shop(world: World) -> World:
    return world.switch_on("review_request")


def test_nobody_is_asked_about_half_an_order(shop: World) -> None:
    shop.people.order(START, email=ANNA, status="PARTIALLY_FULFILLED", **AT_HOME)
    shop.after(days=40)
    assert not shop.mails


@pytest.mark.parametrize("change", [{"status": "RETURNED"}, {"status": "CANCELED"}, {"total_refunded": 64}])
def test_nobody_is_asked_about_what_went_back(shop: World, change: dict[str, object]) -> None:
    order = shop.people.order(START, email=ANNA, status="FULFILLED", **AT_HOME)
    shop.after(days=10)
    shop.people.change_order(order, shop.now, **change)
    shop.after(days=30)
    assert not shop.mails


@pytest.mark.parametrize("known", [True, False])
def test_nobody_is_asked_about_what_staff_sent_without_a_word(shop: World, known: bool) -> None:
    """``notify_customer=False``: whether the order was known before or comes with it."""
    order = shop.people.order(START, email=ANNA, **AT_HOME)
    if known:
        shop.after(hours=1)
    record(
        shop_id=shop.shop.pk,
        kind="fulfillment.silent",
        dedupe_key="fulfillment.silent:1",
        subject=order,
        source=Event.Source.HOOK,
        occurred_at=shop.now,
    )
    shop.people.change_order(order, shop.now, status="FULFILLED")
    shop.after(days=30)
    assert not shop.mails


def test_two_orders_in_a_month_are_one_question(shop: World) -> None:
    shop.people.order(START, email=ANNA, status="FULFILLED", **AT_HOME)
    shop.after(days=5)
    shop.people.order(shop.now, email=ANNA, status="FULFILLED", **AT_HOME)
    shop.after(days=40)
    assert len(shop.mails) == 1
    assert shop.refusals() == ["recent"]


def test_one_mail_lists_all_that_was_bought_each_with_its_link(shop: World) -> None:
    goods = (line(), line("Canvas shoes"))
    shop.people.order(START, email=ANNA, status="FULFILLED", lines=goods, **AT_HOME)
    shop.after(days=40)
    assert shop.sent() == [(ANNA, "ask", 14 * DAY)]
    (mail,) = shop.mails
    assert "Canvas shoes" in mail.text
    assert {str(link) for link in mail.links if "/review/" in str(link)} == {
        "https://northmill.example/review/product%3ALinen%20shirt",
        "https://northmill.example/review/product%3ACanvas%20shoes",
    }
