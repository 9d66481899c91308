"""Whatever road news comes by, people's profiles know it before a flow asks; nobody has to be asked for it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.models import Contact, Profile
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db

EMAIL = "anna@example.com"


def profile() -> Profile:
    return Profile.objects.get(contact__email=EMAIL)


def test_an_order_a_refund_and_a_cancellation_count_within_the_tick() -> None:
    world = World.begin()
    order = world.people.order(START, email=EMAIL, total=Decimal(80), currency="EUR", status="UNFULFILLED")
    world.after(minutes=10)
    assert (profile().orders, profile().spent, profile().lifecycle) == (1, {"EUR": "80"}, "customer")
    world.people.change_order(order, world.now, total_refunded=Decimal(30))
    world.after(minutes=10)
    assert profile().spent == {"EUR": "50"}
    world.people.change_order(order, world.now, status="CANCELED")
    world.after(minutes=10)
    assert (profile().orders, profile().spent, profile().stale) == (0, {}, False)


def test_a_cart_is_a_sign_of_life() -> None:
    world = World.begin()
    world.people.checkout(START, email=EMAIL)
    world.after(minutes=10)
    assert (profile().orders, profile().last_active_at) == (0, START)


def test_an_account_says_more_than_a_name() -> None:
    world = World.begin(attribute_keys="colour")
    said = {"birthday": "1990-06-15", "colour": "blue", "secret": "x"}
    world.people.customer(START, email=EMAIL, ref="u1", metadata=said)
    world.after(minutes=10)
    anna = Contact.objects.get(email=EMAIL)
    assert (anna.birthday, anna.attributes) == (date(1990, 6, 15), {"colour": "blue"})


def test_a_backfill_is_reckoned_as_well() -> None:
    world = World.begin(mode="off", attribute_keys="colour")
    world.people.order(START - timedelta(days=300), email=EMAIL, total=Decimal(80), currency="EUR")
    world.people.customer(START, email=EMAIL, ref="u1", metadata={"colour": "blue"})
    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=START, progress=lambda *told: None)
    assert profile().stale
    world.tick()
    assert (profile().orders, profile().orders_12m, profile().stale) == (1, 1, False)
    assert Contact.objects.get(email=EMAIL).attributes == {"colour": "blue"}


def test_a_tick_where_nothing_happens_asks_for_nobody() -> None:
    world = World.begin()
    world.people.order(START, email=EMAIL)
    world.after(minutes=10)
    with CaptureQueriesContext(connection) as captured:
        run_tick(world.shop.pk, world.now, gateway=world.people, transport_factory=lambda _: world.out)
    assert [one["sql"] for one in captured if "INSERT INTO mailflow_profile" in one["sql"]] == []
    assert sum("mailflow_profile" in one["sql"] for one in captured) <= 1
