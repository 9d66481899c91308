"""Advance everybody whose time has come: claim a batch, learn the facts, decide, write once.

Refuses to send: it plans messages, which the outbox takes to the gate.

How this can fail, and who is hurt: the worker dies after the claim (the lease runs out and another takes over; nothing
was written), a worker is stopped past its lease and wakes up (its fence is old, its writes touch no row), one
enrollment raises (it is parked with its reason, the others go on), the same step is decided twice (unique step run and
message: nobody gets two mails).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from saleor_mailflow import conf, failpoints
from saleor_mailflow.audience.facts import BasketSight, see_baskets
from saleor_mailflow.exceptions import blame
from saleor_mailflow.flows.engine import run
from saleor_mailflow.flows.goals import leave_reason
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps import Cursor, Go, Leave, Moment, Plan, Sleep
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Message, StepRun
from saleor_mailflow.shop.gateway import ShopGateway

logger = logging.getLogger("saleor_mailflow.runner")

BATCH = 500
#: How long a worker may hold a batch; far more than it needs.
LEASE = timedelta(seconds=conf.lease_seconds(60))
#: Workers that may die on one enrollment before it is set aside.
CRASHES = 3


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An enrollment as it was claimed."""

    id: int
    flow_key: str
    version_id: int
    digest: str
    contact_id: int
    basket_id: int | None
    cursor: dict[str, Any]
    context: dict[str, Any]
    entered_at: datetime
    last_sent_at: datetime | None
    crashes: int
    fence: int


@dataclass(kw_only=True)
class Outcome:
    """What one enrollment's turn came to."""

    claimed: Claimed
    cursor: Cursor
    due_at: datetime | None = None
    leave: str = ""
    leave_detail: dict[str, Any] = field(default_factory=dict)
    steps: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)


def run_due(shop_id: int, *, now: datetime, gateway: ShopGateway, most: int | None = None) -> int:
    """Advance every enrollment due at ``now``, or about ``most`` of them; return how many were advanced."""
    advanced = 0
    while most is None or advanced < most:
        claimed = _claim(shop_id, now, alone=False) or _claim(shop_id, now, alone=True)
        if not claimed:
            break
        failpoints.reach("runner.claimed")
        outcomes = _decide(shop_id, claimed, now=now, gateway=gateway)
        _write(shop_id, outcomes, now)
        failpoints.reach("runner.written")
        advanced += len(claimed)
    return advanced


# An enrollment that a dead worker held is claimed alone and after all others (see ``messages.claim``).
_CLAIM = """
UPDATE mailflow_enrollment e
SET lease_until = clock_timestamp() + make_interval(secs => %s), fence = e.fence + 1, crashes = e.crashes + 1
FROM (
    SELECT id FROM mailflow_enrollment
    WHERE state = 'active' AND due_at <= %s AND shop_id = %s
      AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND (crashes > 0) = %s
      AND flow_id IN (SELECT id FROM mailflow_flow WHERE shop_id = %s AND mode <> 'off')
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
) due, mailflow_flow f, mailflow_flowversion v
WHERE e.id = due.id AND f.id = e.flow_id AND v.id = e.version_id
RETURNING e.id, f.key, v.id, v.digest, e.contact_id, e.basket_id, e.cursor, e.context, e.entered_at,
    (SELECT max(coalesce(m.ended_at, m.intent_at)) FROM mailflow_message m
     WHERE m.enrollment_id = e.id AND m.state IN ('sending', 'accepted', 'unknown', 'shadowed')),
    e.crashes, e.fence
"""


def _claim(shop_id: int, now: datetime, *, alone: bool) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE.total_seconds(), now, shop_id, alone, shop_id, 1 if alone else BATCH])
        names = (
            "id", "flow_key", "version_id", "digest", "contact_id", "basket_id", "cursor", "context", "entered_at",
            "last_sent_at", "crashes", "fence",
        )  # fmt: skip
        return [Claimed(**dict(zip(names, row, strict=True))) for row in map(_read_json, cursor.fetchall())]


def _read_json(row: tuple[Any, ...]) -> tuple[Any, ...]:
    import json

    # Django turns psycopg's own JSON reading off, so raw rows carry text.
    return (*row[:6], json.loads(row[6]), json.loads(row[7]), *row[8:])


