"""The breaker: a flow that too many people call spam is stopped before the mailboxes stop listening to the shop.

Refuses to judge by a handful of mails, and to start a flow again by itself.

Gmail and Yahoo ask for less than 0.10 % and act at 0.30 % (support.google.com/a/answer/14229414, senders.yahooinc.com).
How it can fail, and who is hurt: a provider that tells of complaints late stops the flow late, and mail that is in the
hand-off at that moment still leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from saleor_mailflow.audience.delivery import ARRIVED
from saleor_mailflow.audit import MAILFLOW, record_audit
from saleor_mailflow.conf import Problem
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Flow, Shop

WINDOW = timedelta(days=7)
ENOUGH = 1000
WARN = Decimal("0.10")
STOP = Decimal("0.30")
#: A warning is looked at anew this often, so that it goes when its cause has.
AGAIN = timedelta(hours=1)

# Of the mails that arrived in the window; one that was complained about arrived, whether or not anybody told of that.
_COUNT = """
SELECT f.id, count(*), count(*) FILTER (WHERE m.delivery = 'complained')
FROM mailflow_flow f JOIN mailflow_message m ON m.shop_id = f.shop_id AND m.flow_key = f.key
WHERE f.shop_id = %s AND m.state = 'accepted' AND m.delivery = ANY(%s)
    AND coalesce(m.delivered_at, m.ended_at) > greatest(%s, (f.stopped_detail ->> 'counts_from')::timestamptz)
GROUP BY f.id
"""


@dataclass(frozen=True, kw_only=True)
class Complaints:
    """How many of the mails that arrived were called spam, in the last seven days."""

    delivered: int
    complaints: int

    @property
    def rate(self) -> Decimal:
        """Return per cent, to three places."""
        return (Decimal(100 * self.complaints) / max(self.delivered, 1)).quantize(Decimal("0.001"))

    def _reaches(self, limit: Decimal) -> bool:
        return self.delivered >= ENOUGH and 100 * self.complaints >= limit * self.delivered

    @property
    def stops(self) -> bool:
        """Tell whether a flow has to be stopped for this."""
        return self._reaches(STOP)

    @property
    def warns(self) -> bool:
        """Tell whether a person should look."""
        return self._reaches(WARN)


def count_complaints(shop_id: int, now: datetime) -> Mapping[int, Complaints]:
    """Return {flow id: complaints}, since the flow was last let go on. One query over the mails of seven days."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [shop_id, list(ARRIVED), now - WINDOW])
        return {flow: Complaints(delivered=all_, complaints=bad) for flow, all_, bad in cursor.fetchall()}


def watch_complaints(shop: Shop, now: datetime, *, new: bool) -> None:
    """Stop or warn of a flow, or take a warning back. Looks when complaints are ``new``, else at old warnings only."""
    if not new:
        warned = Flow.objects.filter(shop=shop, stopped_at=None, stopped_detail__has_key="rate")
        looked = [datetime.fromisoformat(detail["at"]) for detail in warned.values_list("stopped_detail", flat=True)]
        if not looked or min(looked) > now - AGAIN:
            return
    counted = count_complaints(shop.pk, now)
    with transaction.atomic():
        for flow in Flow.objects.select_for_update(no_key=True).filter(shop=shop, stopped_at=None).order_by("id"):
            found = counted.get(flow.pk, Complaints(delivered=0, complaints=0))
            kept = {key: value for key, value in flow.stopped_detail.items() if key == "counts_from"}
            if found.warns:
                kept |= {
                    "rate": str(found.rate),
                    "complaints": found.complaints,
                    "delivered": found.delivered,
                    "at": now.isoformat(),
                }
            if kept == flow.stopped_detail:
                continue
            flow.stopped_at, flow.stopped_detail = (now if found.stops else None), kept
            flow.save(update_fields=["stopped_at", "stopped_detail"])
            if found.stops:
                record_audit(shop, MAILFLOW, "flow.stopped", f"flow:{flow.key}", after=kept, at=now)


def resume_flow(shop: Shop, key: str, *, at: datetime, actor: str) -> Flow:
    """Let a stopped flow go on; complaints count anew from ``at``. Raises ConfigurationError for one not stopped."""
    with transaction.atomic():
        flow = Flow.objects.select_for_update(no_key=True).filter(shop=shop, key=key).first()
        if flow is None or flow.stopped_at is None:
            stopped = Flow.objects.filter(shop=shop, stopped_at__isnull=False).values_list("key", flat=True)
            known = ", ".join(stopped) or "none is"
            raise ConfigurationError(f"The flow {key!r} is not stopped for complaints (stopped: {known}).", key="flows")
        before = flow.stopped_detail
        flow.stopped_at, flow.stopped_detail = None, {"counts_from": at.isoformat()}
        flow.save(update_fields=["stopped_at", "stopped_detail"])
        record_audit(shop, actor, "flow.resumed", f"flow:{key}", before=before, at=at)
        return flow


def complaint_problems(shop: Shop) -> list[Problem]:
    """Return a sentence for every flow that is stopped for complaints, or soon may be. One query."""
    found = []
    for flow in Flow.objects.filter(shop=shop, stopped_detail__has_key="rate").order_by("key"):
        figures = "{complaints} of {delivered} mails in 7 days were called spam ({rate} %)".format(
            **flow.stopped_detail
        )
        if flow.stopped_at is not None:
            text = f"{flow.key} is stopped: {figures}. Find out why, then: mailflow flows resume {flow.key}"
        else:
            text = f"{flow.key}: {figures}. At {STOP} % it is stopped: write to fewer people, or less often."
        found.append(Problem(key="complaints", text=text))
    return found
