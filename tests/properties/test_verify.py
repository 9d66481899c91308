"""``mailflow verify``: it sees each thing that must not be, and a million messages are looked through in time."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.db import connection

from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.models import Contact, Message, Suppression
from saleor_mailflow.process.verify import COUNT, EDITED, INVARIANTS, OTHER_WAY, SUPPRESSED, verify
from saleor_mailflow.testing.world import START, World
from tests.properties import proof
from tests.properties.ledger import BREAKS, fill

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

ROWS = int(os.environ.get("MAILFLOW_VERIFY_ROWS", "20000"))
GOAL_SECONDS = 30.0


@pytest.fixture
def world() -> World:
    world = World.begin()
    world.people.checkout(START)
    world.after(hours=2)
    assert [step for _, step, _ in world.sent()] == ["reminder"]
    Contact.objects.create(shop=world.shop, email="bert@example.com", first_seen_at=START, updated_at=START)
    return world


def test_every_invariant_is_broken_once() -> None:
    assert set(BREAKS) == {*INVARIANTS, SUPPRESSED, EDITED, OTHER_WAY}
    assert len(BREAKS) == COUNT


@pytest.mark.parametrize("invariant", BREAKS)
def test_what_must_not_be_is_seen(world: World, invariant: str) -> None:
    assert verify(world.shop.pk) == []
    with connection.cursor() as cursor:
        # Foreign keys are checked at the end of a transaction, which would forbid to alter a table before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    BREAKS[invariant]()
    assert invariant in [one.invariant for one in verify(world.shop.pk)]


def test_a_mail_after_a_suppression_is_seen_and_one_before_it_or_of_another_sender_is_not(world: World) -> None:
    for entity, at, wrong in (
        ("", START + timedelta(days=1), False),
        ("outlet", START, False),
        ("", START, True),
    ):
        Suppression.objects.all().delete()
        suppress(
            shop_id=world.shop.pk, email="anna@example.com", entity=entity, at=at, reason=Suppression.Reason.MANUAL
        )
        assert bool(verify(world.shop.pk)) is wrong


def test_a_large_ledger_is_looked_through_in_time() -> None:
    world = World.begin()
    fill(world.shop, ROWS, START)
    assert Message.objects.count() == ROWS
    with proof.prove(
        "mailflow verify looks through a large ledger",
        goal=f"1,000,000 messages in < {GOAL_SECONDS:.0f} s",
        on="PostgreSQL, one connection",
        unit="messages",
    ) as row:
        began = time.monotonic()
        assert verify(world.shop.pk) == []
        row.cases, took = ROWS, time.monotonic() - began
        row.result = f"{'held' if took < GOAL_SECONDS else 'missed'}; {took:.1f} s"
    Message.objects.filter(pk=Message.objects.order_by("id").first().pk).update(ended_at=None)  # type: ignore[union-attr]  # there are many
    assert [one.count for one in verify(world.shop.pk)] == [1, 1]
    if not os.environ.get("MAILFLOW_PROOF"):
        assert took < GOAL_SECONDS
