"""Tables as good as new inside a test's transaction. Refuses to outlive it: a roll-back brings the old ones back."""

from __future__ import annotations

from django.db import connection


def empty_the_tables() -> None:
    """Empty every table of ours and give it a new file, having asked the foreign keys that wait for the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE mailflow_shop CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
