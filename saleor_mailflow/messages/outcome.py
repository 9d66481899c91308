"""Write what became of a message that was not taken. Every write names the fence it was claimed with.

Refuses to overwrite: a row that another worker took over, or that has ended, stays as it is. What was taken is written
by ``ledger``, with the next intent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from saleor_mailflow import failpoints
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.messages.claim import LEASE, Ready
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.models import Message

logger = logging.getLogger("saleor_mailflow.outbox")

#: Pauses between tries; after the last one the message has failed.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 360, 360))
#: How long a message waits whose batch lost its line before its own turn came.
LINE_PAUSE = timedelta(minutes=1)


def renew(waiting: Sequence[Ready]) -> None:
    """Hold for longer what still waits behind a slow provider; what another worker took over stays theirs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mailflow_message m SET lease_until = clock_timestamp() + make_interval(secs => %s) "
            "FROM unnest(%s::bigint[], %s::int[]) AS held (id, fence) "
            "WHERE m.id = held.id AND m.fence = held.fence AND m.state = 'claimed'",
            [LEASE.total_seconds(), [one.message.id for one in waiting], [one.fence for one in waiting]],
        )
    failpoints.reach("lease.renewed")


def shadow(one: Ready, mail: OutgoingMail, now: datetime) -> None:
    """Everything was done but the hand-off; the mail is kept to look at."""
    _write(one, state=Message.State.SHADOWED, reason=Reason.SHADOW, ended_at=now, **_kept(one, mail))


def fail(one: Ready, reason: Reason, detail: Mapping[str, object], now: datetime) -> None:
    """It will not be sent: the provider or the template says so for good."""
    _write(one, state=Message.State.FAILED, reason=reason, detail=dict(detail), ended_at=now)


def unknown(one: Ready, problem: str, now: datetime) -> None:
    """It may have been sent; it is held, shown, and not repeated."""
    _write(one, state=Message.State.UNKNOWN, reason=Reason.UNKNOWN, detail={"problem": problem}, ended_at=now)


def try_later(one: Ready, problem: str, now: datetime) -> None:
    """It was certainly not sent: try again after a pause, unless its time or its tries are over."""
    attempts = one.message.attempts + 1
    if attempts > len(BACK_OFF):
        fail(one, Reason.GAVE_UP, {"attempts": attempts, "problem": problem}, now)
        return
    pause = BACK_OFF[attempts - 1]
    _write(
        one,
        state=Message.State.PLANNED,
        attempts=attempts,
        crashes=0,
        due_at=min(now + pause, one.message.expires_at + timedelta(seconds=1)),
        reason="",
        detail={"problem": problem, "attempts": attempts},
    )


def release(one: Ready, now: datetime, *, reason: str = "", detail: Mapping[str, object] | None = None) -> None:
    """Nothing left; let it wait without counting a try, because the line was the trouble and not this mail."""
    _write(
        one,
        state=Message.State.PLANNED,
        crashes=0,
        due_at=min(now + LINE_PAUSE, one.message.expires_at + timedelta(seconds=1)),
        reason=reason,
        detail=dict(detail or {}),
    )


def put_back(one: Ready) -> None:
    """Nothing left; it is due as it was, to be asked about anew."""
    _write(one, state=Message.State.PLANNED, crashes=0)


def give_up_on_the_dead(shop_id: int, now: datetime) -> int:
    """Turn messages whose worker died in the hand-off into ``unknown``; return how many. They are not repeated."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Its worker may have begun later than this tick did.
            "UPDATE mailflow_message SET state = 'unknown', reason = 'unknown', "
            "ended_at = greatest(%s, intent_at), lease_until = NULL, "
            "fence = fence + 1 WHERE shop_id = %s AND state = 'sending' AND lease_until < clock_timestamp()",
            [now, shop_id],
        )
        return int(cursor.rowcount)


def _kept(one: Ready, mail: OutgoingMail) -> dict[str, Any]:
    return {
        "subject": mail.subject[:300],
        "html": mail.html,
        "text": mail.text,
        "language": mail.language,
        "links": list(mail.links),
        "detail": {"basis": one.asked.facts.basis},
    }


def _write(one: Ready, **values: object) -> None:
    rows = Message.objects.filter(
        id=one.message.id, fence=one.fence, state__in=[Message.State.CLAIMED, Message.State.SENDING]
    ).update(lease_until=None, **values)
    _written(one, rows)


def _written(one: Ready, rows: int) -> None:
    failpoints.reach("outcome.committed")
    if not rows:
        logger.warning("Message %s is another worker's now; its outcome was not written here.", one.message.id)
