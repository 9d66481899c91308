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
    world.tick()
    return nights(world, 1)


def nights(world: World, count: int, *, apart: int = 1) -> World:
    """Look in once a night, or every few nights: more often nothing happens in these stories."""
    for _ in range(count):
        world.now += apart * DAY + timedelta(minutes=1)
        world.tick()
    return world


def buy(world: World, email: str, amount: int, at: object, **more: object) -> str:
    return world.people.order(at, email=email, total=Decimal(amount), status="FULFILLED", **AT_HOME, **more)  # type: ignore[arg-type]


def anna_buys(shop: World, amount: int = 1_000) -> str:
    """Let Anna buy, and the shop's news of it be heard."""
    order = buy(shop, ANNA, amount, shop.now)
    shop.now += timedelta(minutes=10)
    shop.tick()
    return order


def test_who_is_at_the_top_already_is_not_told_in_the_first_night(shop: World) -> None:
    nights(shop, 3)
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
    anna_buys(shop)
    nights(shop, 4, apart=3)
    assert not shop.mails


def test_an_order_that_came_back_counts_nothing(shop: World) -> None:
    order = anna_buys(shop)
    nights(shop, 1, apart=5)
    shop.people.change_order(order, shop.now, total_refunded=Decimal(1_000))
    nights(shop, 6, apart=5)
    assert not shop.mails


def test_whoever_crosses_is_thanked_after_the_return_window(shop: World) -> None:
    crossed = shop.now - START
    anna_buys(shop)
    nights(shop, 3, apart=4)
    assert not shop.mails
    nights(shop, 4)
    ((email, step, at),) = shop.sent()
    assert (email, step) == (ANNA, "welcome")
    assert crossed + 14 * DAY <= at < crossed + 16 * DAY, "the night after the window"


def test_while_they_stay_they_hear_again_and_leaving_is_silent(shop: World) -> None:
    anna_buys(shop)
    nights(shop, 5, apart=4)
    shop.now = START + timedelta(days=118)
    nights(shop, 4)
    assert [step for _, step, _ in shop.sent()] == ["welcome", "again"]
    shop.now = START + timedelta(days=430)
    nights(shop, 4)
    assert [step for _, step, _ in shop.sent()] == ["welcome", "again"]
    assert Profile.objects.get(contact__email=ANNA).vip_since is None, "they left, and nobody wrote about it"
