"""Claim messages and take them to the gate, a micro-batch in one transaction. Refuses to render or send.

The purchase question is asked inside the claim: an order that committed before the claim began is seen by it.

Everybody else locks contacts, enrollments and messages in this order, and a claim begins with messages. So it waits for
none of the others: mail to whom somebody holds is left for the next claim, and people are woken after the commit. A
worker that dies in between wakes nobody, who are looked at when their timer rings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model

from saleor_mailflow import conf, failpoints
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.wake import wake
from saleor_mailflow.messages.coupons import Carried
from saleor_mailflow.messages.gate import HOLD, Verdict, ask
from saleor_mailflow.messages.gate_facts import Asked, GateRoom, definition, gate_facts
from saleor_mailflow.messages.minting import mint_for
from saleor_mailflow.models import Contact, Enrollment, Flow, FlowVersion, Message
from saleor_mailflow.statements import Rows, array, run

#: The most mails that pass the gate together (ADR 0002).
MICRO_BATCH = 40
#: How long a worker may hold a message before another may take it over.
LEASE = timedelta(seconds=conf.lease_seconds(120))
#: Workers that may die holding a message before it is set aside.
CRASHES = 3
#: Reasons after which the enrollment should be looked at now rather than when its timer rings.
_ENDING = frozenset(
    {
        Reason.ORDERED,
        Reason.EMPTIED,
        Reason.GONE,
        Reason.ACTIVITY,
        Reason.NEWER_BASKET,
        Reason.UNSUBSCRIBED,
        Reason.BOUNCED,
        Reason.COMPLAINED,
        Reason.SUPPRESSED,
        Reason.ERASED,
    }
)


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A message through the gate, with everything a mail needs. ``fence`` must still be the row's to write to it."""

    asked: Asked
    #: The code that the mail carries, None for a mail without one.
    coupon: Carried | None = None

    @property
    def message(self) -> Message:
        """Return its row, as it was claimed."""
        return self.asked.message

    @property
    def fence(self) -> int:
        """Return the fence this worker claimed with."""
        return self.message.fence

    @property
    def shadow(self) -> bool:
        """Tell whether the hand-off is left out."""
        return self.asked.facts.flow_mode == Flow.Mode.SHADOW


