"""A shop in which the flow under test is on and nothing else is."""

from __future__ import annotations

import pytest

from saleor_mailflow.models import Brand
from saleor_mailflow.testing.world import World

#: Where nobody has to say yes first, so that a story is about its flow.
AT_HOME = {"country": "US", "language": "en"}


@pytest.fixture
def world(db: None) -> World:
    world = World.begin(mode="off", lawful_basis={"*": "none"}, timezone={"*": "UTC"})
    Brand.objects.create(
        shop=world.shop,
        values={"review_url": "https://northmill.example/review/{product}"},
        updated_at=world.now,
    )
    return world
