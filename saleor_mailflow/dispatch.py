"""One tick at a time in a whole database, whoever asks for it. Refuses to wait: a tick that finds another goes home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

#: Any number that nothing else in the database locks on: "mf tick" as bytes.
_TICK_LOCK = 0x6D66207469636B


@contextmanager
def alone() -> Iterator[bool]:
    """Yield True to the only one in here, False to anybody else, who should leave at once.

    The lock belongs to the database session, so it ends with a worker that dies. It keeps ticks from treading on one
    another; that nobody is mailed twice is promised by constraints, not by this.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_TICK_LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_TICK_LOCK])
