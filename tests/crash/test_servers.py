"""PostgreSQL crashes and Redis forgets, five times in mid-run: PostgreSQL is the truth, and Redis holds none."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.crash.conftest import Setting
from tests.crash.figures import hold_to_account
from tests.crash.servers import Redis, cluster
from tests.crash.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.long]

TIMES = 5
WORKERS = 2


@pytest.mark.parametrize("how", ["immediate", "fast"])
@pytest.mark.parametrize(("mode", "unknown_each"), [("careful", 1), ("fast", 10)])
def test_postgresql_restarted_in_mid_run_loses_nobody(
    stage: Setting, chance: random.Random, how: str, mode: str, unknown_each: int
) -> None:
    """A restart takes the database from every worker at once: each may be in one hand-over, or one window."""
    people = 600
    with cluster() as server, stage(people, mode=mode, server=server.url) as one:
        workers = [one.worker() for _ in range(WORKERS)]
        for _ in range(TIMES):
            _until_moved(one, chance.randrange(20, 60))
            server.restart(how)
        _until_left(one, seconds=60)
        assert [worker.poll() for worker in workers] == [None] * WORKERS, "workers live through it"
        hold_to_account(
            one,
            f"PostgreSQL stopped ({how}) and started {TIMES} times under {WORKERS} workers, {mode} mode",
            people,
            unknown_at_most=TIMES * WORKERS * unknown_each,
            kills=TIMES,
        )


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on this machine")
def test_redis_emptied_and_killed_in_mid_run_loses_nobody(stage: Setting, chance: random.Random) -> None:
    """Celery with beat drives the tick, as in a Saleor. Ticks get lost, and nothing with them."""
    people = 600
    redis = Redis()
    try:
        with stage(people) as one:
            with _celery(one, redis):
                for number in range(TIMES):
                    _until_moved(one, chance.randrange(20, 60))
                    assert redis.say(b"FLUSHALL").startswith(b"+OK")
                    if number % 2:
                        redis.kill()
                        redis.start()
                one.wait_until(0, seconds=90)
            scenario = f"Redis emptied {TIMES} times and killed twice under Celery"
            hold_to_account(one, scenario, people, unknown_at_most=0, kills=TIMES)
    finally:
        redis.kill()


@contextmanager
def _celery(one: Stage, redis: Redis) -> Iterator[None]:
    """Run a worker with beat, and both parts of it end together."""
    command = [sys.executable, "-m", "celery", "-A", "tests.crash.celery_app", "worker", "--beat", "--pool", "solo"]
    process = subprocess.Popen(
        [*command, "--schedule", str(one.log.parent / "beat"), "--loglevel", "CRITICAL"],
        env={**one.env(), "MAILFLOW_TEST_BROKER": redis.url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _until_moved(one: Stage, count: int) -> None:
    goal, end = len(one.delivered()) + count, time.monotonic() + 40
    while len(one.delivered()) < goal and time.monotonic() < end:
        time.sleep(0.005)


def _until_left(one: Stage, *, seconds: float) -> None:
    """Wait for the end, though the database may just be starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            return one.wait_until(0, seconds=max(1.0, end - time.monotonic()))
        except psycopg.OperationalError:
            assert time.monotonic() < end, "the database did not come back"
            time.sleep(0.2)
