"""Stages for disasters, and what becomes of their figures."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest

from saleor_mailflow.testing.smtp_sink import sink_process
from tests.crash import figures
from tests.crash.stage import Stage, database, populate

#: `make crash` sets it: every scenario. Else what `make test` has time for.
FULL = bool(os.environ.get("MAILFLOW_CRASH_KILLS"))
KILLS = int(os.environ.get("MAILFLOW_CRASH_KILLS") or "20")
SEED = int(os.environ.get("MAILFLOW_CRASH_SEED") or "0") or random.SystemRandom().randrange(10**6)

#: How many people a random kill needs to have work to interrupt.
PEOPLE_PER_KILL = 60

Setting = Callable[..., AbstractContextManager[Stage]]
_BEGAN = time.monotonic()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long scenarios to `make crash`."""
    for item in items:
        if item.get_closest_marker("long") and not FULL:
            item.add_marker(pytest.mark.skip(reason="it takes long: make crash"))


@pytest.fixture
def kills() -> int:
    """How many random kills there are to be, in all."""
    return KILLS


@pytest.fixture
def chance() -> random.Random:
    """What is random in a disaster; the seed is printed, and given by MAILFLOW_CRASH_SEED."""
    print(f"MAILFLOW_CRASH_SEED={SEED}")
    return random.Random(SEED)


@pytest.fixture(scope="session")
def crowd(database_url: str) -> Iterator[str]:
    """The name of a database full of people, made once, copied for each story and taken away at the end."""
    name = f"mailflow_crash_{os.getpid()}_crowd"
    with database(database_url, name) as url:
        populate(url, max(600, round(PEOPLE_PER_KILL * KILLS)))
        yield name


@pytest.fixture
def stage(database_url: str, crowd: str, tmp_path: Path) -> Setting:
    """Set a stage: ``with stage(people) as one``, with a sink of a mode and the careful or the fast way of sending."""

    @contextmanager
    def setting(people: int, *, sink: str = "ok", mode: str = "careful", server: str = "") -> Iterator[Stage]:
        at, log = server or database_url, tmp_path / f"sink-{time.monotonic_ns()}.jsonl"
        name = f"mailflow_crash_{os.getpid()}_{time.monotonic_ns()}"
        template = "" if server else crowd
        with database(at, name, template=template) as url, sink_process(sink, log=log) as port:
            if server:
                populate(url, people)
            one = Stage(url=url, log=log, port=port)
            one.send_home(people)
            one.set(port=port, sending_mode=mode)
            try:
                yield one
            finally:
                one.close()

    return setting


@pytest.fixture(scope="session", autouse=True)
def _written_down(database_url: str) -> Iterator[None]:
    yield
    # A shorter run is for oneself: what is kept is the whole.
    if FULL and KILLS >= 200:
        with psycopg.connect(database_url) as connection:
            version = str(connection.info.parameter_status("server_version")).split(" ")[0]
        figures.write(figures.PROOF, postgres=version, seed=SEED, seconds=time.monotonic() - _BEGAN)
