"""Enroll people whose basket has been idle long enough, or record why not.

Refuses to enroll for crossings before the flow was switched on.

How this can fail, and who is hurt: two workers at once (baskets are locked and skipped; the unique key keeps one
entry), the worker dies (the transaction is undone, the baskets still wait), a purchase that no road has brought yet
(a live shop is asked here, before every step and in the claim), a shopper who came back unseen (not decided now: the
change is recorded first).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, IntegerField, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from saleor_mailflow import failpoints
from saleor_mailflow.audience.facts import BasketSight, see_baskets
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.goals import leave_reason, minute
from saleor_mailflow.flows.limits import LOOK_BACK
from saleor_mailflow.flows.modes import mode_in
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps import Cursor
from saleor_mailflow.flows.triggers import IdleBasket
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Basket, Enrollment, Flow, Refusal
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.statements import array, run

BATCH = 500
#: A webhook carries no signed time of sending, so an old one may be a replay: a cart that crossed so long ago
#: begins nothing. A shop whose tables we read is asked instead.
OLDEST_BEGINNING = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class RecentMail:
    """A mail of this flow that a contact got lately."""

    template: str
    basket_id: int | None
    at: datetime


def enroll_idle_baskets(shop_id: int, *, now: datetime, gateway: ShopGateway) -> int:
    """Decide entry for every basket that crossed; return how many people entered."""
    entered, idle = 0, _idle_flows(shop_id)
    for flow, definition, after in idle:
        others = [_Rival(flow=one.pk, since=(one.enabled_at or now) - its) for one, _, its in idle if one != flow]
        while True:
            decided, enrolled = _one_batch(flow, definition, after, others, now=now, gateway=gateway)
            failpoints.reach("enroll.written")
            entered += enrolled
            if decided < BATCH:
                break
    return entered


class _Rival(NamedTuple):
    """Another flow that begins with an idle basket, and since when it takes baskets."""

    flow: int
    since: datetime


def _idle_flows(shop_id: int) -> list[tuple[Flow, Definition, timedelta]]:
    found = []
    flows = Flow.objects.filter(shop_id=shop_id, retired_at=None).exclude(mode=Flow.Mode.OFF).select_related("version")
    for flow in flows:
        if flow.version is not None:
            definition = definition_of(flow.version.pk, flow.version.digest)
            if isinstance(definition.trigger, IdleBasket):
                found.append((flow, definition, definition.trigger.after))
    return found


def _one_batch(
    flow: Flow,
    definition: Definition,
    after: timedelta,
    others: Sequence[_Rival],
    *,
    now: datetime,
    gateway: ShopGateway,
) -> tuple[int, int]:
    with transaction.atomic():
        baskets = _crossed(flow, after, now, alone=not others)
        if not baskets:
            return 0, 0
        sights = see_baskets(flow.shop_id, gateway, {b.id: b.active_at for b in baskets}, lines=False)
        recent = recent_mails(flow.pk, {b.contact_id for b in baskets if b.contact_id}, now - definition.once_per)
        decided: list[int] = []
        entries: list[Enrollment] = []
        refusals: list[Refusal] = []
        for basket in baskets:
            reason, detail = refusal_reason(
                sights[basket.id],
                basket,
                recent.get(basket.contact_id or 0, ()),
                definition,
                crossed_at=basket.active_at + after,
                now=now,
                channel_off=mode_in(flow, sights[basket.id].channel) == Flow.Mode.OFF,
            )
            if reason == Reason.ACTIVITY:
                continue
            decided.append(basket.id)
            if reason:
                refusals.append(_refusal(flow, basket, reason, detail, now))
            else:
                entries.append(_entry(flow, after, basket, now))
        Refusal.objects.bulk_create(refusals, ignore_conflicts=True)
        known = set(
            Enrollment.objects.filter(flow=flow, key__in=[e.key for e in entries]).values_list("key", flat=True)
        )
        Enrollment.objects.bulk_create([e for e in entries if e.key not in known], ignore_conflicts=True)
        _mark_decided(flow.pk, decided, others)
        return len(decided), len(entries) - len(known)


# Where several flows begin with baskets, one is decided when each of them has decided that takes it at all.
_DECIDED = """
UPDATE mailflow_basket b
SET considered = b.considered || jsonb_build_object(%s::text, b.activity),
    considered_activity = CASE WHEN NOT EXISTS (
        SELECT 1 FROM unnest(%s::bigint[], %s::timestamptz[]) AS other (flow, since)
        WHERE b.active_at > other.since AND coalesce((b.considered ->> ('flow:' || other.flow))::int, 0) < b.activity
    ) THEN b.activity ELSE b.considered_activity END
