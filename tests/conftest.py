"""A real PostgreSQL for whoever asks for the database: the one that is set, else a private one. None for unit tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.conf import settings


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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_url: str) -> None:
    """Point Django at it before pytest-django makes the test database."""
    from saleor_mailflow.service.database import database_from_url

    settings.DATABASES["default"].update(database_from_url(database_url))
