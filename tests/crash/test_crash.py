"""Kill it anywhere: nobody is lost, nobody gets a mail twice, and what is unknown is counted and shown.

``MAILFLOW_CRASH_KILLS`` sets how many random kills there are (20 by default; `make crash ARGS=200`).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from saleor_mailflow.failpoints import NAMES
from saleor_mailflow.testing.smtp_sink import sink_process
from tests.crash.stage import Stage, database, populate

KILLS = int(os.environ.get("MAILFLOW_CRASH_KILLS", "20"))
SEED = int(os.environ.get("MAILFLOW_CRASH_SEED", "0")) or random.SystemRandom().randrange(10**6)
#: Failpoints that a worker passes on its way; the others stand in the doors and are tested with these.
ON_THE_WAY = [name for name in NAMES if name.split(".")[0] not in {"webhook", "suppression", "publish", "lease"}]

pytestmark = pytest.mark.slow


@contextmanager
def stage(server: str, tmp_path: Path, people: int, *, sink: str = "ok", mode: str = "careful") -> Iterator[Stage]:
    log, name = tmp_path / "sink.jsonl", f"mailflow_crash_{os.getpid()}"
    _crowd(server, people)
    with database(server, name, template=f"{name}_{people}") as url, sink_process(sink, log=log) as port:
        one = Stage(url=url, log=log, port=port)
        one.set(port=port, sending_mode=mode)
        try:
            yield one
        finally:
            one.close()


#: Databases full of people, copied for each test and taken away at the end.
_CROWDS: dict[int, object] = {}


def _crowd(server: str, people: int) -> None:
    if people in _CROWDS:
        return
    template = database(server, f"mailflow_crash_{os.getpid()}_{people}")
    populate(template.__enter__(), people)
    _CROWDS[people] = template


@pytest.fixture(scope="module", autouse=True)
def _take_the_crowds_away() -> Iterator[None]:
    yield
    for template in _CROWDS.values():
        template.__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager, left by hand
    _CROWDS.clear()


def check(one: Stage, people: int, *, unknown_at_most: int) -> None:
    """Hold the ledger against the sink's log: 0 lost, 0 twice, what is unknown bounded, every invariant true."""
    delivered, states = one.delivered(), one.states()
    assert [uuid for uuid, times in delivered.items() if times > 1] == [], "somebody got a mail twice"
    assert states["unknown"] <= unknown_at_most, states
    assert states["accepted"] + states["unknown"] == people, f"somebody was lost: {states}"
    accepted = {str(uuid) for (uuid,) in one.ask("SELECT uuid FROM mailflow_message WHERE state = 'accepted'")}
    assert accepted <= set(delivered), "the ledger says sent, the sink never took it"
    taken_unknown = set(delivered) - accepted
    assert len(taken_unknown) <= states["unknown"], "the sink took something that the ledger does not know of"
    env = {**os.environ, "MAILFLOW_DATABASE_URL": one.url}
    verify = [sys.executable, "-m", "saleor_mailflow.service.cli", "verify"]
    done = subprocess.run(verify, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("mode", "unknown_per_kill"), [("careful", 1), ("fast", 20)])
def test_killed_at_random(database_url: str, tmp_path: Path, mode: str, unknown_per_kill: int) -> None:
    chance = random.Random(SEED)
    kills = KILLS if mode == "careful" else max(5, KILLS // 4)
    people = 60 * kills
    print(f"seed {SEED}")
    with stage(database_url, tmp_path, people, mode=mode) as one:
        for _ in range(2):
            one.worker()
        while one.kills < kills:
            before = len(one.delivered())
            one.wait_until(people, seconds=1)
            end = time.monotonic() + 20
            # Wait until something moves, so that kills hit work and not start-up.
            while len(one.delivered()) < before + chance.randrange(1, 40) and one.left() and time.monotonic() < end:
                time.sleep(0.01)
            if not one.left():
                break
            one.kill(chance.choice(one.workers))
            one.worker()
        one.wait_until(0, seconds=90)
        assert one.kills >= min(kills, 5)
        check(one, people, unknown_at_most=one.kills * unknown_per_kill)


def test_killed_at_every_boundary(database_url: str, tmp_path: Path) -> None:
    """One worker after another dies at the next boundary, in the order in which work passes them."""
    people = 15 * len(ON_THE_WAY)
    with stage(database_url, tmp_path, people) as one:
        for failpoint in ON_THE_WAY:
            nth = 1 if failpoint.split(".")[0] in {"enroll", "runner", "claim"} else 2
            doomed = one.worker(f"{failpoint}:{nth}:kill")
            assert doomed.wait(timeout=60) == -9, f"{failpoint} was never reached"
            one.workers.remove(doomed)
            one.kills += 1
        one.worker()
        one.wait_until(0, seconds=60)
        check(one, people, unknown_at_most=one.kills)


def test_a_worker_stopped_past_its_lease_and_resumed_sends_nothing_twice(database_url: str, tmp_path: Path) -> None:
    people = 60
    with stage(database_url, tmp_path, people) as one:
        sleeper = one.worker("batch.middle:5:sleep:6", lease_seconds=1)
        end = time.monotonic() + 30
        while len(one.delivered()) < 4 and time.monotonic() < end:
            time.sleep(0.05)
        one.worker(lease_seconds=1)
        one.wait_until(0, seconds=30)
        time.sleep(4)
        assert sleeper.poll() is None
        check(one, people, unknown_at_most=1)
