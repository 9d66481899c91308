"""The welcome: for a first yes, once in a life, and never a second one for the same person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_mailflow.models import ContactTag, Coupon
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"
YES, NO = {"newsletter": "true"}, {"newsletter": "false"}
DAY = timedelta(days=1)


@pytest.fixture
def shop(world: World) -> World:
    return world.switch_on("welcome")


def steps(world: World) -> list[str]:
    return [step for _, step, _ in world.sent()]


def test_nobody_is_welcomed_who_did_not_say_yes(shop: World) -> None:
    shop.people.customer(START, email=ANNA, ref="user:1", country="US")
    shop.people.customer(START, email="bert@example.com", ref="user:2", country="US", metadata=NO)
    shop.after(days=10)
    assert not shop.mails


def test_a_yes_from_before_is_not_new_however_often_it_is_said_again(world: World) -> None:
    world.people.customer(START - 40 * DAY, email=ANNA, ref="user:1", country="US", metadata=YES)
    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=world.now, progress=lambda *_: None)
    world.after(hours=1)
    world.switch_on("welcome")
    world.people.checkout(world.now, email=ANNA, metadata=YES)
    world.after(days=10)
    assert not world.mails, "the box at the checkout repeats what the account said"


def test_who_comes_back_after_a_no_is_not_welcomed_again(shop: World) -> None:
    shop.people.customer(START, email=ANNA, ref="user:1", country="US", metadata=YES)
    shop.after(days=20)
    before = len(shop.mails)
    shop.people.customer(shop.now, email=ANNA, ref="user:1", country="US", metadata=NO)
    shop.after(days=1)
    shop.people.customer(shop.now, email=ANNA, ref="user:1", country="US", metadata=YES)
    shop.after(days=20)
    assert len(shop.mails) == before == 3


def test_a_no_ends_it(shop: World) -> None:
    shop.people.customer(START, email=ANNA, ref="user:1", country="US", metadata=YES)
    shop.after(hours=2)
    shop.people.customer(shop.now, email=ANNA, ref="user:1", country="US", metadata=NO)
    shop.after(days=10)
    assert steps(shop) == ["hello"]


def test_the_order_ends_the_offers(shop: World) -> None:
    shop.people.customer(START, email=ANNA, ref="user:1", country="US", metadata=YES)
    shop.after(days=2)
    shop.people.order(shop.now, email=ANNA, **AT_HOME)
    shop.after(days=20)
    assert steps(shop) == ["hello", "guide"]
    assert set(ContactTag.objects.values_list("tag", flat=True)) >= {"engaged"}


def test_three_mails_at_once_a_day_and_three_days_later_then_a_tag(shop: World) -> None:
    shop.people.customer(START, email=ANNA, ref="user:1", country="US", first_name="Anna", metadata=YES)
    shop.after(days=20)
    at = {step: when for _, step, when in shop.sent()}
    assert list(at) == ["hello", "guide", "best_sellers"]
    assert at["hello"] < timedelta(minutes=10), "at once"
    assert DAY <= at["guide"] < 1.5 * DAY
    assert 3 * DAY <= at["best_sellers"] < 3.5 * DAY
    assert shop.exits() == ["completed"]
    assert "not_engaged" in set(ContactTag.objects.values_list("tag", flat=True))
    coupon = Coupon.objects.get()
    assert coupon.state == "none", "no offer is set up, and the mail went without"
    assert coupon.reason


def test_at_night_the_greeting_goes_at_once_and_the_guide_waits_for_the_morning(shop: World) -> None:
    night = START.replace(hour=23)
    shop.to(night)
    shop.people.customer(night, email=ANNA, ref="user:1", country="US", metadata=YES)
    shop.after(days=2)
    at = {step: START + when for _, step, when in shop.sent()}
    assert at["hello"] < night + timedelta(minutes=10)
    assert 8 <= at["guide"].hour < 21
