"""A flow tried on the shop's own past: who would have entered, which mails would have come due, and who left before.

Refuses to write (the database is told so first), to send, and to claim what the past does not say: permission, limits,
quiet hours and clicks are not in it, so the figures are an upper bound, and shadow mode says the rest. Refuses to look
at more than ``SAMPLE`` entries: of more, an even part is gone through and projected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from saleor_mailflow.flows.backtest_person import KNOWN, Entry, Person, go_through
from saleor_mailflow.flows.crossings import NO_ZONES, Zones, crossings_by_time
from saleor_mailflow.flows.definition import Flow, Reentry
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.triggers import Happened, IdleBasket, Manual, Recurring, Threshold
from saleor_mailflow.models import Basket, Consent, Contact, Occasion, Profile, Purchase, Shop
from saleor_mailflow.process.order_occasions import BY_A_SHOPPER

#: Entries that are gone through one by one; about a thousand a second.
SAMPLE = 2_000
PAGE = 1_000
MOST_DAYS = 90
_COLUMNS = {
    "order.created": "created_at",
    "order.confirmed": "confirmed_at",
    "order.paid": "paid_at",
    "order.fulfilled": "fulfilled_at",
}


@dataclass(kw_only=True)
class Backtest:
    """What a flow would have come to. Counts are whole; ``part`` below 1 says that they are projected from a part."""

    since: datetime
    until: datetime
    #: Those who met the trigger, and those whom filter and re-entry would have let in.
    crossed: int = 0
    entered: int = 0
    mails: int = 0
    #: Coupon steps that were reached: codes that would have been reserved.
    codes: int = 0
    part: float = 1.0
    by_day: dict[date, int] = field(default_factory=dict)
    by_step: dict[str, int] = field(default_factory=dict)
    #: Why people would have left before the last step.
    left: dict[str, int] = field(default_factory=dict)
    #: What the flow asks and the past does not say; taken as not known.
    unknown: tuple[str, ...] = ()


def backtest(shop: Shop, flow: Flow, *, now: datetime, days: int, zones: Zones = NO_ZONES) -> Backtest | None:
    """Return what ``flow`` would have come to over the last ``days``, 1 to MOST_DAYS; None without a past to try it on.

    Mails that would come due only after ``now`` are not counted.
    """
    since = now - timedelta(days=min(max(days, 1), MOST_DAYS))
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The database itself sees to it that nothing is written.
            cursor.execute("SET TRANSACTION READ ONLY")
        crossings = _crossings(shop.pk, flow, since=since, now=now, zones=zones)
        if crossings is None:
            return None
        found = Backtest(since=since, until=now, unknown=_unknown(flow))
        let_in = list(_once(flow, sorted(crossings, key=lambda one: (one.at, one.contact_id)), found))
        stride = -(-len(let_in) // SAMPLE) or 1
        picked = let_in[::stride]
        counted = Counter[str]()
        mails: Counter[date] = Counter()
        for start in range(0, len(picked), PAGE):
            page = picked[start : start + PAGE]
            for entry, person in _read(page):
                _count(flow, entry, person, now, counted, mails)
    _project(found, counted, mails, len(let_in) / len(picked) if picked else 1.0)
    return found


def _count(
    flow: Flow, entry: Entry, person: Person, now: datetime, counted: Counter[str], mails: Counter[date]
) -> None:
    done = go_through(flow, entry, person, now)
    if done is None:
        return
    counted["entered"] += 1
    counted["codes"] += done.codes
    if done.left and done.left != Reason.COMPLETED:
        counted[f"left:{done.left}"] += 1
    for step, at in done.mails:
        counted[f"step:{step}"] += 1
        mails[at.date()] += 1


def _project(found: Backtest, counted: Counter[str], mails: Counter[date], times: float) -> None:
    whole = {name: round(number * times) for name, number in counted.items()}
    found.part = 1 / times
    found.entered, found.codes = whole.get("entered", 0), whole.get("codes", 0)
    found.by_step = {name[5:]: number for name, number in whole.items() if name.startswith("step:")}
    found.left = {name[5:]: number for name, number in whole.items() if name.startswith("left:")}
    found.by_day = {day: round(number * times) for day, number in sorted(mails.items())}
    found.mails = sum(found.by_step.values())


def _unknown(flow: Flow) -> tuple[str, ...]:
    asks = set(flow.asks) | (set(flow.filter.asks()) if flow.filter is not None else set())
    return tuple(sorted({ask.fact for ask in asks} - KNOWN))


def _once(flow: Flow, entries: Sequence[Entry], found: Backtest) -> Iterator[Entry]:
    """Yield those whom the flow's own rule of coming again lets in, counting all who crossed."""
    last: dict[int, datetime] = {}
    for one in entries:
        found.crossed += 1
        before = last.get(one.contact_id)
        if before is not None and (flow.reentry is Reentry.NEVER or one.at - before < flow.once_per):
            continue
        last[one.contact_id] = one.at
        yield one


