"""A stage for disasters: a database of its own, people whose mail is due, real workers, a sink that tells the truth.

Refuses to believe the database about what was sent: the sink writes its line before it says 250.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from saleor_mailflow.testing.smtp_sink import read_log
from tests.crash.nursery import LEASE_SECONDS, Forked, Worker, end, spawned


@dataclass(kw_only=True)
class Stage:
    """One disaster: where it plays, and who plays in it."""

    url: str
    log: Path
    port: int
    #: The log of the mail server that is well again, where there are two in a story.
    later_log: Path | None = None
    workers: list[Worker] = field(default_factory=list)
    kills: int = 0

    def worker(
        self, failpoint: str = "", *, lease_seconds: float = LEASE_SECONDS, package: Path | None = None
    ) -> Worker:
        """Start a worker process, armed with a failpoint or not, of another version's ``package`` or this one."""
        argv, env = ["run", "--every", "0.1"], self.env(failpoint, lease_seconds=lease_seconds)
        usual = lease_seconds == LEASE_SECONDS and package is None
        process: Worker = Forked(argv, env) if usual else spawned(argv, env, package)
        self.workers.append(process)
        return process

    def env(self, failpoint: str = "", *, lease_seconds: float = LEASE_SECONDS) -> dict[str, str]:
        """Return the environment of a process that plays in this disaster."""
        return {
            **os.environ,
            "MAILFLOW_DATABASE_URL": self.url,
            "MAILFLOW_LEASE_SECONDS": str(lease_seconds),
            "MAILFLOW_FAILPOINT": failpoint,
            "MAILFLOW_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "saleor_mailflow.service.settings",
        }

    def run(self, code: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
        """Run a piece of Python as a process of its own, Django set up, and return what it came to."""
        command = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        env = self.env(failpoint)
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)

    def commands(self, *lines: str) -> list[tuple[int, str]]:
        """Run lines of the command line in one process; return (exit code, what it said) of each."""
        out = self.log.with_suffix(".said")
        Forked([" ; ".join(lines)], self.env(), out).wait(60)
        said = re.split(r"\nexit (\d)\n", out.read_text(encoding="utf-8"))
        assert len(said) == 2 * len(lines) + 1, said[-1]
        return [(int(code), text) for text, code in zip(said[::2], said[1::2], strict=False)]

    def await_death(self, process: Worker, what: str, *, seconds: float = 60) -> None:
        """Wait until a doomed worker has died of its failpoint. Raises AssertionError where it lives on."""
        try:
            assert process.wait(timeout=seconds) == -signal.SIGKILL, f"it died of something else than {what}"
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{what} was never reached in {seconds:g} s: {self.states()}") from None
        self.workers.remove(process)
        self.kills += 1

    def send_home(self, people: int) -> None:
        """Leave only the first ``people`` of the crowd."""
        with psycopg.connect(self.url) as connection:
            for table in ("basket", "contact"):
                connection.execute(
                    f"DELETE FROM mailflow_{table} WHERE id NOT IN "
                    f"(SELECT id FROM mailflow_{table} ORDER BY id LIMIT %s)",
                    [people],
                )

    def time_goes_by(self, *, tries: int = 9) -> None:
        """Let pauses be over, since nobody waits six hours for a test, of what was tried less than ``tries`` times."""
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "UPDATE mailflow_message SET due_at = now() "
                "WHERE state = 'planned' AND due_at > now() AND attempts < %s",
                [tries],
            )

    def set(self, **settings: object) -> None:
        """Change the shop's settings: ``port`` of the sink, ``sending_mode``."""
        port = settings.pop("port", None)
        with psycopg.connect(self.url) as connection:
            connection.execute("UPDATE mailflow_shop SET settings = settings || %s", [Jsonb(settings)])
            if port is not None:
                connection.execute(
                    "UPDATE mailflow_shop SET settings = jsonb_set(settings, '{provider_options,port}', %s)",
                    [Jsonb(str(port))],
                )

    def kill(self, process: Worker) -> None:
        """End a worker as a power cut would."""
        if process.poll() is None:
            self.kills += 1
            end(process)
        self.workers.remove(process)

    def close(self) -> None:
        """End every worker that is left."""
        for process in self.workers:
            end(process)
        self.workers.clear()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the database says."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]  # our own text

    def states(self) -> Counter[str]:
        """Return {state: messages}."""
        return Counter(dict(self.ask("SELECT state, count(*) FROM mailflow_message GROUP BY 1")))

    def left(self) -> int:
        """Return how many people still have to be written to."""
        rows = self.ask(
            "SELECT (SELECT count(*) FROM mailflow_basket WHERE state = 'open' AND considered_activity < activity) + "
            "(SELECT count(*) FROM mailflow_enrollment WHERE state = 'active' AND due_at <= now()) + "
            "(SELECT count(*) FROM mailflow_message WHERE due_at <= now() "
            "AND state IN ('planned', 'claimed', 'sending'))"
        )
        return int(rows[0][0])

    def wait_until(self, at_most_left: int, *, seconds: float) -> None:
        """Wait until no more than so many people are left; raise AssertionError when that takes too long."""
        end = time.monotonic() + seconds
        while self.left() > at_most_left:
            assert time.monotonic() < end, f"{self.left()} people still wait after {seconds:g} s: {self.states()}"
            time.sleep(0.1)

    def delivered(self) -> Counter[str]:
        """Return {message uuid: times it was taken}, as the logs of the sinks say."""
        logs = [self.log, self.later_log] if self.later_log else [self.log]
        return Counter(taken.uuid for log in logs for taken in read_log(log))


