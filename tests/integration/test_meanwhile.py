"""What is done while somebody is waited for: it costs no time of its own, and never gets into anybody's way."""

from __future__ import annotations

import time

import pytest
from django.db import DatabaseError, transaction

from saleor_mailflow.models import Shop
from saleor_mailflow.statements import run

pytestmark = pytest.mark.django_db


def test_it_goes_on_until_the_answer_is_here() -> None:
    times: list[float] = []

    def work() -> bool:
        times.append(time.monotonic())
        time.sleep(0.005)
        return True

    assert run("SELECT 1 FROM pg_sleep(%s::float8)", [0.1], meanwhile=work).rows == [(1,)]
    # The statement is prepared first, which is a wait of its own.
    assert len(times) > 3
    assert times[-1] - times[0] < 0.2
    count = len(times)
    assert run("SELECT 2 FROM pg_sleep(0.02)").rows == [(2,)]
    assert len(times) == count, "the next statement has nothing to do with it"


def test_it_stops_when_there_is_nothing_more_to_do() -> None:
    asked: list[int] = []

    def work() -> bool:
        asked.append(1)
        return len(asked) < 2

    run("SELECT 3 FROM pg_sleep(%s::float8)", [0.05], meanwhile=work)
    assert len(asked) == 2


def test_who_asks_the_database_meanwhile_is_told_so_and_nothing_hangs() -> None:
    refused: list[str] = []

    def ask() -> bool:
        for question in (lambda: run("SELECT 1"), lambda: Shop.objects.count()):
            with pytest.raises(RuntimeError, match="must not ask it") as told:
                question()
            refused.append(str(told.value))
        return False

    assert run("SELECT 4 FROM pg_sleep(%s::float8)", [0.05], meanwhile=ask).rows == [(4,)]
    assert len(refused) >= 2
    assert Shop.objects.count() == 0


def test_a_statement_that_fails_leaves_nothing_behind() -> None:
    done: list[int] = []

    def work() -> bool:
        done.append(1)
        return False

    with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic():
        run("SELECT 1 / %s::int FROM pg_sleep(0.02)", [0], meanwhile=work)
    count = len(done)
    assert run("SELECT 5 FROM pg_sleep(0.02)").rows == [(5,)]
    assert len(done) == count


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_what_it_raises_is_raised_when_the_answer_is_here_and_the_connection_can_be_asked_on(
    error: type[BaseException],
) -> None:
    def work() -> bool:
        raise error

    with pytest.raises(error):
        run(
            "INSERT INTO mailflow_heartbeat (name, at, detail) SELECT %s::text, now(), '{}' FROM pg_sleep(0.05)",
            ["x"],
            meanwhile=work,
        )
    assert run("SELECT name FROM mailflow_heartbeat").rows == [("x",)]
