"""A flow tried on the past: first who would have got nothing, and that nothing is written; then what it comes to."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.flows import backtest as module
from saleor_mailflow.flows.backtest import Backtest, backtest
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow, flow_from_json
from saleor_mailflow.models import Basket, Contact, Enrollment, Message, Purchase, Shop
from saleor_mailflow.testing.world import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = START + 30 * DAY
CART, UPSELL = CATALOG["abandoned_checkout"], CATALOG["upsell"]


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop.objects.create(domain="past.example", api_url="https://past.example/", road=Shop.Road.APP)


def person(shop: Shop, name: str, **more: Any) -> Contact:
    return Contact.objects.create(
        shop=shop, email=f"{name}@past.example", first_seen_at=START, updated_at=START, country="US", **more
    )


def cart(contact: Contact, at: datetime, **more: Any) -> Basket:
    fields = {"state": "open", "ended_at": None, "line_count": 1, **more}
    return Basket.objects.create(
        shop=contact.shop,
        contact=contact,
        token=f"{contact.pk}-{at:%d%H%M}",
        channel="default",
        currency="EUR",
        email=contact.email,
        active_at=at,
        created_at=at,
        last_change=at,
        learned_at=at,
        **fields,
    )


def order(contact: Contact, at: datetime, **more: Any) -> Purchase:
    fields = {"status": "UNFULFILLED", "confirmed_at": at, "total": Decimal(50), "updated_at": at, **more}
    return Purchase.objects.create(
        shop=contact.shop,
        contact=contact,
        order_id=f"{contact.pk}-{at:%d%H%M%S}",
        number=f"{contact.pk}",
        email=contact.email,
        channel="default",
        currency="EUR",
        origin="CHECKOUT",
        created_at=at,
        learned_at=at,
        **fields,
    )


def tried(shop: Shop, flow: Flow, days: int = 30) -> Backtest:
    found = backtest(shop, flow, now=NOW, days=days)
    assert found is not None
    return found


@pytest.mark.breaks_the_ledger  # one is erased, and has a name all the same
def test_who_would_have_got_nothing(shop: Shop) -> None:
    at = START + 10 * DAY
    buyer, gone, staff = person(shop, "buyer"), person(shop, "gone", erased_at=START), person(shop, "s", is_staff=True)
    cart(buyer, at, state="converted", ended_at=at + HOUR / 2)
    order(buyer, at + HOUR / 2)
    cart(gone, at)
    cart(staff, at)
    cart(person(shop, "early"), START - 10 * DAY)
    cart(person(shop, "now"), NOW - HOUR / 2)
    cart(person(shop, "emptied"), at, state="emptied", line_count=0, ended_at=at)
    other = Shop.objects.create(domain="other.example", api_url="https://other.example/", road=Shop.Road.APP)
    cart(person(other, "other"), at)
    found = tried(shop, CART)
    assert (found.entered, found.mails, found.codes, found.by_day) == (0, 0, 0, {})


def test_nothing_is_written_and_the_database_sees_to_it(shop: Shop) -> None:
    cart(person(shop, "anna"), START + DAY)
    with CaptureQueriesContext(connection) as seen:
        assert tried(shop, CART).mails == 2
    said = [one["sql"] for one in seen if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert said[0] == "SET TRANSACTION READ ONLY"
    assert all(one.startswith(("SELECT", "DECLARE", "FETCH", "CLOSE")) for one in said[1:]), said
    assert not Enrollment.objects.exists()
    assert not Message.objects.exists()
    # What comes after it may write again.
    person(shop, "later")


def test_a_cart_flow_over_a_month(shop: Shop) -> None:
    at = START + 10 * DAY
    cart(person(shop, "never"), at)
    between = person(shop, "between")
    cart(between, at, state="converted", ended_at=at + 3 * HOUR)
    order(between, at + 3 * HOUR)
    twice = person(shop, "twice")
    cart(twice, at)
    cart(twice, at + 2 * HOUR)
    cart(person(shop, "yesterday"), NOW - 2 * HOUR)
    found = tried(shop, CART)
    assert (found.crossed, found.entered) == (5, 4)
    # The second mail of yesterday's cart would come tomorrow.
    assert found.by_step == {"reminder": 4, "last_call": 2}
    assert found.left["ordered"] == 1
    assert found.by_day == {at.date(): 3, (at + DAY).date(): 2, NOW.date(): 1}
    assert found.codes == 2
    assert (found.part, found.unknown) == (1.0, ())
    assert tried(shop, CART, days=1).entered == 1


def test_a_flow_about_orders_waits_for_its_own_order_and_ends_with_it(shop: Shop) -> None:
    at = START + 2 * DAY
    order(person(shop, "sent"), at, status="FULFILLED", fulfilled_at=at + DAY, updated_at=at + DAY)
    order(person(shop, "never_sent"), at)
    returned = person(shop, "returned")
    order(returned, at, status="RETURNED", fulfilled_at=at + DAY, updated_at=at + 2 * DAY)
    again = person(shop, "again")
    order(again, at)
    order(again, at + DAY)
    found = tried(shop, UPSELL)
    # The second order of one person comes too soon after the first to let them in again.
    assert (found.crossed, found.entered) == (5, 4)
    # Sent: three days behind that. Not sent: seven days behind the order.
    assert found.by_day == {(at + 4 * DAY).date(): 1, (at + 7 * DAY).date(): 1}
    assert found.left["returned"] == 1
    assert found.left["ordered"] == 1


def test_what_the_past_does_not_say_is_named(shop: Shop) -> None:
    asks = {
        "all": [{"fact": "contact.tags", "op": "has_not", "value": "vip"}, {"fact": "contact.orders", "op": "known"}]
    }
    asking = flow_from_json({**CART.to_json(), "filter": asks})
    cart(person(shop, "anna"), START + DAY)
    found = tried(shop, asking)
    assert (found.unknown, found.entered) == (("contact.tags",), 1)
    manual = flow_from_json({**UPSELL.to_json(), "trigger": {"type": "manual"}})
    assert backtest(shop, manual, now=NOW, days=30) is None


def test_of_many_a_part_is_gone_through_and_projected(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        cart(person(shop, f"p{number}"), START + number * DAY)
    monkeypatch.setattr(module, "SAMPLE", 4)
    found = tried(shop, CART)
    assert (found.part, found.crossed, found.entered, found.mails) == (0.5, 8, 8, 16)


@pytest.mark.parametrize("key", sorted(CATALOG))
def test_every_flow_of_the_catalogue_can_be_tried(shop: Shop, key: str) -> None:
    anna = person(shop, "anna", birthday=(START + 5 * DAY).date())
    order(anna, START + DAY)
    assert backtest(shop, CATALOG[key], now=NOW, days=30) is not None
