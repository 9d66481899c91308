"""Move people who are inside a flow to its live version. Only when somebody asks, and written down.

Refuses to run a step again that somebody has behind them, and to leave anybody at a step that their version lacks.

How this can fail, and who is hurt: the worker dies between two batches (each is a transaction of its own, those left
over are moved by the next call); a worker decides about somebody this moment (their fence is moved on, what it writes
touches no row, and they are decided anew); two move at once (rows are locked in id order, who was moved is not found
again). Mails that were planned before stay planned: a person may get the last one of the old version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from psycopg.types.json import Jsonb

from saleor_mailflow import failpoints
from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.difference import step_changes
from saleor_mailflow.flows.steps import Anchor, Cursor, Wait, WaitFor
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Flow, FlowVersion, Shop
from saleor_mailflow.statements import array, run

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a move came to. ``stayed`` people keep their step, the others went to another one."""

    version: int
    people: int
    stayed: int
    #: {(from step, to step): people}; "" is the end of the flow.
    went: Mapping[tuple[str, str], int]


class _Person(NamedTuple):
    id: int
    version_id: int
    digest: str
    cursor: Cursor
    ran: Mapping[str, str]


def move_people(
    shop: Shop,
    key: str,
    *,
    actor: str,
    at: datetime,
    steps: Mapping[str, str] | None = None,
    most: int | None = None,
) -> Moved:
    """Move everybody who is inside an older version to the live one, or about ``most`` of them.

    ``steps`` says where those go whose step the live version lacks, {old step: new step, "" for the end}; the others
    of them go to the next step behind theirs that it has, and where it has none, behind the last one they have taken.
    Safe to repeat. Raises ConfigurationError for a flow without
    a version and for a step in ``steps`` that the live version lacks.
    """
    flow = Flow.objects.filter(shop=shop, key=key).select_related("version").first()
    if flow is None or flow.version is None:
        raise ConfigurationError(f"Flow {key!r} was never published, so nobody can be moved to it.", key="flows")
    target = definition_of(flow.version.pk, flow.version.digest)
    steps = steps or {}
    unknown = sorted({to for to in steps.values() if to and to not in target.places})
    if unknown:
        raise ConfigurationError(
            f"Version {flow.version.number} of {key!r} has no step {unknown[0]!r}; it has {', '.join(target.places)}.",
            key="steps",
        )
    told = {"version": flow.version.number, "steps": dict(steps)}
    record_audit(shop, actor, "flow.move_begun", f"flow:{key}", None, told, at)
    went: dict[tuple[str, str], int] = {}
    people = last = 0
    while most is None or people < most:
        last, batch = _one_batch(flow, flow.version, target, steps, at, after=last)
        failpoints.reach("move.written")
        people += len(batch)
        for pair in batch:
            went[pair] = went.get(pair, 0) + 1
        if not batch:
            break
    stayed = sum(number for (before, after), number in went.items() if before == after)
    elsewhere = {pair: number for pair, number in sorted(went.items()) if pair[0] != pair[1]}
    done = {"version": flow.version.number, "people": people, "stayed": stayed}
    shown = [{"from": before, "to": after, "people": number} for (before, after), number in elsewhere.items()]
    record_audit(shop, actor, "flow.people_moved", f"flow:{key}", None, {**done, "went": shown}, at)
    return Moved(version=flow.version.number, people=people, stayed=stayed, went=elsewhere)


_INSIDE = """
SELECT e.id, v.id, v.digest, e.cursor::text,
    (SELECT jsonb_object_agg(r.step, r.outcome) FROM mailflow_steprun r WHERE r.enrollment_id = e.id)::text
FROM mailflow_enrollment e JOIN mailflow_flowversion v ON v.id = e.version_id
WHERE e.id = ANY(%s::bigint[])
"""
# Whoever left or was moved meanwhile is not touched. Those before the last batch are not looked through again.
_LOCK = """
SELECT id FROM mailflow_enrollment
WHERE flow_id = %s::bigint AND state = 'active' AND version_id <> %s::bigint AND id > %s::bigint
ORDER BY id LIMIT %s::int FOR NO KEY UPDATE
"""
_MOVE = """
UPDATE mailflow_enrollment e
SET version_id = %s::bigint, cursor = moved.cursor,
    due_at = CASE WHEN moved.now THEN least(e.due_at, %s::timestamptz) ELSE e.due_at END,
    lease_until = NULL, fence = e.fence + 1, crashes = e.crashes - coalesce((e.lease_until > clock_timestamp())::int, 0)
FROM unnest(%s::bigint[], %s::jsonb[], %s::bool[]) AS moved (id, cursor, now)
WHERE e.id = moved.id
"""


