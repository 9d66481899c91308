"""Switching on: the past stays the past, is counted, and comes in a few a day when a merchant asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.catalog import BIRTHDAY, THANK_YOU
from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.switching import Qualifying, let_in, qualifying
from saleor_mailflow.models import AuditEntry, Enrollment, Purchase
from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

PEOPLE = 7


@pytest.fixture
def shop(world: World) -> World:
    """Seven people have bought for the first time this month, long before the thank-you was switched on."""
    for number in range(PEOPLE):
        world.people.order(START, email=f"buyer{number}@example.com", **AT_HOME)
    world.after(days=10)
    return world.switch_on("thank_you")


def test_switching_on_takes_nobody_of_the_past_and_says_how_many_there_are(shop: World) -> None:
    shop.after(days=3)
    assert not shop.mails
    assert qualifying(shop.shop, THANK_YOU, now=shop.now) == Qualifying(ever=None, lately=PEOPLE)


def test_they_come_in_three_a_day_and_only_once(shop: World) -> None:
    # What is late on purpose is not late: the lateness of a mail counts from the day on which its reader is let in.
    def ask() -> int:
        return let_in(shop.shop, "thank_you", per_day=3, now=shop.now, gateway=shop.people, actor="user:1")

    assert ask() == PEOPLE
    assert ask() == 0
    days = sorted((e.due_at - shop.now).days for e in Enrollment.objects.all() if e.due_at)
    assert days == [0, 0, 0, 1, 1, 1, 2]
    shop.after(days=4)
    assert len(shop.mails) == PEOPLE
    assert AuditEntry.objects.filter(action="flow.let_in").count() == 2


def test_whom_the_flow_has_taken_in_is_not_told_of_as_waiting_outside(shop: World) -> None:
    shop.people.order(shop.now, email="new@example.com", **AT_HOME)
    shop.after(days=1)
    assert len(shop.mails) == 1
    assert qualifying(shop.shop, THANK_YOU, now=shop.now) == Qualifying(ever=None, lately=PEOPLE)
    let_in(shop.shop, "thank_you", per_day=3, now=shop.now, gateway=shop.people, actor="user:1")
    assert qualifying(shop.shop, THANK_YOU, now=shop.now) == Qualifying(ever=None, lately=0)


def test_whom_the_filter_would_refuse_is_not_told_of_as_waiting_outside(shop: World) -> None:
    """The thank-you is for a first order: whoever bought again gets the first one's only."""
    for number in range(3):
        shop.people.order(shop.now, email=f"often{number}@example.com", **AT_HOME)
        shop.people.order(shop.now, email=f"often{number}@example.com", **AT_HOME)
    shop.after(days=1)
    Enrollment.objects.all().delete()
    assert qualifying(shop.shop, THANK_YOU, now=shop.now) == Qualifying(ever=None, lately=PEOPLE + 3)
    often = replace(THANK_YOU, filter=Ask(fact="order.first", op="no"))
    assert qualifying(shop.shop, often, now=shop.now) == Qualifying(ever=None, lately=3)


def test_whoever_sent_it_back_meanwhile_hears_nothing(shop: World) -> None:
    let_in(shop.shop, "thank_you", per_day=3, now=shop.now, gateway=shop.people, actor="user:1")
    last = Purchase.objects.order_by("-id")[0]
    shop.people.change_order(last.order_id, shop.now, status="CANCELED")
    shop.after(days=4)
    assert len(shop.mails) == PEOPLE - 1


@pytest.mark.parametrize("per_day", [0, -1, 10_001])
def test_a_number_that_means_nothing_is_refused(shop: World, per_day: int) -> None:
    with pytest.raises(ConfigurationError, match="choose 1 to 10000"):
        let_in(shop.shop, "thank_you", per_day=per_day, now=shop.now, gateway=shop.people, actor="user:1")


def test_last_months_birthdays_are_over(shop: World) -> None:
    assert qualifying(shop.shop, BIRTHDAY, now=shop.now) is None
    shop.switch_on("birthday")
    with pytest.raises(ConfigurationError, match="no past to let in"):
        let_in(shop.shop, "birthday", per_day=5, now=shop.now, gateway=shop.people, actor="user:1")


def test_nobody_is_let_into_a_flow_that_is_off(world: World) -> None:
    with pytest.raises(ConfigurationError, match="on first"):
        let_in(world.shop, "thank_you", per_day=5, now=world.now + timedelta(0), gateway=world.people, actor="user:1")