def populate(url: str, people: int) -> None:
    """Fill a fresh database in a process of its own: a shop, the flow, and people who left a cart an hour ago."""
    code = f"""
import django; django.setup()
from datetime import timedelta
from django.utils.timezone import now
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.models import Basket, Contact, LinkKey, Shop
from saleor_mailflow.testing.memory_shop import line
from saleor_mailflow.testing.world import SETTINGS
at = now() - timedelta(minutes=61)
settings = {{**SETTINGS, "provider": "smtp", "provider_options": {{
    "host": "127.0.0.1", "port": "25", "sink": "yes", "use_tls": "no", "timeout": "2"}}}}
address = "https://crash.example/graphql/"
shop = Shop.objects.create(domain="crash.example", api_url=address, road="app", settings=settings)
LinkKey.objects.create(shop=shop)
set_mode(shop, "abandoned_checkout", "live", at=at - timedelta(hours=1))
lines = [line(f"Item {{n}}").to_json() for n in range(3)]
contacts = Contact.objects.bulk_create(
    [Contact(shop=shop, email=f"p{{n}}@example.com", country="US", first_seen_at=at, updated_at=at)
     for n in range({people})])
Basket.objects.bulk_create(
    [Basket(shop=shop, token=f"00000000-0000-4000-8000-{{n:012d}}", contact=c, channel="web", currency="USD",
            email=c.email, country="US", language="en", lines=lines, line_count=3, total=192, signature=f"s{{n}}",
            active_at=at, created_at=at, last_change=at, learned_at=at) for n, c in enumerate(contacts)])
"""
    env = {**os.environ, "MAILFLOW_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "saleor_mailflow.service.settings"}
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=env, check=True)
    subprocess.run([sys.executable, "-c", code], env=env, check=True)


@contextmanager
def database(server_url: str, name: str, *, template: str = "") -> Iterator[str]:
    """Make a database of its own on a server, empty or a copy, and take it away afterwards. Yield its address."""
    identifier = sql.Identifier(name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        copy = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        connection.execute(sql.SQL("CREATE DATABASE {}{}").format(identifier, copy))
    head, _, tail = server_url.rpartition("/")
    _, question, options = tail.partition("?")
    try:
        yield f"{head}/{name}{question}{options}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
