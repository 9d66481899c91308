"""What actions do with people: tags, scores, codes, other flows, notices. In the transaction that records the step.

Refuses to do a step's action a second time for one enrollment: a step run that exists keeps it from happening.

How this can fail, and who is hurt: the transaction is undone (nothing happened, and it is decided again); an offer
that cannot be given (the reason is kept and the mail goes without a code); a flow that does not exist any more (the
step says so; nobody enters anything).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F

from saleor_mailflow.audience.occasions import Note, note
from saleor_mailflow.flows.claimed import Claimed
from saleor_mailflow.flows.entering import begin
from saleor_mailflow.flows.steps import Act
from saleor_mailflow.flows.steps.actions import Coupon, Notify, Score, StartFlow, Tag
from saleor_mailflow.messages.coupons import Want, reserve
from saleor_mailflow.models import Contact, ContactTag, Notice, NoticeTarget, StepRun
from saleor_mailflow.shop.gateway import ShopGateway


@dataclass(frozen=True, kw_only=True)
class Done:
    """What one action came to, for its step run."""

    enrollment_id: int
    step: str
    outcome: str
    detail: Mapping[str, object] = field(default_factory=dict)


Wanted = Sequence[tuple[Claimed, Act]]


def act(shop_id: int, wanted: Wanted, *, now: datetime, gateway: ShopGateway) -> list[Done]:
    """Do what these steps say; return what came of each. A fixed number of queries for each kind of action."""
    ran = set(
        StepRun.objects.filter(enrollment_id__in={claimed.id for claimed, _ in wanted}).values_list(
            "enrollment_id", "step"
        )
    )
    wanted = [(claimed, one) for claimed, one in wanted if (claimed.id, one.step) not in ran]
    return [
        *_tag(shop_id, _of(wanted, Tag), now),
        *_score(_of(wanted, Score)),
        *_reserve(shop_id, _of(wanted, Coupon), now, gateway),
        *_start(shop_id, _of(wanted, StartFlow), now, gateway),
        *_notify(shop_id, _of(wanted, Notify), now),
    ]


def _of(wanted: Wanted, kind: type) -> list[tuple[Claimed, Act]]:
    return [(claimed, one) for claimed, one in wanted if isinstance(one.what, kind)]


def _tag(shop_id: int, wanted: Wanted, now: datetime) -> list[Done]:
    add = {(c.contact_id, tag): c for c, one in wanted if isinstance(one.what, Tag) for tag in one.what.add}
    known = set(
        ContactTag.objects.filter(contact_id__in={contact for contact, _ in add}).values_list("contact_id", "tag")
    )
    new = {pair: claimed for pair, claimed in add.items() if pair not in known}
    ContactTag.objects.bulk_create(
        [ContactTag(contact_id=contact, tag=tag, source=c.flow_key, at=now) for (contact, tag), c in new.items()],
        ignore_conflicts=True,
    )
    notes = [
        Note(
            contact_id=contact,
            kind="tag.added",
            of=tag,
            key=f"tag.added:{contact}:{tag}:{claimed.id}",
            at=now,
            enrollment_id=claimed.id,
        )
        for (contact, tag), claimed in new.items()
    ]
    note(shop_id, notes, learned_at=now)
    for tag in {tag for _, one in wanted if isinstance(one.what, Tag) for tag in one.what.remove}:
        whose = {c.contact_id for c, one in wanted if isinstance(one.what, Tag) and tag in one.what.remove}
        ContactTag.objects.filter(contact_id__in=whose, tag=tag).delete()
    return [
        Done(enrollment_id=c.id, step=one.step, outcome="tagged", detail=_tags(one.what))
        for c, one in wanted
        if isinstance(one.what, Tag)
    ]


def _tags(what: Tag) -> dict[str, object]:
    return {"add": list(what.add), "remove": list(what.remove)}


def _score(wanted: Wanted) -> list[Done]:
    points: dict[int, int] = {}
    for claimed, one in wanted:
        if isinstance(one.what, Score):
            points[claimed.contact_id] = points.get(claimed.contact_id, 0) + one.what.points
    for amount in set(points.values()):
        whose = [contact for contact, sum_ in points.items() if sum_ == amount]
        Contact.objects.filter(id__in=whose).update(score=F("score") + amount)
    return [
        Done(enrollment_id=c.id, step=one.step, outcome="scored", detail={"points": one.what.points})
        for c, one in wanted
        if isinstance(one.what, Score)
    ]


def _reserve(shop_id: int, wanted: Wanted, now: datetime, gateway: ShopGateway) -> list[Done]:
    if not wanted:
        return []
    wants = [
        Want(
            enrollment_id=claimed.id,
            step=one.step,
            contact_id=claimed.contact_id,
            offer_key=one.what.offer,
            channel=claimed.channel,
            basket_id=claimed.basket_id,
            lane_purchase_id=claimed.purchase_id,
        )
        for claimed, one in wanted
        if isinstance(one.what, Coupon)
    ]
    found = reserve(shop_id, wants, gateway=gateway, now=now)
    return [
        Done(
            enrollment_id=coupon.enrollment_id,
            step=coupon.step,
            outcome="no_offer" if coupon.reason else "reserved",
            detail={"reason": coupon.reason} if coupon.reason else {"voucher": coupon.voucher_ref},
        )
        for coupon in found
    ]


def _start(shop_id: int, wanted: Wanted, now: datetime, gateway: ShopGateway) -> list[Done]:
    done = []
    for claimed, one in wanted:
        if isinstance(one.what, StartFlow):
            # One at a time: hardly anybody is sent on, and each may be refused for a reason of their own.
            reason = begin(
                shop_id,
                one.what.flow,
                claimed.contact_id,
                key=f"started:{claimed.id}",
                now=now,
                gateway=gateway,
                channel=claimed.channel,
            )
            detail = {"flow": one.what.flow, "reason": reason}
            done.append(Done(enrollment_id=claimed.id, step=one.step, outcome="started", detail=detail))
    return done


def _notify(shop_id: int, wanted: Wanted, now: datetime) -> list[Done]:
    targets = set(NoticeTarget.objects.filter(shop_id=shop_id).values_list("key", flat=True)) if wanted else set()
    done, notices = [], []
    for claimed, one in wanted:
        if not isinstance(one.what, Notify):
            continue
        if one.what.target in targets:
            notices.append(
                Notice(shop_id=shop_id, enrollment_id=claimed.id, step=one.step, target=one.what.target, due_at=now)
            )
        outcome = "planned" if one.what.target in targets else "no_target"
        done.append(Done(enrollment_id=claimed.id, step=one.step, outcome=outcome, detail={"target": one.what.target}))
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return done
