"""Measure everything against what a Django team would pick instead, in one run: ``make bench``.

Works in a database of its own, which it makes and drops. Refuses to end well where the median of a figure misses its
goal.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks.ground import Figure

OUT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"
OWN = "mailflow_bench_own"


def main() -> int:
    """Run it; return 0 when every goal was met, 1 when one was missed, having said which."""
    parser = argparse.ArgumentParser(description="Measure mailflow against its peers. Takes under three minutes.")
    parser.add_argument("--full", action="store_true", help="with tables of 1 M and 5 M rows; takes most of an hour")
    parser.add_argument(
        "--only", default="", help="one of claiming, rendering, sending, intake, growth; writes nothing"
    )
    parser.add_argument(
        "--people", type=int, default=0, help="with --only growth: at so many people too, kept for later tables"
    )
    chosen = parser.parse_args()
    began = time.monotonic()
    with database():
        from benchmarks.ground import machine

        figures: list[Figure] = []
        beside: dict[str, Any] = {}
        on = machine()
        for name, measure in _parts(full=chosen.full, beside=beside, people=chosen.people).items():
            if chosen.only not in ("", name):
                continue
            started = time.monotonic()
            found = measure()
            print(f"{name} ({time.monotonic() - started:.0f} s)", flush=True)
            for one in found:
                goal = f"{'≥' if one.better == 'higher' else '≤'} {one.goal:g}"
                print(f"  {'met   ' if one.met else 'MISSED'} {one.name}: {one.value:.2f} ({goal})", flush=True)
            figures += found
        on["load at the end"] = [round(load, 1) for load in os.getloadavg()]
        on["seconds"] = round(time.monotonic() - began)
    for title, values in beside.items():
        print(f"{title}: " + ", ".join(f"{key} {value}" for key, value in values.items()))
    from benchmarks import report

    if chosen.people:
        report.keep(OUT, [one for one in figures if f"{chosen.people:,} people" in one.name], on)
    if not chosen.only:
        figures += report.kept(OUT, {one.name for one in figures})
        report.write(OUT, figures, on, beside)
    missed = [one.name for one in figures if not one.met]
    print(f"{len(figures) - len(missed)} of {len(figures)} goals met in {time.monotonic() - began:.0f} s.")
    for name in missed:
        print(f"Missed: {name}")
    return 1 if missed else 0


def _parts(*, full: bool, beside: dict[str, Any], people: int = 0) -> dict[str, Callable[[], list[Figure]]]:
    from benchmarks import claiming, growth, intake, rendering, sending

    def send() -> list[Figure]:
        found, more = sending.figures(mails=400 if full else 150, rounds=9)
        beside.update(more)
        return found

    sizes = (10_000, 100_000, 1_000_000, 5_000_000) if full else (10_000, people or 100_000)
    return {
        "rendering": lambda: rendering.figures(rounds=12, times=100),
        "intake": lambda: intake.figures(events=400 if full else 150, rounds=5 if full else 3),
        "claiming": lambda: claiming.figures(people=200_000 if full else 15_000, rounds=3),
        "sending": send,
        "growth": lambda: growth.figures(sizes=sizes, rounds=5 if full else 3, waiting=100_000),
    }


@contextmanager
def database(own: str = OWN) -> Iterator[None]:
    """Set up Django with an empty database: on the server that MAILFLOW_DATABASE_URL names, else on a private one."""
    with _server(own):
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield


@contextmanager
def _server(own: str) -> Iterator[None]:
    import psycopg

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_mailflow.service.settings")
    given = os.environ.get("MAILFLOW_DATABASE_URL", "")
    if not given:
        from saleor_mailflow.service.postgres import start

        server = start(durable=True, memory_mb=_memory_mb())
        os.environ["MAILFLOW_DATABASE_URL"] = server.url
        try:
            yield
        finally:
            _close()
            server.stop()
        return
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {own}")
        connection.execute(f"CREATE DATABASE {own}")
        os.environ["MAILFLOW_DATABASE_URL"] = urlunsplit(urlsplit(given)._replace(path=f"/{own}"))
        try:
            yield
        finally:
            _close()
            for name in (own, f"{OWN}_peers"):
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _memory_mb() -> int:
    """Return a quarter of the machine's memory, which PostgreSQL's manual advises to begin with; 2 GB at most."""
    return min(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (4 * 1024 * 1024), 2048)


def _close() -> None:
    from django.db import connections

    connections.close_all()


if __name__ == "__main__":
    sys.exit(main())
