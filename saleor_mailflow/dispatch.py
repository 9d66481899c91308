"""One tick at a time in a whole database, whoever asks for it. Refuses to wait: a tick that finds another goes home.

A row with a time limit and no advisory lock of the session's: behind a pooler that hands out connections by transaction
(pgbouncer) such a lock stays on somebody else's connection, and no tick would ever run again. That nobody is mailed
twice is promised by constraints, not by this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

#: The row among the heartbeats, and for how long it keeps others out when its holder died, in seconds.
_ROW, _LIMIT = "alone", 60

_TAKE = """
INSERT INTO mailflow_heartbeat (name, at, detail) VALUES (%s, clock_timestamp(), '{}')
ON CONFLICT (name) DO UPDATE SET at = excluded.at
WHERE mailflow_heartbeat.at < clock_timestamp() - make_interval(secs => %s)
RETURNING at
"""
_GIVE_BACK = "DELETE FROM mailflow_heartbeat WHERE name = %s AND at = %s"


@contextmanager
def alone() -> Iterator[bool]:
    """Yield True to the only one in here, False to anybody else, who should leave at once.

    Who stays longer than a minute may get company.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [_ROW, _LIMIT])
        taken = cursor.fetchone()
    try:
        yield taken is not None
    finally:
        if taken is not None:
            with connection.cursor() as cursor:
                cursor.execute(_GIVE_BACK, [_ROW, taken[0]])