def _one_batch(
    flow: Flow, version: FlowVersion, target: Definition, steps: Mapping[str, str], at: datetime, *, after: int
) -> tuple[int, list[tuple[str, str]]]:
    with transaction.atomic():
        ids = [id_ for (id_,) in run(_LOCK, [flow.pk, version.pk, after, BATCH]).rows]
        if not ids:
            return after, []
        people = [_person(row) for row in run(_INSIDE, [array(ids)]).rows]
        moved = [_moved(person, target, steps, at) for person in people]
        ids_, cursors, now = zip(*moved, strict=True)
        run(_MOVE, [version.pk, at, array(ids_), [Jsonb(c.to_json()) for c in cursors], list(now)])
        olds = [definition_of(person.version_id, person.digest).step_at(person.cursor) for person in people]
        return ids[-1], [(old, cursor.at or "") for old, cursor in zip(olds, cursors, strict=True)]


def _person(row: Sequence[Any]) -> _Person:
    ran = json.loads(row[4]) if row[4] else {}
    return _Person(row[0], row[1], row[2], Cursor.from_json(json.loads(row[3])), ran)


def _moved(person: _Person, target: Definition, steps: Mapping[str, str], at: datetime) -> tuple[int, Cursor, bool]:
    old = definition_of(person.version_id, person.digest)
    cursor, stays = new_cursor(old, target, person.cursor, steps=steps, ran=person.ran, at=at)
    return person.id, cursor, not stays


def new_cursor(
    old: Definition,
    new: Definition,
    cursor: Cursor,
    *,
    steps: Mapping[str, str],
    ran: Mapping[str, str],
    at: datetime,
) -> tuple[Cursor, bool]:
    """Return where somebody stands in ``new`` who stood at ``cursor`` in ``old``, and whether nothing changed for them.

    ``ran`` is every step they have behind them with its outcome. Pure.
    """
    was = old.step_at(cursor)
    now = _surviving(old, new, was, steps, ran)
    # A step behind them is not taken again: they go on from it by the way they went.
    while now and now in ran:
        now = new.places[now].next(ran[now])
    if now != was:
        # What they come to is due from now on: else a mail behind a step that is gone would be late at once.
        return new.cursor_at(now, max(cursor.ready_at, at)), False
    same = not was or not any(step_changes(old.places[was].step, new.places[was].step))
    return new.cursor_at(now, cursor.ready_at if same else _fair(new, was, cursor, at)), same


def _surviving(old: Definition, new: Definition, was: str, steps: Mapping[str, str], ran: Mapping[str, str]) -> str:
    step = was
    while step and step not in new.places:
        if step in steps:
            return steps[step]
        step = old.places[step].behind
    if step or not was:
        return step
    # Nothing of what they had before them is left: they go on behind the last step that they have behind them.
    before = [id_ for id_ in old.places if id_ in ran and id_ in new.places]
    return new.places[before[-1]].next(ran[before[-1]]) if before else ""


def _fair(new: Definition, step_id: str, cursor: Cursor, at: datetime) -> datetime:
    """Return from when on a changed wait counts: one that became shorter than they waited is over now, not long ago."""
    step = new.places[step_id].step
    passed = timedelta(0)
    if isinstance(step, WaitFor):
        passed = step.timeout
    elif isinstance(step, Wait):
        if step.months or step.date:
            return cursor.ready_at
        passed = step.duration if step.since is Anchor.STEP else timedelta(0)
    return max(cursor.ready_at, at - passed)
