"""What the server believes of the sizes of tables. Refuses to last: it goes with the test's transaction."""

from __future__ import annotations

from django.db import connection


def as_if_nearly_empty(table: str) -> None:
    """Let the server join a table from its other side, as it does by statistics gathered at the wrong moment."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 1, relpages = 100 WHERE relname = %s", [table])
