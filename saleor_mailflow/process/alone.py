"""One writer of a shop's read model at a time. Refuses to hold longer than a transaction, whatever happens to it."""

from __future__ import annotations

from django.db import connection


def only_one(shop_id: int, *, wait: bool = False) -> bool:
    """Tell whether this transaction is the only one now that writes a shop's read model; ``wait`` until it is."""
    with connection.cursor() as cursor:
        # Held until the transaction ends, whatever happens to the worker. 0x6D66 is "mf".
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x6D66, shop_id])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [0x6D66, shop_id])
        return bool(cursor.fetchone()[0])
