"""Two connections in every order: a suppression racing a send, and two workers on the same people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random
from uuid import uuid4

import pytest
from django.db import connection, transaction

from saleor_mailflow import failpoints
from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.flows.enroll import enroll_idle_baskets
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.messages.claim import claim
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.models import Enrollment, Message, StepRun, Suppression
from saleor_mailflow.process.verify import verify
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.world import START, World
from tests.properties import proof

pytestmark = pytest.mark.django_db(transaction=True)

#: Where a worker may stand between looking for mails and the last of them; every one is tried at its every passing.
BOUNDARIES = (
    "enroll.written",
    "runner.claimed",
    "runner.written",
    "claim.committed",
    "rendering",
    "rendered",
    "batch.middle",
    "intent.committed",
    "outcome.committed",
)
PEOPLE = 3
PATIENCE = 20.0
#: How long a deed is held open at most, in seconds.
HELD_OPEN = 0.3


class Elsewhere:
    """Somebody at another connection, who begins when told to and holds everything open until told to go on."""

    def __init__(self, deed: Callable[[], None]) -> None:
        self._deed, self.failures = deed, list[BaseException]()
        self._begin, self._commit, self.done = threading.Event(), threading.Event(), threading.Event()
        self._written = threading.Event()
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def _live(self) -> None:
        try:
            assert self._begin.wait(PATIENCE)
            with transaction.atomic():
                self._deed()
                self._written.set()
                # Whoever waits for what this holds open never comes to the boundary at which it would be committed.
                self._commit.wait(HELD_OPEN)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            self.failures.append(error)
        finally:
            self.done.set()
            connection.close()

    def write(self) -> None:
        """Let the deed be written, as far as nobody it has to wait for holds it up, and not committed."""
        self._begin.set()
        self._written.wait(0.15)

    def commit(self) -> None:
        """Let it be committed; where the deed waits for a lock of ours it is as soon as that is given up."""
        self._begin.set()
        self._commit.set()
        self.done.wait(0.15)

    def end(self) -> None:
        """Wait for the end, and fail where it failed."""
        self.commit()
        self._thread.join(PATIENCE)
        assert not self.failures, self.failures


@contextmanager
def at_boundaries(what: Callable[[str, int], None]) -> Iterator[None]:
    """Call ``what`` with the name of each boundary that this thread's worker passes, and how often it has."""
    passed: dict[str, int] = {}
    me = threading.get_ident()
    before = failpoints.reach

    def reach(name: str, about: str = "") -> None:
        if threading.get_ident() == me:
            passed[name] = passed.get(name, 0) + 1
            what(name, passed[name])

    failpoints.reach = reach
    try:
        yield
    finally:
        failpoints.reach = before


def people(mode: str, race: int) -> World:
    world = World.begin(sending_mode=mode, domain=f"shop{race}.example.com")
    for number in range(PEOPLE):
        world.people.checkout(START, email=f"p{number}@race{race}.example.com")
    world.tick()
    world.now = START + timedelta(hours=1)
    return world


def intended(email: str) -> bool:
    """Tell whether an intent to send to ``email`` is committed; addresses are of one race only."""
    return Message.objects.filter(contact__email=email).exclude(intent_at=None).exists()


def race(number: int, mode: str, write_at: tuple[str, int], commit_at: tuple[str, int]) -> str:
    """Let ``email`` be suppressed while a worker sends; return "" or what was wrong."""
    world, email = people(mode, number), f"p{number % PEOPLE}@race{number}.example.com"
    at, mailed_before = world.now, list[bool]()

    def deed() -> None:
        suppress(shop_id=world.shop.pk, email=email, reason=Suppression.Reason.UNSUBSCRIBED, at=at)
        mailed_before.append(intended(email))

    other = Elsewhere(deed)

    def what(name: str, nth: int) -> None:
        if (name, nth) == write_at:
            other.write()
        if (name, nth) == commit_at:
            other.commit()

    with at_boundaries(what):
        world.tick()
    other.end()
    for hours in (0, 23, 12):
        world.now += timedelta(hours=hours)
        world.tick()
    wrong = verify(world.shop.pk)
    others = {mail.to_email for mail in world.mails} - {email}
    if not mailed_before[0] and intended(email):
        return f"{mode}: suppressed from {write_at} to {commit_at}, and an intent to mail committed after that"
    if len(others) != PEOPLE - 1 or wrong:
        return f"{mode}: written at {write_at}, committed at {commit_at}: {others} {wrong}"
    return ""


