"""Write what came of a batch of enrollments, in one transaction: timers, steps, planned mails, what actions did.

Refuses to write for an enrollment whose fence has moved on: it is another worker's by now, or somebody woke it.

How this can fail, and who is hurt: the worker dies (nothing was written; the lease runs out and another decides), two
write for one person (unique step runs and messages: nobody gets two mails).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from saleor_mailflow.flows.claimed import Claimed, Outcome
from saleor_mailflow.flows.effects import Done, act
from saleor_mailflow.flows.steps import Plan
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Message, StepRun
from saleor_mailflow.shop.gateway import ShopGateway

# Contacts first, then enrollments in id order, as those do who wake people (see ``flows.wake``) or erase them (see
# ``process.erasure``): nobody waits in a circle. A planned message refers to its contact; a score is written to it.
_REFER = "SELECT id FROM mailflow_contact WHERE id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE"
_OWN = "SELECT id FROM mailflow_contact WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
_LOCK = "SELECT id FROM mailflow_enrollment WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
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
_WAIT = """
UPDATE mailflow_enrollment e SET due_at = done.due_at, lease_until = NULL, crashes = 0
FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[]) AS done (id, fence, due_at)
WHERE e.id = done.id AND e.fence = done.fence AND e.state = 'active'
"""


def write(shop_id: int, outcomes: Sequence[Outcome], now: datetime, *, gateway: ShopGateway) -> None:
    """Write a batch in one transaction. Where the fence has moved on it is another worker's, and left alone."""
    waiting = [o for o in outcomes if o.only_waits]
    with transaction.atomic():
        with connection.cursor() as cursor:
            if any(o.acts for o in outcomes):
                cursor.execute(_OWN, [_array({o.claimed.contact_id for o in outcomes if o.plans or o.acts})])
            elif any(o.plans for o in outcomes):
                cursor.execute(_REFER, [_array({o.claimed.contact_id for o in outcomes if o.plans})])
            cursor.execute(_LOCK, [_array(o.claimed.id for o in outcomes)])
            if waiting:
                ids, fences = _array(o.claimed.id for o in waiting), _array(o.claimed.fence for o in waiting)
                cursor.execute(_WAIT, [ids, fences, _array(o.due_at.isoformat() for o in waiting if o.due_at)])
        if len(waiting) < len(outcomes):
            _write_steps(shop_id, [o for o in outcomes if not o.only_waits], now, gateway)


def _array(values: Iterable[object]) -> str:
    """Return numbers or ISO times as PostgreSQL writes an array: psycopg's own way costs more than the update."""
    return f"{{{','.join(map(str, values))}}}"


def _write_steps(shop_id: int, outcomes: Sequence[Outcome], now: datetime, gateway: ShopGateway) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                now,
                _array(o.claimed.id for o in outcomes),
                _array(o.claimed.fence for o in outcomes),
                ["ended" if o.leave else "active" for o in outcomes],
                [Jsonb(o.cursor.to_json()) for o in outcomes],
                [None if o.leave else o.due_at for o in outcomes],
                [str(o.leave) for o in outcomes],
                [Jsonb(o.leave_detail) for o in outcomes],
            ],
        )
        ours = {enrollment_id for (enrollment_id,) in cursor.fetchall()}
    kept = [o for o in outcomes if o.claimed.id in ours]
    wanted = [(o.claimed, decision) for o in kept for decision in o.acts]
    done = act(shop_id, wanted, now=now, gateway=gateway) if wanted else []
    StepRun.objects.bulk_create([*_ran(kept, now), *_acted(done, now)], ignore_conflicts=True)
    Message.objects.bulk_create(
        [_message(shop_id, o.claimed, plan, now) for o in kept for plan in o.plans], ignore_conflicts=True
    )


def _ran(outcomes: Sequence[Outcome], now: datetime) -> list[StepRun]:
    return [
        StepRun(enrollment_id=o.claimed.id, step=step, outcome=result, detail=detail, at=now)
        for o in outcomes
        for step, result, detail in o.steps
    ]


def _acted(done: Sequence[Done], now: datetime) -> list[StepRun]:
    return [
        StepRun(enrollment_id=one.enrollment_id, step=one.step, outcome=one.outcome, detail=dict(one.detail), at=now)
        for one in done
    ]


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
        promotional=flow.promotional_at(plan.step),
        topic=flow.topic,
        planned_at=now,
        due_at=now,
        expires_at=plan.expires_at,
    )
