"""The win-back: at the customer's own rhythm, and never to somebody who is not away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"
DAY = timedelta(days=1)


def orders(world: World, *days_ago: int, email: str = ANNA) -> None:
    for days in days_ago:
        world.people.order(START - days * DAY, email=email, status="FULFILLED", **AT_HOME)


def taken_in(world: World) -> World:
    """Let the shop's past be known, then switch the flow on."""
    from saleor_mailflow.process.backfill import backfill

    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=world.now, progress=lambda *_: None)
    world.after(hours=1)
    return world.switch_on("win_back")


def test_ten_years_of_customers_are_not_written_to_in_the_first_night(world: World) -> None:
    for number in range(12):
        orders(world, 400 + number, 800 + number, email=f"old{number}@example.com")
    taken_in(world).after(days=30)
    assert not world.mails


def test_who_orders_in_time_is_not_missed(world: World) -> None:
    orders(world, 80, 60, 40, 20)
    taken_in(world)
    for _ in range(6):
        world.after(days=18)
        world.people.order(world.now, email=ANNA, status="FULFILLED", **AT_HOME)
    world.after(days=10)
    assert not world.mails


def test_who_waits_for_an_order_is_not_missed(world: World) -> None:
    orders(world, 80, 60, 40)
    world.people.order(START - 20 * DAY, email=ANNA, status="UNFULFILLED", **AT_HOME)
    taken_in(world).after(days=35)
    assert not world.mails


def test_an_order_ends_it_at_once(world: World) -> None:
    orders(world, 80, 60, 40, 20)
    taken_in(world).after(days=22)
    assert [step for _, step, _ in world.sent()] == ["hello_again"]
    world.people.order(world.now, email=ANNA, status="FULFILLED", **AT_HOME)
    world.after(days=30)
    assert [step for _, step, _ in world.sent()] == ["hello_again"]
    assert world.exits() == ["ordered"]


def test_three_mails_at_twice_the_own_gap_a_week_and_two_weeks_later(world: World) -> None:
    orders(world, 80, 60, 40, 20)
    taken_in(world).after(days=60)
    at = {step: when for _, step, when in world.sent()}
    assert list(at) == ["hello_again", "offer", "last_chance"]
    # Twenty days between orders, the last one twenty days ago: twice that is twenty days from now.
    assert 20 * DAY <= at["hello_again"] < 21 * DAY
    assert 27 * DAY <= at["offer"] < 29 * DAY
    assert 41 * DAY <= at["last_chance"] < 44 * DAY
    first = next(iter(world.mails))
    assert "40 days" in first.text


@pytest.mark.parametrize(("gap", "days"), [(5, 30), (300, 365)])
def test_nobody_is_missed_sooner_than_a_month_or_later_than_a_year(world: World, gap: int, days: int) -> None:
    orders(world, *(10 + number * gap for number in range(4)))
    taken_in(world)
    world.now = START + (days - 12) * DAY
    world.after(days=4)
    at = {step: when for _, step, when in world.sent()}
    assert (days - 10) * DAY <= at["hello_again"] < (days - 9) * DAY
