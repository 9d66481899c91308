"""Somebody buys for the first time and ticks the newsletter's box, with every flow on: the weeks after, day by day."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"
DAY = timedelta(days=1)


def test_a_first_buyer_is_not_piled_upon(world: World) -> None:
    world.switch_on(*CATALOG)
    cart = world.people.checkout(START, email=ANNA, metadata={"newsletter": "true"})
    world.after(minutes=20)
    order = world.people.order(world.now, token=cart, **AT_HOME)
    world.after(days=2)
    world.people.change_order(order, world.now, status="FULFILLED")
    world.after(days=20)
    days: dict[int, list[str]] = {}
    for _, step, at in world.sent():
        days.setdefault(at // DAY, []).append(step)
    assert days == {0: ["hello", "thanks"], 4: ["guide"], 5: ["goes_with"], 16: ["ask"]}
    times = [at for _, _, at in world.sent()]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps[1:]) >= timedelta(hours=16)
    assert gaps[0] >= timedelta(hours=8), "the welcome was asked for; thanks wait for the afternoon"
