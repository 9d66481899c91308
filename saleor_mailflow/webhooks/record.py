"""Record events: one row for one fact, whichever road reported it. Refuses to decide anything about it.

How recording can fail, and who is hurt: it can wait for a lock (the shopper waits: ``record_from_hook`` caps that at
tens of milliseconds), our table can be missing, locked or read-only (nothing is recorded: the sweep re-derives it; and
since one request may run seven hooks, the first failure keeps this process from trying again for a few seconds),
and the same fact can arrive twice (the unique key keeps one row).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from saleor_mailflow import failpoints, host
from saleor_mailflow.models import Event
from saleor_mailflow.webhooks.prepared import Prepared

logger = logging.getLogger("saleor_mailflow.record")

#: The most a hook may wait for a lock, and for its statement altogether, in milliseconds.
LOCK_WAIT_MS = 25
STATEMENT_MS = 40
#: How long a process records nothing from hooks after a failure, in seconds. The sweep is there for these.
PAUSE_SECONDS = 5.0

#: When (by ``time.monotonic``) hooks may try again. A guard for shoppers' time, never a truth about anything.
_paused_until = 0.0

_encoder = msgspec.json.Encoder()

_INSERT = """
INSERT INTO mailflow_event (shop_id, kind, dedupe_key, subject, source, occurred_at, payload)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (shop_id, dedupe_key) DO NOTHING
"""
# The same, if the shop is still as it was when its key was remembered: one statement, so nothing can come between.
_INSERT_IF = Prepared("""
INSERT INTO mailflow_event (shop_id, kind, dedupe_key, subject, source, occurred_at, payload)
SELECT id, $3, $4, $5, $6, $7, nullif($8::text, '')::jsonb FROM mailflow_shop WHERE id = $1 AND xmin = $2 AND installed
ON CONFLICT (shop_id, dedupe_key) DO NOTHING
""")
# A checkout hook fires on every cart change: one row per checkout, whose generation counts up.
_BUMP = """
INSERT INTO mailflow_event (shop_id, kind, dedupe_key, subject, source, occurred_at, payload)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (shop_id, dedupe_key) DO UPDATE SET
    generation = mailflow_event.generation + 1, kind = excluded.kind, source = excluded.source,
    occurred_at = greatest(mailflow_event.occurred_at, excluded.occurred_at), recorded_at = statement_timestamp(),
    attempts = 0, not_before = NULL, parked = ''
"""


def record(
    *,
    shop_id: int,
    kind: str,
    dedupe_key: str,
    subject: str,
    source: Event.Source,
    occurred_at: datetime,
    payload: object = None,
) -> bool:
    """Record a fact once; return False when it was recorded before. ``occurred_at`` is aware. Raises DatabaseError."""
    with connection.cursor() as cursor:
        fresh = _write(cursor, _INSERT, shop_id, kind, dedupe_key, subject, source, occurred_at, payload)
    failpoints.reach("webhook.recorded")
    return fresh


def record_if(
    row: str,
    *,
    shop_id: int,
    kind: str,
    dedupe_key: str,
    subject: str,
    source: Event.Source,
    occurred_at: datetime,
    payload: object = None,
) -> bool:
    """Record a fact that is new, if the shop is installed and ``row`` is still the version of its row; tell whether.

    False says nothing but that the ordinary road must be taken: ``verify`` anew, then ``record``. Never raises for the
    database's sake.
    """
    texts = (str(shop_id), row, kind, dedupe_key, subject, str(source), occurred_at.isoformat())
    values = [text.encode() for text in texts]
    if not _INSERT_IF.run([*values, b"" if payload is None else _encoder.encode(payload)]):
        return False
    failpoints.reach("webhook.recorded")
    return True


def record_checkout_change(*, shop_id: int, kind: str, token: str, source: Event.Source, occurred_at: datetime) -> None:
    """Record that a checkout changed, on the one pending row it has. Raises DatabaseError."""
    with connection.cursor() as cursor:
        _write(cursor, _BUMP, shop_id, kind, f"checkout:{token}", token, source, occurred_at, None)


def record_from_hook(
    *, shop_id: Callable[[], int | None], kind: str, dedupe_key: str, subject: str, occurred_at: datetime, bump: bool
) -> None:
    """Record from inside a shopper's request: after its commit, within ``STATEMENT_MS``, and never raising.

    ``shop_id`` is asked at the last moment and may answer None (not installed yet: the sweep will find the change).
    ``bump`` shares one row per subject and counts it up (checkouts); otherwise the fact is recorded once.
    """

    def write() -> None:
        global _paused_until  # the pause belongs to the process, like its logger
        if time.monotonic() < _paused_until:
            return
        try:
            with host.writer():
                found = shop_id()
                if found is not None:
                    arguments = (found, kind, dedupe_key, subject, Event.Source.HOOK, occurred_at, None)
                    _write_briefly(_BUMP if bump else _INSERT, arguments)
        except Exception as error:  # noqa: BLE001 - a shopper's request must not fail because of us
            _paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("Not recorded: %s for %s (%s). The sweep will find it.", kind, subject, type(error).__name__)

    transaction.on_commit(write)


def _write_briefly(statement: str, arguments: tuple[object, ...]) -> None:
    if connection.in_atomic_block:
        # Somebody else's transaction (a test's, or a host that calls hooks inside one): do not touch its settings.
        with transaction.atomic(), connection.cursor() as cursor:
            _write(cursor, statement, *arguments)
        return
    # One round trip: several statements in one simple query are one implicit transaction, so SET LOCAL ends with it,
    # and an error leaves the connection clean. The sweep re-derives what a crash loses, so the commit need not wait.
    guard = (
        f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}; SET LOCAL statement_timeout = {STATEMENT_MS}; "
        "SET LOCAL synchronous_commit = off; "
    )
    with connection.cursor() as cursor:
        _write(cursor, guard + statement, *arguments)


def _write(cursor: CursorWrapper, statement: str, *arguments: Any) -> bool:
    shop_id, kind, key, subject, source, occurred_at, payload = arguments
    values: list[Any] = [shop_id, kind, key, subject, str(source), occurred_at]
    values.append(None if payload is None else Jsonb(payload))
    cursor.execute(statement, values)
    return bool(cursor.rowcount)