def test_no_intent_is_committed_after_a_suppression_wherever_it_falls() -> None:
    chance = Random(proof.SEED)
    points = [(name, nth) for name in BOUNDARIES for nth in (1, 2, 3)]
    orders = [(w, c) for w, c in product(points, points) if w[1] <= c[1]]
    short = [((name, 1), (name, 1)) for name in BOUNDARIES] + chance.sample(orders, 4)
    picked = short + (chance.sample(orders, 90) if proof.FULL else [])
    with proof.prove(
        "a suppression racing a send: no intent committed after it",
        goal="0 mails",
        on="PostgreSQL, two connections; written at one boundary, committed at another",
        unit="interleavings",
        seed=proof.SEED,
    ) as row:
        for index, (write_at, commit_at) in enumerate(picked):
            mode = ("careful", "fast")[index % 2]
            wrong = race(index, mode, write_at, commit_at)
            assert not wrong, wrong
            row.cases += 1
        row.result = "held; 0 mails"


def twins(number: int, mode: str) -> World:
    """A person for whom the same mail stands planned twice, as two flows or a mended row might have it."""
    world = World.begin(sending_mode=mode, domain=f"twins{number}.example.com")
    world.people.checkout(START, email=f"twin{number}@example.com")
    world.tick()
    world.now = START + timedelta(hours=1)
    enroll_idle_baskets(world.shop.pk, now=world.now, gateway=world.people)
    run_due(world.shop.pk, now=world.now, gateway=world.people)
    for row in (Enrollment.objects.get(shop=world.shop), Message.objects.get(shop=world.shop)):
        row.pk = None
        if isinstance(row, Enrollment):
            row.key += ":twin"
        else:
            row.uuid, row.enrollment = uuid4(), Enrollment.objects.get(shop=world.shop, key__endswith=":twin")
        row.save()
    step = StepRun.objects.get(enrollment__shop=world.shop)
    step.pk, step.enrollment = None, Enrollment.objects.get(shop=world.shop, key__endswith=":twin")
    step.save()
    return world


def test_a_mail_leaves_once_however_two_workers_take_turns() -> None:
    """What is allowed once in a week is counted over both, whichever stands where while the other goes ahead."""
    turns = [("alone", 0), *((name, nth) for name in BOUNDARIES for nth in (1, 2))]
    with proof.prove(
        "two workers on one person keep the cap of one such mail a week",
        goal="0 caps exceeded",
        on="PostgreSQL, two connections; the second goes ahead at each boundary of the first",
        unit="interleavings",
    ) as row:
        for number, (turn, mode) in enumerate(product(turns, ("careful", "fast"))):
            if not proof.FULL and turn[1] > 1:
                continue
            world = twins(number, mode)

            def second(name: str, nth: int, turn: tuple[str, int] = turn, world: World = world) -> None:
                if (name, nth) == turn:
                    other = Elsewhere(world.tick)
                    other.end()

            with at_boundaries(second):
                world.tick()
            sent = [mail.to_email for mail in world.mails]
            assert len(sent) == 1, f"{mode}, the second worker at {turn}: {sent}"
            Enrollment.objects.filter(shop=world.shop, key__endswith=":twin").update(basket=None)
            assert verify(world.shop.pk) == []
            row.cases += 1
        row.result = "held; 0 exceeded"


def test_a_mail_whose_first_claim_came_to_nothing_is_claimed_as_if_for_the_first_time() -> None:
    """What another worker claimed since then came first, however old the earlier claim is."""
    world = twins(999, "careful")
    first, second = Message.objects.filter(shop=world.shop).order_by("id")
    room = GateRoom(
        shop_id=world.shop.pk,
        now=world.now,
        gateway=world.people,
        settings=(settings := settings_of(world.shop)),
        shop=shop_facts(world.shop, settings, world.people),
    )
    later = world.now + timedelta(minutes=1)
    Message.objects.filter(pk=first.pk).update(claimed_at=world.now - timedelta(minutes=5), due_at=later)
    assert [one.message.pk for one in claim(room)[0]] == [second.pk]
    assert claim(replace(room, now=later)) == ([], 1)
    assert Message.objects.get(pk=first.pk).reason == "already_sent"
    Message.objects.filter(shop=world.shop).delete()
    Enrollment.objects.filter(shop=world.shop).delete()
