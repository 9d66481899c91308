"""Write what became of a message. Every write names the fence it was claimed with; an old fence touches no row.

Refuses to overwrite: a row that another worker took over, or that has ended, stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from saleor_mailflow import failpoints
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.messages.claim import LEASE, Ready
from saleor_mailflow.messages.formats import choose_language
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.models import Message

logger = logging.getLogger("saleor_mailflow.outbox")

#: Pauses between tries; after the last one the message has failed.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 360, 360))
#: How long a message waits whose batch lost its line before its own turn came.
LINE_PAUSE = timedelta(minutes=1)

_INTEND = """
UPDATE mailflow_message
SET state = 'sending', intent_at = %s, lease_until = clock_timestamp() + make_interval(secs => %s)
FROM unnest(%s::bigint[], %s::int[]) AS going (id, fence)
WHERE mailflow_message.id = going.id AND mailflow_message.fence = going.fence AND state = 'claimed'
RETURNING mailflow_message.id
"""


def intend(going: Sequence[tuple[Ready, OutgoingMail]], now: datetime) -> list[tuple[Ready, OutgoingMail]]:
    """Commit the intent to send, before any byte leaves; return those that are still this worker's to send."""
    if not going:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _INTEND, [now, LEASE.total_seconds(), [one.message.id for one, _ in going], [one.fence for one, _ in going]]
        )
        ours = {message_id for (message_id,) in cursor.fetchall()}
    failpoints.reach("intent.committed")
    return [(one, mail) for one, mail in going if one.message.id in ours]


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


# The hand-off's own write, one a mail. It need not reach the disk by itself: the next intent's commit takes it along,
# and until then (less than a second) only a crash of the database loses it, which leaves that mail ``unknown``.
_ACCEPT = """
UPDATE mailflow_message m
SET state = 'accepted', reason = '', ended_at = %s, provider = %s, provider_message_id = %s, subject = %s, html = %s,
    text = %s, language = %s, detail = %s, lease_until = NULL
FROM (SELECT set_config('synchronous_commit', 'off', true)) quick
WHERE m.id = %s AND m.fence = %s AND m.state IN ('claimed', 'sending')
"""


def accepted(one: Ready, mail: OutgoingMail, taken: Accepted, now: datetime) -> None:
    """The provider took it."""
    kept = _kept(one, mail)
    values: list[Any] = [now, taken.provider, taken.message_id[:255]]
    values += [kept["subject"], kept["html"], kept["text"], kept["language"], Jsonb(kept["detail"])]
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPT, [*values, one.message.id, one.fence])
        rows = cursor.rowcount
    _written(one, rows)


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


def _kept(one: Ready, mail: OutgoingMail) -> dict[str, Any]:
    return {
        "subject": mail.subject[:300],
        "html": mail.html,
        "text": mail.text,
        "language": choose_language(one.sight.language, one.message.contact.language, available=LANGUAGES),
        "detail": {"basis": one.basis},
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
