"""What an idle tick costs, with one flow and with all of them; that it misses nothing, every story here checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.sign_ups import enroll_sign_ups
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.flows.waiting import Waiting, what_waits
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.world import World
from saleor_mailflow.watermarks import marks_of

pytestmark = pytest.mark.django_db

NOTHING = Waiting._make(False for _ in Waiting._fields)


def waiting(world: World) -> Waiting:
    return what_waits(world.shop.pk, world.now, marks_of(world.shop.pk))


def an_idle_tick(world: World) -> int:
    """Return how many statements a tick asks in which nothing is to do."""
    with CaptureQueriesContext(connection) as asked:
        report = run_tick(world.shop.pk, world.now, gateway=PayloadShop(), transport_factory=lambda _: world.out)
    assert report.idle
    return len(asked)


def test_a_tick_with_nothing_to_do_asks_as_little_with_every_flow_on_as_with_one() -> None:
    world = World.begin()
    world.people.checkout(world.now, email="anna@example.com", country="US")
    world.after(days=2)
    assert world.mails, "there is a past"
    one = an_idle_tick(world)
    world.switch_on(*CATALOG)
    world.after(minutes=6)
    assert waiting(world) == NOTHING
    assert an_idle_tick(world) == one <= 6


def test_a_basket_is_seen_when_it_has_lain_for_as_long_as_the_flow_waits_and_no_earlier() -> None:
    world = World.begin()
    world.people.checkout(world.now, email="anna@example.com", country="US")
    world.after(minutes=59)
    assert waiting(world) == NOTHING
    world.now += timedelta(minutes=1)
    assert waiting(world) == NOTHING._replace(baskets=True)
    # From before the flow was on.
    world.tick()
    world.people.checkout(world.now - timedelta(days=9), email="bert@example.com", country="US")
    world.after(hours=2)
    assert waiting(world) == NOTHING


def scans(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "Relation Name" in node:
        yield node
    for below in node.get("Plans", ()):
        yield from scans(below)


def plan(statement: str, values: Mapping[str, Any] | None = None) -> list[Mapping[str, Any]]:
    """Return the scans of a statement. Of next to empty tables anything is found in any way: here by an index."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        return list(scans(cursor.fetchone()[0][0]["Plan"]))


def test_a_shop_with_nothing_to_do_does_not_walk_through_what_is_due_in_others() -> None:
    world = World.begin()
    with CaptureQueriesContext(connection) as asked:
        waiting(world)
    statement = max((one["sql"] for one in asked), key=len)
    by = plan(statement, defaultdict(lambda: world.now, shop=world.shop.pk))
    assert len(by) == len(Waiting._fields)
    for scan in by:
        assert "shop_id" in scan.get("Index Cond", ""), f"{scan['Relation Name']} is not asked for one shop"
        assert "Filter" not in scan, f"rows of {scan['Relation Name']} are read and left out: {scan['Filter']}"


def test_who_signed_up_a_moment_ago_is_found_without_reading_all_who_ever_did() -> None:
    world = World.begin()
    with CaptureQueriesContext(connection) as asked:
        enroll_sign_ups(world.shop.pk, now=world.now)
    (scan,) = (one for one in plan(asked[0]["sql"]) if one["Relation Name"] == "mailflow_signup")
    assert "shop_id" in scan["Index Cond"]
    assert "created_at" in scan["Index Cond"]
