"""How many people qualify for a flow already, which is said when it is switched on. Refuses to let any of them in."""

from __future__ import annotations

from datetime import datetime, timedelta

from saleor_mailflow.audience import segments
from saleor_mailflow.audience.anniversaries import on_date
from saleor_mailflow.audience.quiet import count_quiet
from saleor_mailflow.audience.vip import count_above
from saleor_mailflow.flows.triggers import Happened, IdleBasket, OnDate, QuietFor, Recurring, Threshold, Trigger
from saleor_mailflow.models import Basket, Occasion

#: What happened longer ago is not offered to be taken along.
LOOK_BACK = timedelta(days=30)


def count_waiting(shop_id: int, trigger: Trigger, *, now: datetime, since: datetime | None = None) -> int:
    """Return how many people stand where ``trigger`` lets somebody cross, before consent, filters and limits are asked.

    Of a state (away, above a line, in a segment) everybody in it; of an event and a left cart those since ``since``,
    LOOK_BACK before ``now`` by default; of a date those whose day may still be caught up with. Nobody for a flow that
    is begun by hand. A few queries.
    """
    begun = now - LOOK_BACK if since is None else since
    match trigger:
        case QuietFor():
            return count_quiet(shop_id, trigger, now=now, since=since)
        case Threshold():
            return count_above(shop_id, trigger, now=now)
        case OnDate():
            return len(on_date(shop_id, trigger, since=now - trigger.catch_up, now=now, limit=1_000_000))
        case Recurring(segment=key) | Happened(event="segment.entered", of=key):
            named = segments.saved(shop_id)
            return segments.count(shop_id, named[key], now=now, named=named).number if key in named else 0
        case Happened():
            told = Occasion.objects.filter(shop_id=shop_id, kind=trigger.event, at__gt=begun, at__lte=now)
            told = told.filter(of=trigger.of) if trigger.of else told
            return told.values("contact_id").distinct().count()
        case IdleBasket():
            left = Basket.objects.filter(
                shop_id=shop_id, state=Basket.State.OPEN, line_count__gt=0, active_at__gt=begun
            )
            left = left.filter(active_at__lte=now - trigger.after).exclude(email="").exclude(contact=None)
            return left.values("contact_id").distinct().count()
    return 0
