"""Advance everybody whose time has come: claim a batch, learn the facts, decide, write once.

Refuses to send: it plans messages, which the outbox takes to the gate.

How this can fail, and who is hurt: the worker dies after the claim (the lease runs out and another takes over; nothing
was written), a worker is stopped past its lease and wakes up (its fence is old, its writes touch no row), one
enrollment raises (it is parked with its reason, the others go on), the same step is decided twice (unique step run and
message: nobody gets two mails).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from saleor_mailflow import conf, failpoints
from saleor_mailflow.audience.facts import EntityOf, from_microseconds, in_microseconds, one_entity
from saleor_mailflow.flows.claimed import Claimed
from saleor_mailflow.flows.deciding import ZoneOf, decide, no_zone
from saleor_mailflow.flows.writing import write
from saleor_mailflow.shop.gateway import ShopGateway

BATCH = 500
#: How long a worker may hold a batch; far more than it needs.
LEASE = timedelta(seconds=conf.lease_seconds(60))


def run_due(
    shop_id: int,
    *,
    now: datetime,
    gateway: ShopGateway,
    most: int | None = None,
    entity_of: EntityOf = one_entity,
    channel_zone: ZoneOf = no_zone,
) -> int:
    """Advance every enrollment due at ``now``, or about ``most`` of them; return how many were advanced."""
    advanced = 0
    while most is None or advanced < most:
        claimed = _claim(shop_id, now, alone=False) or _claim(shop_id, now, alone=True)
        if not claimed:
            break
        failpoints.reach("runner.claimed")
        outcomes = decide(shop_id, claimed, now=now, gateway=gateway, entity_of=entity_of, channel_zone=channel_zone)
        write(shop_id, outcomes, now, gateway=gateway)
        failpoints.reach("runner.written")
        advanced += len(claimed)
    return advanced


# An enrollment that a dead worker held is claimed alone and after all others (see ``messages.claim``). Materialized,
# or the choice could be made anew for each row (see ``messages.repeat``).
# IS TRUE lets nobody join the flows: of rare ones, as the dead's, everybody who was ever in a flow would be looked at.
_CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT id FROM mailflow_enrollment
    WHERE state = 'active' AND due_at <= %s AND shop_id = %s
      AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND (crashes > 0) = %s
      AND (flow_id IN (SELECT id FROM mailflow_flow WHERE shop_id = %s AND mode <> 'off')) IS TRUE
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE mailflow_enrollment e
SET lease_until = clock_timestamp() + make_interval(secs => %s), fence = e.fence + 1, crashes = e.crashes + 1
FROM due, mailflow_flow f, mailflow_flowversion v
WHERE e.id = due.id AND f.id = e.flow_id AND v.id = e.version_id
RETURNING e.id, f.key, v.id, v.digest, e.contact_id, e.basket_id, e.purchase_id, e.cursor, e.context,
    {in_microseconds("e.entered_at")},
    (SELECT max({in_microseconds("coalesce(m.ended_at, m.intent_at)")}) FROM mailflow_message m
     WHERE m.enrollment_id = e.id AND m.state IN ('sending', 'accepted', 'unknown', 'shadowed')),
    e.crashes, e.fence
"""  # noqa: S608 - put together from our own column names


def _claim(shop_id: int, now: datetime, *, alone: bool) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, shop_id, alone, shop_id, 1 if alone else BATCH, LEASE.total_seconds()])
        return [_claimed(row) for row in cursor.fetchall()]


def _claimed(row: tuple[Any, ...]) -> Claimed:
    cursor, context, entered_at, last_sent_at = row[7:11]
    sent_at = None if last_sent_at is None else from_microseconds(last_sent_at)
    # Django turns psycopg's own JSON reading off, so raw rows carry text.
    read = (json.loads(cursor), json.loads(context), from_microseconds(entered_at), sent_at)
    return Claimed._make((*row[:7], *read, *row[11:]))
