"""Tell other systems what flows want told: claim, post, note the answer. Refuses to hold a row while it waits.

How this can fail, and who is hurt: the other system is down (tried again, later each time, for a day; then it stays
failed and visible), the worker dies after the other side took it (it is told once more with the same id, by which it
can be dropped), an address that leads into our own network (never called). Nobody is mailed by any of this.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db import connection

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Notice, NoticeTarget
from saleor_mailflow.process.posting import post
from saleor_mailflow.vault import unseal

#: Notices that one tick tells, each for a few seconds at worst.
BATCH = 10
LEASE = timedelta(seconds=60)
#: How long after each failed try the next one comes; after the last it is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))

# Materialized, or the choice could be made anew for each row (see ``messages.repeat``).
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM mailflow_notice
    WHERE shop_id = %s AND state = 'planned' AND due_at <= %s
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE mailflow_notice n SET lease_until = clock_timestamp() + make_interval(secs => %s), attempts = n.attempts + 1
FROM due WHERE n.id = due.id RETURNING n.id
"""


def tell_due(shop_id: int, *, now: datetime) -> int:
    """Tell what is due at ``now``, BATCH at most; return how many were taken."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [shop_id, now, BATCH, LEASE.total_seconds()])
        ids = [one for (one,) in cursor.fetchall()]
    if not ids:
        return 0
    targets = {target.key: target for target in NoticeTarget.objects.filter(shop_id=shop_id)}
    notices = Notice.objects.filter(id__in=ids).select_related("enrollment__flow", "enrollment__contact")
    return sum(_tell(notice, targets.get(notice.target), now) for notice in notices)


def _tell(notice: Notice, target: NoticeTarget | None, now: datetime) -> int:
    if target is None:
        _end(notice, Notice.State.FAILED, f"There is no target {notice.target!r} any more.", now)
        return 0
    try:
        answer = post(
            target.url,
            _body(notice),
            secret=unseal(target.secret, key=f"notices.{target.key}"),
            message_id=f"notice-{notice.pk}",
            timestamp=int(now.timestamp()),
        )
    except ConfigurationError as error:
        _end(notice, Notice.State.FAILED, str(error), now)
        return 0
    if answer.taken:
        _end(notice, Notice.State.DONE, "", now)
        return 1
    said = answer.problem or f"it answered {answer.status}"
    if answer.hopeless or notice.attempts > len(PAUSES):
        _end(notice, Notice.State.FAILED, f"Not taken: {said}.", now)
    else:
        notice.due_at, notice.lease_until = now + PAUSES[notice.attempts - 1], None
        notice.reason = f"Not taken yet: {said}."[:300]
        notice.save(update_fields=["due_at", "lease_until", "reason"])
    return 0


def _body(notice: Notice) -> bytes:
    enrollment = notice.enrollment
    contact = enrollment.contact
    told = {
        "type": "flow.notice",
        "flow": enrollment.flow.key,
        "step": notice.step,
        "enrollment": enrollment.pk,
        "entered_at": enrollment.entered_at.isoformat(),
        "subject": enrollment.context.get("subject", ""),
        # Of somebody erased meanwhile nothing is told but that they were there.
        "contact": {"id": contact.pk, "user": contact.user_ref, "email": "" if contact.erased_at else contact.email},
    }
    return json.dumps(told, separators=(",", ":")).encode()


def _end(notice: Notice, state: str, reason: str, now: datetime) -> None:
    notice.state, notice.reason, notice.ended_at, notice.lease_until = state, reason[:300], now, None
    notice.save(update_fields=["state", "reason", "ended_at", "lease_until"])
