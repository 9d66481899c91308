"""A claim takes as many as it says, whatever the server believes of the sizes of tables (see also test_unknown)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.models import Enrollment, Notice
from saleor_mailflow.process import notices
from saleor_mailflow.process.notices import tell_due
from saleor_mailflow.testing.world import START, World
from tests.statistics import as_if_nearly_empty

pytestmark = pytest.mark.django_db


def three_inside() -> World:
    world = World.begin()
    for number in range(3):
        world.people.checkout(START, email=f"person{number}@example.com", country="US")
    return world.after(hours=2)


def test_one_enrollment_of_a_dead_worker_is_claimed_alone() -> None:
    world = three_inside()
    Enrollment.objects.update(due_at=world.now, crashes=1, lease_until=None, fence=7)
    as_if_nearly_empty("mailflow_enrollment")
    assert run_due(world.shop.pk, now=world.now, gateway=world.people, most=1) == 1
    assert sorted(Enrollment.objects.values_list("fence", flat=True)) == [7, 7, 8]


def test_notices_are_told_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world = three_inside()
    for enrollment in Enrollment.objects.all():
        Notice.objects.create(shop=world.shop, enrollment=enrollment, step="tell", target="crm", due_at=world.now)
    monkeypatch.setattr(notices, "BATCH", 1)
    as_if_nearly_empty("mailflow_notice")
    tell_due(world.shop.pk, now=world.now)
    assert sorted(Notice.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


def test_whom_a_dead_worker_held_is_looked_for_among_those_who_are_due_and_not_among_all_there_ever_were() -> None:
    """There is hardly ever one. By way of the flow everybody in it would be read to find that out."""
    world = three_inside()
    with CaptureQueriesContext(connection) as asked:
        assert run_due(world.shop.pk, now=world.now, gateway=world.people) == 0
    claims = [one["sql"] for one in asked if one["sql"].lstrip().startswith("WITH due")]
    assert claims
    with connection.cursor() as cursor:
        for claim in claims:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {claim}")
            (due,) = (n for n in nodes(cursor.fetchone()[0][0]["Plan"]) if n.get("Subplan Name") == "CTE due")
            joins = [n for n in nodes(due) if n["Node Type"] == "Nested Loop" or n["Node Type"].endswith("Join")]
            assert joins == []
