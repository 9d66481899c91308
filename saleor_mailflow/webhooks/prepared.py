"""Run a statement of ours that was prepared once on the connection at hand. Refuses transactions and every trouble.

In the path of every webhook: Django's cursor and the driver's own machinery cost more than the insert they carry. Where
anything is not as in the plainest case (a transaction, a lost connection, a pooler that hands the connection around, an
error of any kind) it says so, and the caller takes the ordinary road, which explains itself.

How it can fail, and who is hurt: the line breaks after the statement was committed, so that the ordinary road runs it
again. Give it only statements that may run twice.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Connection
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

#: How long a process leaves it after the server had forgotten what was just prepared, in seconds.
PAUSE_SECONDS = 60.0
#: SQLSTATE: there is no such prepared statement.
_UNKNOWN = "26000"

_paused_until = 0.0


class Prepared:
    """A statement with ``$1`` … ``$n``. Its name is made from its text, so that one name never means two statements."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()
        self._name = b"mailflow_" + hashlib.sha256(self._text).hexdigest()[:24].encode()

    def run(self, values: Sequence[bytes]) -> int | None:
        """Return how many rows it changed, None where it did not run or may not have. Values are UTF-8."""
        global _paused_until  # the pause belongs to the process
        if time.monotonic() < _paused_until or b"\0" in b"".join(values):
            return None
        # Not connection.cursor(): that asks the server first whether it is there, which this statement finds out.
        # And looked up once: behind ``django.db.connection`` is a search at every use.
        own = connections[DEFAULT_DB_ALIAS]
        raw = own.connection
        if not isinstance(raw, Connection) or own.in_atomic_block or not raw.autocommit:
            return None
        with raw.lock:
            line = raw.pgconn
            if line.status != ConnStatus.OK or line.transaction_status != TransactionStatus.IDLE:
                return None
            result = line.exec_prepared(self._name, values)
            if result.status != ExecStatus.COMMAND_OK and _state(result) == _UNKNOWN:
                line.prepare(self._name, self._text)
                result = line.exec_prepared(self._name, values)
                if _state(result) == _UNKNOWN:
                    _paused_until = time.monotonic() + PAUSE_SECONDS
            lost = line.status != ConnStatus.OK
        if lost:
            # Else the ordinary road would find a dead line, and the shop would have to send it again.
            own.close()
        return result.command_tuples if result.status == ExecStatus.COMMAND_OK else None


def _state(result: PGresult) -> str:
    return (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
