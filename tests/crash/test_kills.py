"""Kill it anywhere: nobody is lost, nobody gets a mail twice, and what is unknown is counted and shown.

``MAILFLOW_CRASH_KILLS`` sets how many random kills there are (20 by default, 200 in `make crash`).
"""

from __future__ import annotations

import random
import time

import pytest

from saleor_mailflow.messages.claim import MICRO_BATCH
from tests.crash.conftest import PEOPLE_PER_KILL, Setting
from tests.crash.figures import hold_to_account
from tests.crash.stage import Stage

pytestmark = pytest.mark.slow

#: What only one worker passes, since it takes everybody at once; and what every micro-batch passes.
ALONE = ("enroll.written", "runner.claimed", "runner.written")
EACH = (
    *("claim.committed", "rendering", "rendered", "intent.committed", "smtp.first_bytes", "smtp.data_sent"),
    *("smtp.announced", "smtp.answered", "outcome.committed", "batch.middle"),
)


@pytest.mark.parametrize(("mode", "share", "unknown_per_kill"), [("careful", 0.75, 1), ("fast", 0.25, 10)])
def test_killed_at_random(
    stage: Setting, kills: int, chance: random.Random, mode: str, share: float, unknown_per_kill: int
) -> None:
    kills = round(kills * share)
    people = PEOPLE_PER_KILL * kills
    with stage(people, mode=mode) as one:
        for _ in range(3):
            one.worker()
        while one.kills < kills and one.left():
            before = len(one.delivered())
            goal, end = before + chance.randrange(1, 40), time.monotonic() + 20
            # Wait until something moves, so that kills hit work and not start-up.
            while len(one.delivered()) < goal and one.left() and time.monotonic() < end:
                time.sleep(0.01)
            one.kill(chance.choice(one.workers))
            one.worker()
        one.wait_until(0, seconds=120 + kills)
        assert one.kills == kills, "everything was sent before it could be killed so often"
        scenario = f"workers killed at random moments, {mode} mode"
        hold_to_account(one, scenario, people, unknown_at_most=one.kills * unknown_per_kill)


@pytest.mark.parametrize(("mode", "unknown_per_kill"), [("careful", 1), ("fast", 10)])
def test_killed_at_every_boundary(stage: Setting, mode: str, unknown_per_kill: int) -> None:
    """One worker dies at each boundary: those that take everybody one after another, the others side by side."""
    people = MICRO_BATCH * (len(ALONE) + len(EACH) + 3)
    with stage(people, mode=mode) as one:
        for failpoint in ALONE:
            one.await_death(one.worker(f"{failpoint}:1:kill"), failpoint)
        doomed = {failpoint: one.worker(f"{failpoint}:{_nth(failpoint)}:kill") for failpoint in EACH}
        for failpoint, worker in doomed.items():
            one.await_death(worker, failpoint)
        if mode == "careful":
            # A lease is renewed only where a batch takes long and has more than one window.
            one.await_death(one.worker("smtp.answered:1:sleep:1,lease.renewed:1:kill"), "lease.renewed")
        one.worker()
        one.wait_until(0, seconds=60)
        hold_to_account(
            one, f"workers killed at every boundary, {mode} mode", people, unknown_at_most=one.kills * unknown_per_kill
        )


def _nth(failpoint: str) -> int:
    return 1 if failpoint in {"claim.committed", "rendered", "intent.committed"} else 2


def test_a_mail_that_kills_its_workers_is_set_aside_after_three_and_the_others_arrive(stage: Setting) -> None:
    people = 40
    with stage(people) as one:
        # Nobody is advanced yet: which mail it is, is known once they are planned.
        one.set(sender_email="")
        one.worker()
        _wait_for(one, "SELECT count(*) >= 40 FROM mailflow_message")
        one.close()
        ((poison,),) = one.ask("SELECT uuid::text FROM mailflow_message ORDER BY id LIMIT 1 OFFSET 7")
        one.set(sender_email="hello@northmill.example")
        one.time_goes_by()
        for _ in range(3):
            one.await_death(one.worker(f"rendering:~{poison}:kill"), "the poisonous mail")
        one.worker(f"rendering:~{poison}:kill")
        one.wait_until(0, seconds=60)
        ((state, reason),) = one.ask(f"SELECT state, reason FROM mailflow_message WHERE uuid = '{poison}'")
        assert (state, reason) == ("failed", "parked")
        # It was composed while the one before it was on its way, of which nobody can be sure then. Once: a suspect is
        # claimed alone.
        assert len(one.delivered()) >= people - 2
        hold_to_account(one, "a mail that kills whoever renders it", people, unknown_at_most=1, ended=["failed"])


def _wait_for(one: Stage, question: str, *, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while one.ask(question) != [(True,)]:
        assert time.monotonic() < end, f"{question} is not yet so"
        time.sleep(0.1)
