"""VIP: the top twentieth by what they spent in twelve months, net of refunds, once their return window is over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_mailflow.models import Profile
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"
DAY = timedelta(days=1)


@pytest.fixture
def shop(world: World) -> World:
    """Forty people who spent between 10 and 400; the flow is on since before the first look, which tells nobody."""
    for number in range(40):
        buy(world, f"buyer{number}@example.com", 10 * (number + 1), START - 60 * DAY)
    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=world.now, progress=lambda *_: None)
    world.switch_on("vip")
    return world.after(days=2)


def buy(world: World, email: str, amount: int, at: object, **more: object) -> str:
    return world.people.order(at, email=email, total=Decimal(amount), status="FULFILLED", **AT_HOME, **more)  # type: ignore[arg-type]


def test_who_is_at_the_top_already_is_not_told_in_the_first_night(shop: World) -> None:
    shop.after(days=10)
    assert Profile.objects.exclude(vip_since=None).count() == 2, "the top twentieth of forty"
    assert not shop.mails


def test_a_past_that_is_taken_in_after_the_first_look_is_told_to_nobody(world: World) -> None:
    """A fresh shop: the first tick looks and finds nobody; then its years are brought, by a backfill or an import."""
    world.switch_on("vip").tick()
    for number in range(40):
        buy(world, f"buyer{number}@example.com", 10 * (number + 1), START - 60 * DAY)
    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=world.now, progress=lambda *_: None)
    world.after(days=2)
    assert Profile.objects.exclude(vip_since=None).count() == 2, "the top twentieth of forty"
    assert not world.mails


def test_an_order_that_may_still_come_back_counts_nothing(shop: World) -> None:
    buy(shop, ANNA, 1_000, shop.now)
    shop.after(days=12)
    assert not shop.mails


def test_an_order_that_came_back_counts_nothing(shop: World) -> None:
    order = buy(shop, ANNA, 1_000, shop.now)
    shop.after(days=5)
    shop.people.change_order(order, shop.now, total_refunded=Decimal(1_000))
    shop.after(days=30)
    assert not shop.mails


def test_whoever_crosses_is_thanked_after_the_return_window(shop: World) -> None:
    crossed = shop.now - START
    buy(shop, ANNA, 1_000, shop.now)
    shop.after(days=20)
    ((email, step, at),) = shop.sent()
    assert (email, step) == (ANNA, "welcome")
    assert crossed + 14 * DAY <= at < crossed + 16 * DAY, "the night after the window"


def test_while_they_stay_they_hear_again_and_leaving_is_silent(shop: World) -> None:
    buy(shop, ANNA, 1_000, shop.now)
    shop.after(days=20)
    for month in range(1, 14):
        # Somebody looks in every few days; nothing else happens in this shop.
        for _ in range(6):
            shop.now += 5 * DAY
            shop.tick()
        if month == 5:
            assert [step for _, step, _ in shop.sent()] == ["welcome", "again"]
    assert [step for _, step, _ in shop.sent()] == ["welcome", "again", "once_more"]
    assert Profile.objects.get(contact__email=ANNA).vip_since is None, "they left, and nobody wrote about it"
