"""A real PostgreSQL for whoever asks for the database: the one that is set, else a private one. None for unit tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings

# How long one example takes says more of the machine than of us.
hypothesis.settings.register_profile("mailflow", deadline=None)
hypothesis.settings.load_profile("mailflow")

#: What takes longest goes first, so that of several processes none is left with it at the end.
_LONGEST_FIRST = (
    "tests/integration/service/test_demo.py",
    "tests/integration/flows/test_win_back.py",
    "tests/properties/",
    "tests/days/",
    "tests/integration/test_roads.py",
    "tests/security/test_links.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; everything else keeps its order."""

    def turn(item: pytest.Item) -> int:
        return next((n for n, path in enumerate(_LONGEST_FIRST) if item.nodeid.startswith(path)), len(_LONGEST_FIRST))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """The address of the PostgreSQL that the tests may make databases in."""
    if os.environ.get("MAILFLOW_DATABASE_URL"):
        yield os.environ["MAILFLOW_DATABASE_URL"]
        return
    from saleor_mailflow.service import postgres

    server = postgres.start(durable=False)
    yield server.url
    server.stop()


@pytest.fixture(autouse=True)
def _the_ledger_holds(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that wrote to the database: what `mailflow verify` checks is so, in every shop.

    A test that breaks the ledger on purpose says so: ``@pytest.mark.breaks_the_ledger``.
    """
    asks = "db" in request.fixturenames or request.node.get_closest_marker("django_db") is not None
    if not asks:
        yield
        return
    request.getfixturevalue("db")
    yield
    if request.node.get_closest_marker("breaks_the_ledger") is not None:
        return
    from saleor_mailflow.models import Shop
    from saleor_mailflow.process.verify import verify

    broken = {shop.domain: found for shop in Shop.objects.all() if (found := verify(shop.pk))}
    assert not broken, f"mailflow verify: {broken}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest, database_url: str) -> None:
    """Point Django at it before pytest-django makes the test database; each of several processes has its own."""
    from saleor_mailflow.service.database import database_from_url

    settings.DATABASES["default"].update(database_from_url(database_url))
    request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")
