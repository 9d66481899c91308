"""Saleor's own beat sends the tick, with an expiry, and Saleor's own worker does it. Real processes, a real broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import saleor
from django.db import connection
from django_celery_beat.models import PeriodicTask

from saleor_mailflow import host
from saleor_mailflow.apps import BEAT_ENTRY
from saleor_mailflow.models import Heartbeat, Shop

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BROKER = os.environ.get("CELERY_BROKER_URL", "")
#: A database of the broker's that nobody else should have.
OURS = 13
STARTED = 120


@pytest.fixture
def broker():
    """A Redis whose database 13 is ours for the while; the URL for Celery and a client."""
    if not BROKER.startswith("redis://"):
        pytest.skip("No broker: set CELERY_BROKER_URL to a redis:// address to see beat and worker at work.")
    redis = pytest.importorskip("redis")
    url = urlsplit(BROKER)._replace(path=f"/{OURS}").geturl()
    client = redis.Redis.from_url(url)
    client.delete("celery")
    yield url, client
    client.delete("celery")


@contextmanager
def celery(command: list[str], url: str, log: Path) -> Iterator[Callable[[], str]]:
    """Run Saleor's Celery as an operator does, on the test's database; yield what reads its log."""
    given = connection.settings_dict
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))},
        "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**given),
        "CELERY_BROKER_URL": url,
        "SECRET_KEY": "only for this test",
        "DEBUG": "True",
        "PUBLIC_URL": "http://localhost:8000",
    }
    environment.pop("DATABASE_URL_REPLICA", None)
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "saleor.celeryconf:app", *command],
            cwd=Path(saleor.__file__).parents[1],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield log.read_text
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(found: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait for something; say what was seen where it does not come."""
    end = time.monotonic() + STARTED
    while not found():
        assert time.monotonic() < end, what()[-3000:]
        time.sleep(0.2)


def ticks(client) -> list[dict[str, object]]:
    """Return the headers of the ticks that wait at the broker, oldest first."""
    messages = [json.loads(message) for message in reversed(client.lrange("celery", 0, -1))]
    return [m["headers"] for m in messages if m["headers"]["task"] == "saleor_mailflow.tasks.tick"]


@pytest.mark.parametrize(
    "scheduler", ["saleor.schedulers.schedulers.DatabaseScheduler", "celery.beat.PersistentScheduler"]
)
def test_beat_sends_the_tick_every_five_seconds_and_it_expires(scheduler, broker, tmp_path):
    url, client = broker
    command = ["beat", "--scheduler", scheduler, "--pidfile", "", "--loglevel", "info"]
    if "Persistent" in scheduler:
        command += ["--schedule", str(tmp_path / "schedule")]
    with celery(command, url, tmp_path / "log") as said:
        until(lambda: ticks(client), said)
        first = time.monotonic()
        until(lambda: len(ticks(client)) >= 2, said)
        assert 3 < time.monotonic() - first < 8
    for header in ticks(client):
        left = datetime.fromisoformat(header["expires"]) - datetime.now(
            tz=datetime.fromisoformat(header["expires"]).tzinfo
        )
        assert left.total_seconds() <= 10
        assert json.loads(header["argsrepr"].replace("'", '"').replace("()", "[]")) == []
    assert PeriodicTask.objects.filter(name=BEAT_ENTRY).exists() is ("Database" in scheduler)


def test_a_worker_does_the_tick_within_saleors_rules(broker, tmp_path, shop):
    url, _ = broker
    from saleor.celeryconf import app

    with celery(["worker", "--pool", "solo", "--loglevel", "info"], url, tmp_path / "log") as said:
        until(lambda: "ready." in said(), said)
        # As beat would, but once. By name: the task itself would run in this process, since Saleor's tests are eager.
        with app.connection_for_write(url) as link:
            app.send_task("saleor_mailflow.tasks.tick", connection=link)
        until(lambda: "succeeded in" in said() or "Traceback" in said(), said)
        log = said()
    assert "Traceback" not in log
    assert "Unsafe access to the writer" not in log
    assert Heartbeat.objects.filter(name=f"tick:beat:{host.own_shop_id()}").exists()


def heartbeats() -> list[str]:
    return list(Heartbeat.objects.values_list("name", flat=True))


def test_a_tick_that_finds_another_goes_home(shop):
    from saleor_mailflow.dispatch import alone
    from saleor_mailflow.tasks import tick

    with alone() as first:
        assert first
        with alone() as second:
            assert not second
        tick()
        assert heartbeats() == ["alone"]
    tick()
    assert heartbeats() == [f"tick:beat:{shop.pk}"]


def test_a_worker_that_died_keeps_others_out_for_a_minute_only(shop):
    from saleor_mailflow.tasks import tick

    Heartbeat.objects.create(name="alone", at=datetime.now(UTC) - timedelta(seconds=50))
    tick()
    assert heartbeats() == ["alone"]
    Heartbeat.objects.update(at=datetime.now(UTC) - timedelta(seconds=61))
    tick()
    assert heartbeats() == [f"tick:beat:{shop.pk}"]


def test_the_first_tick_makes_the_shop(db):
    from saleor_mailflow.tasks import tick

    tick()
    assert Shop.objects.get().public_url == "https://example.com"


def test_a_tick_does_nothing_when_the_environment_says_so(db, monkeypatch):
    from saleor_mailflow.tasks import tick

    monkeypatch.setenv("MAILFLOW_DISABLED", "true")
    tick()
    assert not Shop.objects.exists()