# A message that a dead worker held is claimed alone and after all others: if it is what kills workers it takes nobody
# with it, and if it is not, it is sent and forgotten.
_DUE = """
SELECT id FROM mailflow_message
WHERE shop_id = %s::bigint AND due_at <= %s::timestamptz AND {suspect}
  AND (state = 'planned' OR (state = 'claimed' AND lease_until < clock_timestamp()))
ORDER BY due_at, id LIMIT %s::int FOR UPDATE SKIP LOCKED
"""
_LOCK = "SELECT id FROM mailflow_contact WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_CLAIM = """
UPDATE mailflow_message m
SET state = 'claimed', fence = fence + 1, crashes = crashes + 1, claimed_at = %s::timestamptz,
    lease_until = clock_timestamp() + make_interval(secs => %s::float8), entity = one.entity, basis = one.rule
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS one (id, entity, rule) WHERE m.id = one.id
"""
_TURNS = ((_DUE.format(suspect="crashes = 0"), MICRO_BATCH), (_DUE.format(suspect="crashes > 0"), 1))


def claim(room: GateRoom) -> tuple[list[Ready], int]:
    """Claim up to MICRO_BATCH due messages; return (those through the gate, how many were looked at)."""
    ready, looked_at, leaving = _claim(room)
    failpoints.reach("claim.committed")
    wake(room.now, enrollment_ids=leaving)
    return ready, looked_at


def _claim(room: GateRoom) -> tuple[list[Ready], int, list[int]]:
    with transaction.atomic():
        ids = _due(room)
        if not ids:
            return [], 0, []
        messages = _read(ids)
        for message in messages:
            if message.state == Message.State.PLANNED:
                # An earlier claim of it came to nothing; whatever left since then counts for it.
                message.claimed_at = None
        # What is decided about a person, such as limits, holds under any interleaving of workers.
        ours = {contact_id for (contact_id,) in run(_LOCK, [array({m.contact_id for m in messages})]).rows}
        messages = [m for m in messages if m.contact_id in ours]
        dead = [m for m in messages if m.crashes >= CRASHES]
        _end(dead, Message.State.FAILED, Reason.PARKED, {"crashes": CRASHES}, room.now)
        alive = [m for m in messages if m.crashes < CRASHES]
        ready, leaving = _through_the_gate(room, alive)
        if ready:
            entities, rules = [r.asked.entity for r in ready], [r.asked.facts.rule[:200] for r in ready]
            run(_CLAIM, [room.now, LEASE.total_seconds(), array(r.message.id for r in ready), entities, rules])
            for one in ready:
                one.message.fence += 1
                one.message.claimed_at, one.message.entity = room.now, one.asked.entity
            ready = _with_codes(room, ready)
        return ready, len(messages), leaving


def _with_codes(room: GateRoom, ready: Sequence[Ready]) -> list[Ready]:
    """Return them with the codes they carry, made real in this transaction: no claim, no code, and the other way."""
    rehearsed = {one.message.id for one in ready if one.shadow}
    codes = mint_for([one.message for one in ready], gateway=room.gateway, now=room.now, rehearsed=rehearsed)
    return [replace(one, coupon=codes.get(one.message.id)) for one in ready]


def _due(room: GateRoom) -> list[int]:
    for statement, most in _TURNS:
        ids = [message_id for (message_id,) in run(statement, [room.shop_id, room.now, most]).rows]
        if ids:
            return ids
    return []


def ask_again(room: GateRoom, ready: Sequence[Ready]) -> list[Ready]:
    """Take claimed messages to the gate once more, right before the hand-off; return those still allowed, in order.

    They are read anew: the flow may be off by now, or the person on a break. One that is another worker's by now is
    left out, and one whose flow went to shadow mode comes back as ``shadow``.
    """
    held = {one.message.id: one for one in ready}
    with transaction.atomic():
        messages = [m for m in _read(held) if m.state == Message.State.CLAIMED and m.fence == held[m.id].fence]
        still, leaving = _through_the_gate(room, messages)
    wake(room.now, enrollment_ids=leaving)
    allowed = {one.message.id: one for one in still}
    return [replace(allowed[id_], coupon=one.coupon) for id_, one in held.items() if id_ in allowed]


def _read(ids: Collection[int]) -> list[Message]:
    """Return the messages with whom they are to and what they are about, at a third of what the ORM takes."""
    #: The few flows and versions that all of them are of.
    known: dict[tuple[type[Model], Any], Model] = {}
    found: list[Message] = []
    for row in run(_MESSAGES.statement, [array(ids)]).rows:
        message, enrollment, contact, flow, version = _MESSAGES.models(row, known=known)
        known[Flow, flow.pk], known[FlowVersion, version.pk] = flow, version
        enrollment.flow, enrollment.version = flow, version
        message.enrollment, message.contact = enrollment, contact
        found.append(message)
    return found


_MESSAGES = Rows(
    (Message, "m", {"html", "text"}),
    (Enrollment, "e", {"cursor"}),
    (Contact, "c", set()),
    (Flow, "f", set()),
    (FlowVersion, "v", {"definition"}),
    source="""mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
        JOIN mailflow_contact c ON c.id = m.contact_id JOIN mailflow_flow f ON f.id = e.flow_id
        JOIN mailflow_flowversion v ON v.id = e.version_id
        WHERE m.id = ANY(%s::bigint[]) ORDER BY m.due_at, m.id""",
)


def _through_the_gate(room: GateRoom, messages: Sequence[Message]) -> tuple[list[Ready], list[int]]:
    """Ask the gate about each, write what it refuses or holds; return the rest, and enrollments to be woken."""
    ready: list[Ready] = []
    leaving: list[int] = []
    for asked, verdict in verdicts(room, messages):
        message = asked.message
        if verdict.allowed:
            ready.append(Ready(asked=asked))
        elif verdict.held:
            _hold(message, verdict, room.now)
        else:
            state = Message.State.MISSED if verdict.missed else Message.State.BLOCKED
            _end([message], state, verdict.reason, dict(verdict.detail or {}), room.now)
            if verdict.reason in _ENDING:
                leaving.append(message.enrollment_id)
    return ready, leaving


def verdicts(room: GateRoom, messages: Sequence[Message]) -> list[tuple[Asked, Verdict]]:
    """Return each message with what is true of it and the gate's verdict, in the messages' order. Writes nothing.

    Of several mails to one person those that must come at once are asked about first, and count for the others.
    """
    asked = gate_facts(room, messages)
    leaving: dict[int, int] = {}
    same: set[tuple[int, str]] = set()
    found: dict[int, tuple[Asked, Verdict]] = {}
    for one in sorted(asked, key=_turn):
        message, facts = one.message, one.facts
        if (message.contact_id, message.template) in same:
            facts = replace(facts, already_sent_at=facts.already_sent_at or room.now)
        if message.promotional:
            facts = replace(facts, sent=facts.sent + (room.now,) * leaving.get(message.contact_id, 0))
        verdict = ask(facts)
        if verdict.allowed and definition(message).once_per:
            same.add((message.contact_id, message.template))
        if verdict.allowed and message.purpose == "marketing":
            leaving[message.contact_id] = leaving.get(message.contact_id, 0) + 1
        found[message.id] = replace(one, facts=facts), verdict
    return [found[message.id] for message in messages]


def _turn(one: Asked) -> tuple[bool, bool, int]:
    return one.message.promotional, one.facts.outranked_by is not None, one.message.id


def _hold(message: Message, verdict: Verdict, now: datetime) -> None:
    """Let a message wait, visibly: its row says for what. Its own time limit goes on running."""
    Message.objects.filter(id=message.id, fence=message.fence).update(
        state=Message.State.PLANNED,
        # A second past its last moment it is missed; due again at once, it would be held for ever in one tick.
        due_at=min(verdict.ask_at or now + HOLD, message.expires_at + timedelta(seconds=1)),
        reason=verdict.reason,
        detail=dict(verdict.detail or {}),
        lease_until=None,
        crashes=0,
    )


def _end(
    messages: Sequence[Message], state: Message.State, reason: str, detail: Mapping[str, object], now: datetime
) -> None:
    """End messages without sending, with the reason."""
    for message in messages:
        if state == Message.State.MISSED and message.reason:
            # What it waited for in vain says more than that it is late.
            detail = {**detail, "waited_for": message.reason}
        Message.objects.filter(id=message.id, fence=message.fence).update(
            state=state, reason=reason, detail=dict(detail), ended_at=now, lease_until=None
        )
