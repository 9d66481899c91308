"""``mailflow verify``: it sees each thing that must not be, and a million messages are looked through in time."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.db import connection

from saleor_mailflow.audience.leaving import PREFERENCE_CENTRE
from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.audience.suppression_list import import_list
from saleor_mailflow.models import Consent, Contact, Enrollment, FlowVersion, Message, Purchase, Suppression
from saleor_mailflow.process.invariants import OF_ENROLLMENTS, OF_MESSAGES, OF_STEPS
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
    assert set(BREAKS) == {*OF_MESSAGES, *OF_ENROLLMENTS, *OF_STEPS, *INVARIANTS, SUPPRESSED, EDITED, OTHER_WAY}
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


# What looks wrong and is not.


def test_a_list_of_another_system_says_no_for_times_when_nobody_here_knew(world: World) -> None:
    lines = [f"anna@example.com,unsubscribed,{(START - timedelta(days=900)).isoformat()}"]
    assert import_list(world.shop.pk, lines, now=world.now).new == 1
    assert verify(world.shop.pk) == []
    assert Suppression.objects.get().at < START < world.now == Suppression.objects.get().learned_at
    # The same said again of an earlier time, and a complaint, are not learned earlier than they were.
    for reason, days in (("unsubscribed", 950), ("complained", 1)):
        lines = [f"anna@example.com,{reason},{(START - timedelta(days=days)).isoformat()}"]
        import_list(world.shop.pk, lines, now=world.now + timedelta(days=1))
        assert Suppression.objects.get().learned_at == world.now
    assert verify(world.shop.pk) == []


@pytest.mark.parametrize("worker_behind", [timedelta(seconds=1), timedelta(minutes=4)])
def test_two_workers_do_not_write_the_same_time(world: World, worker_behind: timedelta) -> None:
    """One ends with the time at which its long tick began what another, which began later, has planned meanwhile."""
    message = Message.objects.get()
    planned_at = message.planned_at
    Enrollment.objects.update(state="ended", exit_reason="ordered", due_at=None, ended_at=planned_at - worker_behind)
    assert message.intent_at is not None
    Message.objects.update(ended_at=message.intent_at - worker_behind, detail={"settled": "provider"})
    suppress(
        shop_id=world.shop.pk,
        email="anna@example.com",
        at=message.intent_at - worker_behind,
        reason=Suppression.Reason.UNSUBSCRIBED,
    )
    assert verify(world.shop.pk) == []


def test_who_took_leaving_back_or_said_yes_again_may_be_mailed(world: World) -> None:
    contact, day = Contact.objects.get(email="anna@example.com"), timedelta(days=1)
    for state, at in (("withdrawn", START - 2 * day), ("granted", START - day)):
        Consent.objects.create(shop=world.shop, contact=contact, state=state, source=PREFERENCE_CENTRE, at=at)
    assert verify(world.shop.pk) == []


def test_who_was_moved_went_the_ways_of_the_version_before(world: World) -> None:
    BREAKS[OTHER_WAY]()
    FlowVersion.objects.filter(number=2).update(published_at=START + timedelta(days=1))
    assert verify(world.shop.pk) == []


def test_an_order_that_was_heard_of_again_later_may_have_been_another_then(world: World) -> None:
    """A draft becomes an order, an address is corrected: what it says now it need not have said then."""
    BREAKS["a mail was handed over after an order of theirs that ends the flow"]()
    Purchase.objects.update(updated_at=START + timedelta(days=1))
    assert verify(world.shop.pk) == []


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
