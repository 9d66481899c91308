"""When the next tick has something to do: what is pending now, what waits after a failure, and never what is parked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.models import Event, Shop

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop.objects.create(domain="shop.example.com", api_url="https://shop.example.com/graphql/", road="app")


def event(shop: Shop, number: int, **fields: object) -> None:
    key = f"order.created:{number}"
    Event.objects.create(
        shop=shop, kind="order.created", dedupe_key=key, source="webhook", occurred_at=NOW + timedelta(number), **fields
    )


def test_nothing_is_due_for_what_was_done_or_parked(shop: Shop) -> None:
    event(shop, 1, processed_generation=1)
    event(shop, 2, parked="It cannot be read, three times.")
    assert next_due(shop.pk, NOW) is None


def test_what_failed_is_due_when_its_pause_ends_and_what_is_new_at_once(shop: Shop) -> None:
    for number in (3, 1, 2):
        event(shop, number, not_before=NOW + timedelta(seconds=number))
    assert next_due(shop.pk, NOW) == NOW + timedelta(seconds=1)
    event(shop, 9)
    assert next_due(shop.pk, NOW) == NOW
