"""How often something may be tried in a window of time, counted in the database so that every worker counts alike.

Refuses to keep what it counts by: keys are keyed hashes, of addresses and network addresses alike.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from django.db import connection

from saleor_mailflow.audience.suppression import suppression_key

_COUNT = """
INSERT INTO mailflow_throttle AS t (key, window_start, count) VALUES (%s, %s, 1)
ON CONFLICT (key, window_start) DO UPDATE SET count = t.count + 1 RETURNING count
"""


def throttle_key(shop_id: int, what: str, who: str) -> str:
    """Return what a try is counted by: a keyed hash of what was tried and who tried it."""
    return hmac.new(suppression_key(shop_id), f"throttle {what} {who}".encode(), hashlib.sha256).hexdigest()


def allowed(key: str, *, most: int, window: timedelta, now: datetime) -> bool:
    """Count one try and tell whether it is among the first ``most`` of its window. One statement.

    Windows are fixed slices of time, so at their edge up to twice as many pass: this protects, it does not meter.
    """
    seconds = int(window.total_seconds())
    start = int(now.timestamp()) // seconds * seconds
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key, datetime.fromtimestamp(start, now.tzinfo)])
        row = cursor.fetchone()
    return row is not None and row[0] <= most
