"""Claim messages and take them to the gate, a micro-batch in one transaction. Refuses to render or send.

The purchase question is asked inside the claim: an order that committed before the claim began is seen by it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from saleor_mailflow import conf, failpoints
from saleor_mailflow.audience.facts import BasketSight
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.wake import wake
from saleor_mailflow.messages.gate import HOLD, Verdict, ask
from saleor_mailflow.messages.gate_facts import GateRoom, gate_facts
from saleor_mailflow.models import Flow, Message
from saleor_mailflow.statements import array, run

#: The most mails that pass the gate together (ADR 0002).
MICRO_BATCH = 20
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

    message: Message
    sight: BasketSight
    basis: str
    shadow: bool

    @property
    def fence(self) -> int:
        """Return the fence this worker claimed with."""
        return self.message.fence


# A message that a dead worker held is claimed alone and after all others: if it is what kills workers it takes nobody
# with it, and if it is not, it is sent and forgotten.
_DUE = """
SELECT id FROM mailflow_message
WHERE shop_id = %s::bigint AND due_at <= %s::timestamptz AND {suspect}
  AND (state = 'planned' OR (state = 'claimed' AND lease_until < clock_timestamp()))
ORDER BY due_at, id LIMIT %s::int FOR UPDATE SKIP LOCKED
"""
_LOCK = "SELECT id FROM mailflow_contact WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
_CLAIM = """
UPDATE mailflow_message SET state = 'claimed', fence = fence + 1, crashes = crashes + 1, claimed_at = %s::timestamptz,
    lease_until = clock_timestamp() + make_interval(secs => %s::float8)
WHERE id = ANY(%s::bigint[])
"""
_TURNS = ((_DUE.format(suspect="crashes = 0"), MICRO_BATCH), (_DUE.format(suspect="crashes > 0"), 1))


def claim(room: GateRoom) -> tuple[list[Ready], int]:
    """Claim up to MICRO_BATCH due messages; return (those through the gate, how many were looked at)."""
    ready, looked_at = _claim(room)
    failpoints.reach("claim.committed")
    return ready, looked_at


def _claim(room: GateRoom) -> tuple[list[Ready], int]:
    with transaction.atomic():
        ids = _due(room)
        if not ids:
            return [], 0
        messages = _read(ids)
        # Contacts in id order: what is decided about a person (caps, later) holds under any interleaving of workers.
        run(_LOCK, [array({m.contact_id for m in messages})])
        dead = [m for m in messages if m.crashes >= CRASHES]
        _end(dead, Message.State.FAILED, Reason.PARKED, {"crashes": CRASHES}, room.now)
        alive = [m for m in messages if m.crashes < CRASHES]
        ready = _through_the_gate(room, alive)
        if ready:
            run(_CLAIM, [room.now, LEASE.total_seconds(), array(r.message.id for r in ready)])
            for one in ready:
                one.message.fence += 1
        return ready, len(ids)


def _due(room: GateRoom) -> list[int]:
    for statement, most in _TURNS:
        ids = [message_id for (message_id,) in run(statement, [room.shop_id, room.now, most]).rows]
        if ids:
            return ids
    return []


def ask_again(room: GateRoom, ready: Sequence[Ready]) -> list[Ready]:
    """Take claimed messages to the gate once more, right before the hand-off; return those still allowed."""
    with transaction.atomic():
        return _through_the_gate(room, [r.message for r in ready])


def _read(ids: Collection[int]) -> list[Message]:
    return list(
        Message.objects.filter(id__in=ids)
        .select_related("enrollment__flow", "enrollment__version", "contact")
        .defer("html", "text", "enrollment__cursor", "enrollment__version__definition")
        .order_by("due_at", "id")
    )


def _through_the_gate(room: GateRoom, messages: Sequence[Message]) -> list[Ready]:
    """Ask the gate about each, write what it refuses or holds, and return the rest."""
    ready: list[Ready] = []
    leaving: list[int] = []
    for message, sight, basis, verdict in verdicts(room, messages):
        if verdict.allowed and sight is not None:
            shadow = message.enrollment.flow.mode == Flow.Mode.SHADOW
            ready.append(Ready(message=message, sight=sight, basis=basis, shadow=shadow))
        elif verdict.held:
            _hold(message, verdict, room.now)
        else:
            state = Message.State.MISSED if verdict.missed else Message.State.BLOCKED
            _end([message], state, verdict.reason, dict(verdict.detail or {}), room.now)
            if verdict.reason in _ENDING:
                leaving.append(message.enrollment_id)
    wake(room.now, enrollment_ids=leaving)
    return ready


def verdicts(room: GateRoom, messages: Sequence[Message]) -> list[tuple[Message, BasketSight | None, str, Verdict]]:
    """Return each message with what is true of its basket, the lawful basis and the gate's verdict. Writes nothing."""
    return [(message, sight, facts.basis, ask(facts)) for message, sight, facts in gate_facts(room, messages)]


def _hold(message: Message, verdict: Verdict, now: datetime) -> None:
    """Let a message wait, visibly: its row says for what. Its own time limit goes on running."""
    Message.objects.filter(id=message.id, fence=message.fence).update(
        state=Message.State.PLANNED,
        # A second past its last moment it is missed; due again at once, it would be held for ever in one tick.
        due_at=min(now + HOLD, message.expires_at + timedelta(seconds=1)),
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
