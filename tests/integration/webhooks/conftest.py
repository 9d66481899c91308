"""A shop that is installed and signs what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from saleor_mailflow import clock
from saleor_mailflow.models import Shop
from saleor_mailflow.testing.signing import SigningShop

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def sender() -> SigningShop:
    """A shop with a key of its own. Making one is slow; tests that rotate make another."""
    return SigningShop()


@pytest.fixture
def shop(db: None, sender: SigningShop) -> Shop:
    """The same shop, installed here, its key set known."""
    return installed(sender, jwks=sender.key_set())


@pytest.fixture
def now() -> Iterator[clock.FrozenClock]:
    """A clock that stands still."""
    frozen = clock.FrozenClock(NOW)
    clock.install(frozen)
    yield frozen
    clock.install(clock.SystemClock())


def installed(sender: SigningShop, **fields: object) -> Shop:
    """Install a shop that ``sender`` signs for."""
    return Shop.objects.create(domain=sender.domain, api_url=sender.api_url, road=Shop.Road.APP, **fields)
