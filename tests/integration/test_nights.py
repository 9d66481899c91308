"""What a night costs: what there is to look at, and not the numbers that rows have come to."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.process.hygiene import tidy
from saleor_mailflow.process.nightly import reckon_the_night
from saleor_mailflow.process.retention import purge
from saleor_mailflow.testing.world import START, World

TABLES = ("contact", "basket", "event", "enrollment", "message", "steprun", "refusal", "purchase", "occasion")


def a_night(world: World) -> int:
    """Return how many questions a night's work asks the database."""
    with CaptureQueriesContext(connection) as asked:
        purge(world.shop, now=world.now)
        tidy(world.shop, now=world.now)
        assert reckon_the_night(world.shop, now=world.now)
    return len(asked)


@pytest.mark.django_db
def test_a_young_shop_in_an_old_database_has_short_nights() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER SEQUENCE mailflow_{table}_id_seq RESTART WITH 20000000")
    world = World.begin()
    world.people.checkout(START, email="anna@example.com")
    world.after(days=2)
    assert a_night(world) < 150
