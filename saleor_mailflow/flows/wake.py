"""Let the runner look at somebody now instead of when their timer rings. Refuses to decide anything about them.

A worker that is deciding about them this moment began with older facts: its fence is moved on, so that what it writes
touches no row, and the enrollment is decided again. Rows are locked in id order, as everywhere, so that two who wake
and one who writes never wait for each other in a circle. The turn that is taken away was no worker's death, and is not
counted as one: who is woken often would be set aside.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

_WAKE = """
UPDATE mailflow_enrollment e
SET due_at = least(e.due_at, %s), lease_until = NULL, fence = e.fence + 1,
    crashes = e.crashes - coalesce((e.lease_until > clock_timestamp())::int, 0)
FROM (
    SELECT id FROM mailflow_enrollment
    WHERE state = 'active' AND (id = ANY(%s) OR contact_id = ANY(%s))
    ORDER BY id FOR NO KEY UPDATE
) woken
WHERE e.id = woken.id
"""


def wake(now: datetime, *, enrollment_ids: Collection[int] = (), contact_ids: Collection[int] = ()) -> int:
    """Make these enrollments, and those of these contacts, due at ``now``; return how many are inside a flow."""
    if not enrollment_ids and not contact_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_WAKE, [now, list(enrollment_ids), list(contact_ids)])
        return int(cursor.rowcount)