def _crossings(shop_id: int, flow: Flow, *, since: datetime, now: datetime, zones: Zones) -> list[Entry] | None:
    trigger = flow.trigger
    if isinstance(trigger, Manual | Recurring):
        return None
    if isinstance(trigger, IdleBasket):
        return list(_baskets(shop_id, trigger, since=since, now=now))
    if isinstance(trigger, Threshold):
        rows = Profile.objects.filter(shop_id=shop_id, vip_since__gt=since, vip_since__lte=now)
        return [Entry(contact_id=pk, at=at) for pk, at in rows.values_list("contact_id", "vip_since") if at is not None]
    if isinstance(trigger, Happened):
        return list(_happened(shop_id, trigger, since=since, now=now))
    pages = crossings_by_time(shop_id, flow, since=since, now=now, zones=zones)
    return [Entry(contact_id=one.contact_id, at=one.at) for page in pages for one in page]


def _baskets(shop_id: int, trigger: IdleBasket, *, since: datetime, now: datetime) -> Iterator[Entry]:
    """Yield carts that lay idle for long enough. Of each the last rest is known, not those before it."""
    rows = Basket.objects.filter(
        shop_id=shop_id,
        active_at__gt=since - trigger.after,
        active_at__lte=now - trigger.after,
        contact__is_staff=False,
    ).exclude(email="")
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gte=F("active_at") + trigger.after))
    found = rows.exclude(contact=None).values_list("pk", "contact_id", "active_at")
    for pk, contact_id, active_at in found.iterator(chunk_size=10_000):
        assert contact_id is not None, "those without were left out"
        yield Entry(contact_id=contact_id, at=active_at + trigger.after, basket_id=pk)


def _happened(shop_id: int, trigger: Happened, *, since: datetime, now: datetime) -> Iterator[Entry]:
    elsewhere = dict(trigger.elsewhere)
    for kind in {trigger.event, *elsewhere.values()}:
        column = _COLUMNS.get(kind)
        if column is not None:
            wanted = {f"{column}__gt": since, f"{column}__lte": now}
            orders = Purchase.objects.filter(shop_id=shop_id, counts=True, origin__in=BY_A_SHOPPER, **wanted)
            if kind == "order.fulfilled":
                orders = orders.filter(silent=False)
            rows = orders.exclude(contact=None).values_list("pk", "contact_id", "channel", column)
            for pk, contact_id, channel, at in rows.iterator(chunk_size=10_000):
                if elsewhere.get(channel, trigger.event) == kind:
                    yield Entry(contact_id=contact_id, at=at, order_id=pk)
        elif kind == "consent.granted":
            said = Consent.objects.filter(shop_id=shop_id, state="granted", at__gt=since, at__lte=now)
            of = said.filter(topic=trigger.of) if trigger.of else said
            yield from (Entry(contact_id=pk, at=at) for pk, at in of.values_list("contact_id", "at"))
        else:
            told = Occasion.objects.filter(shop_id=shop_id, kind=kind, at__gt=since, at__lte=now)
            of_it = told.filter(of=trigger.of) if trigger.of else told
            yield from (Entry(contact_id=pk, at=at) for pk, at in of_it.values_list("contact_id", "at"))


def _read(page: Sequence[Entry]) -> Iterator[tuple[Entry, Person]]:
    """Yield entries with what they are about and whom, without those who are never written to. Three queries."""
    rows = Contact.objects.filter(pk__in={one.contact_id for one in page}, erased_at=None, is_staff=False)
    people = {row.pk: Person(contact=row) for row in rows}
    orders: dict[int, Purchase] = {}
    for order in Purchase.objects.filter(contact_id__in=list(people), counts=True).order_by("created_at", "id"):
        orders[order.pk] = order
        if order.contact_id is not None:
            people[order.contact_id].orders.append(order)
    baskets = Basket.objects.in_bulk([one.basket_id for one in page if one.basket_id is not None])
    for one in page:
        if one.contact_id in people:
            basket, order_ = baskets.get(one.basket_id or 0), orders.get(one.order_id or 0)
            yield replace(one, basket=basket, order=order_), people[one.contact_id]
