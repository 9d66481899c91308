"""Advance everybody whose time has come: claim a batch, learn the facts, decide, write once.

Refuses to send: it plans messages, which the outbox takes to the gate.

How this can fail, and who is hurt: the worker dies after the claim (the lease runs out and another takes over; nothing
was written), a worker is stopped past its lease and wakes up (its fence is old, its writes touch no row), one
enrollment raises (it is parked with its reason, the others go on), the same step is decided twice (unique step run and
message: nobody gets two mails).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from saleor_mailflow import conf, failpoints
from saleor_mailflow.audience.facts import EntityOf, from_microseconds, in_microseconds, one_entity, see_facts
from saleor_mailflow.audience.people import PersonFacts, see_people
from saleor_mailflow.audience.suppression import counting
from saleor_mailflow.exceptions import blame
from saleor_mailflow.flows.engine import run
from saleor_mailflow.flows.goals import BasketFacts, leave_reason, person_leaves
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


class Claimed(NamedTuple):
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

    @property
    def about_basket(self) -> bool:
        """Tell whether it began with a basket, which may be gone since."""
        return "activity" in self.context


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

    @property
    def only_waits(self) -> bool:
        """Tell whether nothing came of it but a later time: the commonest case, and the cheapest to write."""
        return not (self.leave or self.steps or self.plans)


def run_due(
    shop_id: int,
    *,
    now: datetime,
    gateway: ShopGateway,
    most: int | None = None,
    entity_of: EntityOf = one_entity,
) -> int:
    """Advance every enrollment due at ``now``, or about ``most`` of them; return how many were advanced."""
    advanced = 0
    while most is None or advanced < most:
        claimed = _claim(shop_id, now, alone=False) or _claim(shop_id, now, alone=True)
        if not claimed:
            break
        failpoints.reach("runner.claimed")
        outcomes = _decide(shop_id, claimed, now=now, gateway=gateway, entity_of=entity_of)
        _write(shop_id, outcomes, now)
        failpoints.reach("runner.written")
        advanced += len(claimed)
    return advanced


# An enrollment that a dead worker held is claimed alone and after all others (see ``messages.claim``).
_CLAIM = f"""
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
RETURNING e.id, f.key, v.id, v.digest, e.contact_id, e.basket_id, e.cursor, e.context,
    {in_microseconds("e.entered_at")},
    (SELECT max({in_microseconds("coalesce(m.ended_at, m.intent_at)")}) FROM mailflow_message m
     WHERE m.enrollment_id = e.id AND m.state IN ('sending', 'accepted', 'unknown', 'shadowed')),
    e.crashes, e.fence
"""  # noqa: S608 - put together from our own column names


def _claim(shop_id: int, now: datetime, *, alone: bool) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE.total_seconds(), now, shop_id, alone, shop_id, 1 if alone else BATCH])
        return [_claimed(row) for row in cursor.fetchall()]


def _claimed(row: tuple[Any, ...]) -> Claimed:
    cursor, context, entered_at, last_sent_at = row[6:10]
    sent_at = None if last_sent_at is None else from_microseconds(last_sent_at)
    # Django turns psycopg's own JSON reading off, so raw rows carry text.
    read = (json.loads(cursor), json.loads(context), from_microseconds(entered_at), sent_at)
    return Claimed._make((*row[:6], *read, *row[10:]))


def _decide(
    shop_id: int,
    claimed: Sequence[Claimed],
    *,
    now: datetime,
    gateway: ShopGateway,
    entity_of: EntityOf = one_entity,
) -> list[Outcome]:
    since = {c.basket_id: datetime.fromisoformat(c.context["active_at"]) for c in claimed if c.basket_id is not None}
    facts = see_facts(shop_id, gateway, since, entity_of=entity_of) if since else {}
    people = see_people(shop_id, {c.contact_id for c in claimed if not c.about_basket})
    outcomes = []
    for one in claimed:
        try:
            if one.crashes > CRASHES:
                outcomes.append(_parked(one, {"crashes": CRASHES}))
            else:
                leave = (
                    _leaves_basket(one, facts.get(one.basket_id or 0))
                    if one.about_basket
                    else _leaves(one, people.get(one.contact_id), entity_of)
                )
                outcomes.append(_advance(one, leave, now))
        except Exception as error:  # noqa: BLE001 - one that cannot be advanced must not hold up the others
            logger.error("Enrollment %s could not be advanced and is set aside: %s.", one.id, blame(error))
            outcomes.append(_parked(one, {"crashes": one.crashes, "error": blame(error)}))
    return outcomes


def _parked(one: Claimed, detail: dict[str, Any]) -> Outcome:
    outcome = Outcome(claimed=one, cursor=Cursor.from_json(one.cursor))
    outcome.leave, outcome.leave_detail = Reason.PARKED, detail
    return outcome


Leaving = tuple[str, Mapping[str, object]]


def _leaves_basket(one: Claimed, facts: BasketFacts | None) -> Leaving:
    return leave_reason(facts, entered_activity=one.context["activity"]) if facts is not None else (Reason.GONE, {})


def _leaves(one: Claimed, person: PersonFacts | None, entity_of: EntityOf) -> Leaving:
    if person is None:
        return Reason.ERASED, {}
    flow = definition_of(one.version_id, one.digest)
    refused = counting(person.suppressed, entity_of(str(one.context.get("channel", ""))))
    return person_leaves(marketing=flow.purpose == "marketing", erased=person.erased, suppressed=refused)


def _advance(one: Claimed, leaving: Leaving, now: datetime) -> Outcome:
    flow = definition_of(one.version_id, one.digest)
    leave, detail = leaving
    active_at = one.context.get("active_at")
    moment = Moment(
        now=now,
        entered_at=one.entered_at,
        active_at=datetime.fromisoformat(active_at) if active_at else one.entered_at,
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


# Contacts first, then enrollments in id order, as those do who wake people (see ``flows.wake``) or erase them (see
# ``process.erasure``): nobody waits in a circle. A planned message refers to its contact.
_REFER = "SELECT id FROM mailflow_contact WHERE id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE"
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


def _write(shop_id: int, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write a batch in one transaction. Where the fence has moved on it is another worker's, and left alone."""
    waiting = [o for o in outcomes if o.only_waits]
    with transaction.atomic():
        with connection.cursor() as cursor:
            if any(o.plans for o in outcomes):
                cursor.execute(_REFER, [_array({o.claimed.contact_id for o in outcomes if o.plans})])
            cursor.execute(_LOCK, [_array(o.claimed.id for o in outcomes)])
            if waiting:
                ids, fences = _array(o.claimed.id for o in waiting), _array(o.claimed.fence for o in waiting)
                cursor.execute(_WAIT, [ids, fences, _array(o.due_at.isoformat() for o in waiting if o.due_at)])
        if len(waiting) < len(outcomes):
            _write_steps(shop_id, [o for o in outcomes if not o.only_waits], now)


def _array(values: Iterable[object]) -> str:
    """Return numbers or ISO times as PostgreSQL writes an array: psycopg's own way costs more than the update."""
    return f"{{{','.join(map(str, values))}}}"


def _write_steps(shop_id: int, outcomes: Sequence[Outcome], now: datetime) -> None:
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
        promotional=flow.promotional,
        topic=flow.topic,
        planned_at=now,
        due_at=now,
        expires_at=plan.expires_at,
    )
