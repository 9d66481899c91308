"""What a person of the shop does with one enrollment: take somebody out, or let them skip a wait.

Refuses to touch what has left: a mail past its intent may be in a mailbox, and its row goes on telling that.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps import Cursor
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Enrollment, Message, Shop, StepRun

#: Steps that only let time pass: what can be skipped.
_WAITS = frozenset({"wait", "wait_for"})


def take_out(shop: Shop, enrollment_id: int, *, actor: str, at: datetime) -> Enrollment:
    """End an enrollment; mails of it that have not left do not leave. Safe to repeat.

    How it can fail: a worker holds the person or a mail at this moment (its fence is counted up, so it writes nothing
    and sends nothing more); a mail is past its intent (it leaves, and its row says so). Nobody gets a mail twice by
    it. Raises ConfigurationError where there is no such enrollment.
    """
    with transaction.atomic():
        found = _locked(shop, enrollment_id)
        if found.state == Enrollment.State.ENDED:
            return found
        detail = {"actor": actor}
        found.state, found.exit_reason, found.ended_at = Enrollment.State.ENDED, Reason.TAKEN_OUT, at
        found.due_at, found.lease_until, found.fence = None, None, found.fence + 1
        found.context = {**found.context, "exit": detail}
        found.save(update_fields=["state", "exit_reason", "ended_at", "due_at", "lease_until", "fence", "context"])
        waiting = Message.objects.select_for_update().filter(
            enrollment=found, state__in=[Message.State.PLANNED, Message.State.CLAIMED]
        )
        for message in waiting.order_by("id"):
            message.state, message.reason, message.detail = Message.State.BLOCKED, Reason.TAKEN_OUT, detail
            message.ended_at, message.lease_until, message.fence = at, None, message.fence + 1
            message.save(update_fields=["state", "reason", "detail", "ended_at", "lease_until", "fence"])
        _note(shop, actor, "enrollment.taken_out", found, at)
        return found


def skip_wait(shop: Shop, enrollment_id: int, *, actor: str, at: datetime) -> Enrollment:
    """Let somebody who waits go on now, by the way of those whose time is over. What follows counts from now.

    Raises ConfigurationError where there is no such enrollment, it has ended, or the person does not wait: whoever
    stands at a mail that is held waits for the gate, which nobody skips.
    """
    with transaction.atomic():
        found = _locked(shop, enrollment_id)
        if found.state == Enrollment.State.ENDED:
            raise ConfigurationError("They have left this flow already; there is nothing to skip.", key="id")
        version = found.version
        flow = definition_of(version.pk, version.digest)
        place = flow.places.get(flow.step_at(Cursor.from_json(found.cursor)))
        if place is None or place.step.type not in _WAITS:
            raise ConfigurationError("They do not wait at this moment; look again in a minute.", key="id")
        cursor = flow.cursor_at(place.next("timed_out" if place.step.ways else ""), at)
        found.cursor, found.due_at, found.lease_until = cursor.to_json(), at, None
        found.fence += 1
        found.save(update_fields=["cursor", "due_at", "lease_until", "fence"])
        StepRun.objects.get_or_create(
            enrollment=found, step=place.step.id, defaults={"outcome": "skipped", "detail": {"actor": actor}, "at": at}
        )
        _note(shop, actor, "enrollment.wait_skipped", found, at, step=place.step.id)
        return found


def _locked(shop: Shop, enrollment_id: int) -> Enrollment:
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("flow", "version")
    found = rows.filter(shop=shop, pk=enrollment_id).first()
    if found is None:
        raise ConfigurationError("There is no such enrollment in this shop.", key="id")
    return found


def _note(shop: Shop, actor: str, action: str, found: Enrollment, at: datetime, **after: str) -> None:
    record_audit(shop, actor, action, f"enrollment:{found.pk}", after={"flow": found.flow.key, **after}, at=at)
