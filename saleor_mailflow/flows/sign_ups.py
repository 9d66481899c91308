"""Enroll those who asked for mail, so that they are asked whether it was them. Refuses to mail anything itself.

How this can fail, and who is hurt: two workers at once, or a worker that dies (the unique key keeps one entry, so
nobody is asked twice); a flow that was never switched on (it is ours, and switched on here with the first sign-up).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from saleor_mailflow.flows.catalog import CONFIRM_SIGN_UP
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.steps import Cursor
from saleor_mailflow.models import Enrollment, Flow, Shop, SignUp

BATCH = 500
#: Whoever waited longer for our mail has forgotten that they asked for it.
FRESH = timedelta(hours=24)


def enroll_sign_ups(shop_id: int, *, now: datetime) -> int:
    """Enroll sign-ups that wait for their confirmation mail; return how many. One query where nobody waits."""
    key = Concat(Value("sign_up:"), Cast("uuid", CharField()))
    waiting = (
        SignUp.objects.filter(shop_id=shop_id, confirmed_at=None, created_at__gt=now - FRESH, expires_at__gt=now)
        .annotate(key=key)
        .exclude(
            Exists(Enrollment.objects.filter(flow__shop_id=shop_id, flow__key=CONFIRM_SIGN_UP.key, key=OuterRef("key")))
        )
        # By the index of those who wait: by their numbers all sign-ups there ever were would be read.
        .order_by("created_at", "id")[:BATCH]
    )
    rows = list(waiting)
    if not rows:
        return 0
    with transaction.atomic():
        flow = _switched_on(shop_id, now)
        assert flow.version_id is not None
        Enrollment.objects.bulk_create(
            [
                Enrollment(
                    shop_id=shop_id,
                    flow=flow,
                    version_id=flow.version_id,
                    contact_id=row.contact_id,
                    key=row.key,
                    cursor=Cursor(index=0, ready_at=row.created_at).to_json(),
                    context={"sign_up": str(row.uuid), "channel": row.channel, "language": row.language},
                    entered_at=now,
                    due_at=now,
                )
                for row in rows
            ],
            ignore_conflicts=True,
        )
    return len(rows)


def _switched_on(shop_id: int, now: datetime) -> Flow:
    """Return the flow, live: whoever may sign up must be asked."""
    flow = Flow.objects.filter(shop_id=shop_id, key=CONFIRM_SIGN_UP.key).first()
    if flow is None or flow.version_id is None:
        publish(Shop.objects.get(pk=shop_id), CONFIRM_SIGN_UP, at=now)
        flow = Flow.objects.get(shop_id=shop_id, key=CONFIRM_SIGN_UP.key)
    if flow.mode != Flow.Mode.LIVE:
        flow.mode, flow.enabled_at = Flow.Mode.LIVE, now
        flow.save(update_fields=["mode", "enabled_at"])
    return flow