WHERE b.id = ANY(%s::bigint[])
"""


def _mark_decided(flow_id: int, decided: Collection[int], others: Sequence[_Rival]) -> None:
    if not others:
        Basket.objects.filter(id__in=decided).update(considered_activity=F("activity"))
        return
    flows, since = array(other.flow for other in others), array(other.since.isoformat() for other in others)
    run(_DECIDED, [f"flow:{flow_id}", flows, since, array(decided)])


def undecided(flow: Flow) -> QuerySet[Basket]:
    """Return the baskets of which this flow has not decided, whatever others have."""
    # A key that were a number would be taken for a place in a list.
    mine = Coalesce(Cast(KeyTextTransform(f"flow:{flow.pk}", "considered"), IntegerField()), 0)
    return Basket.objects.annotate(mine=mine).filter(mine__lt=F("activity"))


def _crossed(flow: Flow, after: timedelta, now: datetime, *, alone: bool) -> list[Basket]:
    """Return baskets whose quiet time ended after the flow was switched on, and lock them against other workers."""
    since = flow.enabled_at or now
    baskets = Basket.objects.all() if alone else undecided(flow)
    return list(
        baskets.filter(
            shop_id=flow.shop_id,
            state=Basket.State.OPEN,
            considered_activity__lt=F("activity"),
            line_count__gt=0,
            active_at__lte=now - after,
            active_at__gt=since - after,
        )
        .exclude(email="")
        .exclude(contact=None)
        .order_by("active_at", "id")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )


def refusal_reason(
    sight: BasketSight,
    basket: Basket,
    recent: Collection[RecentMail],
    definition: Definition,
    *,
    crossed_at: datetime,
    now: datetime,
    channel_off: bool = False,
) -> tuple[str, Mapping[str, object]]:
    """Return (reason, detail) why somebody may not enter, ("", {}) where they may. ADR 0004 has the weekly rule."""
    if sight.is_staff:
        return Reason.STAFF, {}
    if channel_off:
        return Reason.CHANNEL_OFF, {"channel": sight.channel}
    # Consent and suppression are the gate's questions: they may change before the mail goes.
    reason, detail = leave_reason(replace(sight.facts, suppressed=None), entered_activity=basket.activity)
    if reason:
        return reason, detail
    if not sight.live and now - crossed_at > OLDEST_BEGINNING:
        return Reason.OLD_NEWS, {"left": minute(basket.active_at), "now": minute(now)}
    others = [mail.at for mail in recent if mail.basket_id != basket.id]
    sent = {mail.template for mail in recent}
    if others or sent.issuperset(definition.templates):
        last = max(others or [mail.at for mail in recent])
        return Reason.RECENT, {"at": minute(last), "days": definition.once_per.days}
    return "", {}


def _refusal(flow: Flow, basket: Basket, reason: str, detail: Mapping[str, object], now: datetime) -> Refusal:
    return Refusal(
        shop_id=flow.shop_id,
        flow=flow,
        contact_id=basket.contact_id,
        key=entry_key(basket),
        reason=reason,
        detail=dict(detail),
        at=now,
    )


def entry_key(basket: Basket) -> str:
    """Return the key of an entry: once per basket and per time the shopper came back to it."""
    return f"basket:{basket.token}:{basket.activity}"


def _entry(flow: Flow, after: timedelta, basket: Basket, now: datetime) -> Enrollment:
    assert flow.version is not None
    assert basket.contact_id is not None
    ready_at = basket.active_at + after
    return Enrollment(
        shop_id=flow.shop_id,
        flow=flow,
        version_id=flow.version.pk,
        contact_id=basket.contact_id,
        basket=basket,
        key=entry_key(basket),
        cursor=Cursor(index=0, ready_at=ready_at).to_json(),
        context={
            "activity": basket.activity,
            "active_at": basket.active_at.isoformat(),
            "channel": basket.channel,
            "subject": f"basket:{basket.token}",
        },
        entered_at=now,
        due_at=now,
    )


# When it left counts, not when it was planned, which is what the index is of: no mail waits longer than LOOK_BACK.
_RECENT = """
SELECT m.contact_id, m.template, e.basket_id, coalesce(m.ended_at, m.intent_at, m.claimed_at, m.planned_at)
FROM mailflow_message m JOIN mailflow_enrollment e ON e.id = m.enrollment_id
WHERE m.contact_id = ANY(%s) AND e.flow_id = %s AND m.planned_at > %s
  AND coalesce(m.ended_at, m.intent_at, m.claimed_at, m.planned_at) > %s
  AND m.state IN ('claimed', 'sending', 'accepted', 'unknown', 'shadowed')
"""


def recent_mails(flow_id: int, contact_ids: Collection[int], since: datetime) -> Mapping[int, list[RecentMail]]:
    """Return {contact id: mails of a flow since then} that left, may have left or are leaving. One query."""
    found: dict[int, list[RecentMail]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, [list(contact_ids), flow_id, since - LOOK_BACK, since])
        for contact_id, template, basket_id, at in cursor.fetchall():
            found.setdefault(contact_id, []).append(RecentMail(template=template, basket_id=basket_id, at=at))
    return found