def _decide(shop_id: int, claimed: Sequence[Claimed], *, now: datetime, gateway: ShopGateway) -> list[Outcome]:
    since = {c.basket_id: datetime.fromisoformat(c.context["active_at"]) for c in claimed if c.basket_id is not None}
    sights = see_baskets(shop_id, gateway, since, lines=False)
    outcomes = []
    for one in claimed:
        try:
            if one.crashes > CRASHES:
                outcomes.append(_parked(one, {"crashes": CRASHES}))
            else:
                outcomes.append(_advance(one, sights.get(one.basket_id or 0), now))
        except Exception as error:  # noqa: BLE001 - one that cannot be advanced must not hold up the others
            logger.error("Enrollment %s could not be advanced and is set aside: %s.", one.id, blame(error))
            outcomes.append(_parked(one, {"crashes": one.crashes, "error": blame(error)}))
    return outcomes


def _parked(one: Claimed, detail: dict[str, Any]) -> Outcome:
    outcome = Outcome(claimed=one, cursor=Cursor.from_json(one.cursor))
    outcome.leave, outcome.leave_detail = Reason.PARKED, detail
    return outcome


def _advance(one: Claimed, sight: BasketSight | None, now: datetime) -> Outcome:
    flow = definition_of(one.version_id, one.digest)
    leave, detail = (
        leave_reason(sight.facts, entered_activity=one.context["activity"]) if sight is not None else (Reason.GONE, {})
    )
    moment = Moment(
        now=now,
        entered_at=one.entered_at,
        active_at=datetime.fromisoformat(one.context["active_at"]),
        last_sent_at=one.last_sent_at,
        leave=leave,
        leave_detail=detail,
    )
    outcome = Outcome(claimed=one, cursor=Cursor.from_json(one.cursor))
    for decision, cursor in run(flow, outcome.cursor, moment):
        outcome.cursor = cursor
        match decision:
            case Sleep(until=until):
                outcome.due_at = until
            case Go(step=step, outcome=result):
                outcome.steps.append((step, result, {}))
            case Plan():
                outcome.plans.append(decision)
                outcome.steps.append((decision.step, "planned", {"template": decision.template}))
            case Leave():
                outcome.leave, outcome.leave_detail = decision.reason, dict(decision.detail)
    return outcome


_WRITE = """
UPDATE mailflow_enrollment e
SET state = done.state, cursor = done.cursor, due_at = done.due_at, exit_reason = done.reason,
    context = CASE WHEN done.detail = '{}' THEN e.context ELSE e.context || jsonb_build_object('exit', done.detail) END,
    ended_at = CASE WHEN done.state = 'ended' THEN %s END, lease_until = NULL, crashes = 0
FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::jsonb[], %s::timestamptz[], %s::text[], %s::jsonb[])
    AS done (id, fence, state, cursor, due_at, reason, detail)
WHERE e.id = done.id AND e.fence = done.fence AND e.state = 'active'
RETURNING e.id
"""


def _write(shop_id: int, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write a batch in one transaction. Where the fence has moved on it is another worker's, and left alone."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _WRITE,
                [
                    now,
                    [o.claimed.id for o in outcomes],
                    [o.claimed.fence for o in outcomes],
                    ["ended" if o.leave else "active" for o in outcomes],
                    [Jsonb(o.cursor.to_json()) for o in outcomes],
                    [None if o.leave else o.due_at for o in outcomes],
                    [str(o.leave) for o in outcomes],
                    [Jsonb(o.leave_detail) for o in outcomes],
                ],
            )
            ours = {enrollment_id for (enrollment_id,) in cursor.fetchall()}
        kept = [o for o in outcomes if o.claimed.id in ours]
        StepRun.objects.bulk_create(
            [
                StepRun(enrollment_id=o.claimed.id, step=step, outcome=result, detail=detail, at=now)
                for o in kept
                for step, result, detail in o.steps
            ],
            ignore_conflicts=True,
        )
        Message.objects.bulk_create(
            [_message(shop_id, o.claimed, plan, now) for o in kept for plan in o.plans], ignore_conflicts=True
        )


def _message(shop_id: int, claimed: Claimed, plan: Plan, now: datetime) -> Message:
    flow = definition_of(claimed.version_id, claimed.digest)
    return Message(
        shop_id=shop_id,
        enrollment_id=claimed.id,
        contact_id=claimed.contact_id,
        flow_key=claimed.flow_key,
        step=plan.step,
        template=plan.template,
        purpose=str(flow.purpose),
        planned_at=now,
        due_at=now,
        expires_at=plan.expires_at,
    )
