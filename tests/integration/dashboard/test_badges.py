"""Carts with money on them are told to a person; carts whose payment is under way, or long over, are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from saleor_mailflow.models import Basket, Shop
from saleor_mailflow.process.badges import badges_due
from saleor_mailflow.process.payments import PAST, STUCK, payment_problems

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def shop() -> Shop:
    return Shop.objects.create(domain="shop.example", api_url="https://shop.example/graphql/")


def basket(shop: Shop, payment: str, changed: datetime, state: str = "open") -> None:
    Basket.objects.create(
        shop=shop,
        token=f"t{Basket.objects.count()}",
        channel="main",
        currency="EUR",
        payment=payment,
        state=state,
        active_at=changed,
        created_at=changed,
        last_change=changed,
        learned_at=changed,
    )


@pytest.mark.parametrize(
    ("payment", "age", "state"),
    [
        ("none", STUCK + SECOND, "open"),
        ("paid", STUCK - SECOND, "open"),
        ("pending", PAST + SECOND, "open"),
        ("paid", STUCK + SECOND, "converted"),
    ],
)
def test_nobody_is_called_for(shop: Shop, payment: str, age: timedelta, state: str) -> None:
    basket(shop, payment, NOW - age, state)
    assert payment_problems(shop, NOW) == []


@pytest.mark.parametrize("payment", ["paid", "authorized", "pending"])
def test_somebody_is_called_where_money_waits(shop: Shop, payment: str) -> None:
    basket(shop, payment, NOW - STUCK - SECOND)
    (problem,) = payment_problems(shop, NOW)
    assert problem.text.startswith("1 cart has a payment and no order")
    basket(shop, payment, NOW - STUCK - SECOND)
    assert payment_problems(shop, NOW)[0].text.startswith("2 carts have a payment")


def test_outside_saleor_there_is_no_dashboard_to_look_after(shop: Shop) -> None:
    assert not badges_due(shop, NOW)
