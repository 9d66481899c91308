"""One person's way through a flow over a past that is known already. Refuses to look anything up: all is given.

The engine is the one that live flows run by; only the moments are made from the past.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from saleor_mailflow.audience.zones import named, zone_of
from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.engine import run
from saleor_mailflow.flows.goals import LifeFacts, OrderState, person_leaves
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps import Act, Coupon, Leave, Moment, Plan, Sleep
from saleor_mailflow.models import Basket, Contact, Purchase

#: What the past says of every moment in it.
KNOWN = frozenset(
    {
        "contact.orders", "contact.first_order", "contact.last_order", "contact.spent", "contact.spent_12m",
        "contact.language", "contact.country", "contact.has_account", "contact.known_since", "since.ordered",
        "order.total", "order.channel", "order.voucher", "order.first", "order.paid",
        "basket.total", "basket.lines", "basket.channel", "basket.voucher",
    }
)  # fmt: skip
#: A flow has an end; this many looks are more than any has.
LOOKS = 500
_YEAR = timedelta(days=365)
_OVER = frozenset({"CANCELED", "EXPIRED", "RETURNED"})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Somebody who met the trigger, and what it was about."""

    contact_id: int
    at: datetime
    #: Our rows' ids; the rows themselves are read for those who are gone through.
    order_id: int | None = None
    basket_id: int | None = None
    order: Purchase | None = None
    basket: Basket | None = None


@dataclass(kw_only=True)
class Person:
    """Somebody with all that they ever ordered, the oldest first."""

    contact: Contact
    orders: list[Purchase] = field(default_factory=list)


@dataclass(kw_only=True)
class Way:
    """What came of somebody: mails by step and time, codes, and why they left; "" while they are inside."""

    mails: list[tuple[str, datetime]] = field(default_factory=list)
    codes: int = 0
    left: str = ""


def go_through(flow: Flow, entry: Entry, person: Person, until: datetime) -> Way | None:
    """Return what came of somebody up to ``until``; None where the filter or a reason to leave kept them out."""
    at = entry.at
    if _leave(flow, entry, person, at) or (flow.filter and not flow.filter.holds(_facts(entry, person, at), at)):
        return None
    way, cursor, sent_at = Way(), flow.begin(at), None
    coupons = {step for step, place in flow.places.items() if isinstance(place.step, Coupon)}
    happenings = sorted({when for when, _ in _events(entry, person) if when > entry.at})
    for _ in range(LOOKS):
        moment = _moment(flow, entry, person, at, sent_at)
        wake: datetime | None = None
        for decision, after in run(flow, cursor, moment):
            cursor = after
            match decision:
                case Leave(reason=reason):
                    way.left = reason
                    return way
                case Plan(step=step):
                    way.mails.append((step, at))
                    # What comes next may count from this mail, so it is looked at anew.
                    sent_at = wake = at
                    break
                case Act(step=step):
                    way.codes += step in coupons
                case Sleep(until=ends):
                    wake = ends
        if wake is None:
            return way
        # Whatever they do meanwhile may end their waiting, or the flow.
        at = min([wake, *(when for when in happenings if at < when)])
        if at > until:
            return way
    return way


def _moment(flow: Flow, entry: Entry, person: Person, at: datetime, sent_at: datetime | None) -> Moment:
    happened: dict[str, tuple[datetime, ...]] = {}
    for when, name in _events(entry, person):
        if entry.at <= when <= at:
            happened[name] = (*happened.get(name, ()), when)
    return Moment(
        now=at,
        entered_at=entry.at,
        active_at=entry.basket.active_at if entry.basket is not None else entry.at,
        last_sent_at=sent_at,
        leave=_leave(flow, entry, person, at),
        facts=_facts(entry, person, at),
        happened=happened,
        zone=_zone(person.contact),
        dates={"birthday": person.contact.birthday.isoformat()} if person.contact.birthday else {},
        seed=f"{flow.key}:{entry.contact_id}",
    )


def _zone(contact: Contact) -> str:
    own = named(contact.timezone) if contact.timezone else None
    return (own or zone_of(contact.country).zone).key


def _events(entry: Entry, person: Person) -> Iterator[tuple[datetime, str]]:
    """Yield when something happened, by ``WaitFor.name``: "own" is about the order or cart that they are in for."""
    for order in person.orders:
        own = _is_own(entry, order)
        for name, when in (
            ("order.created", order.created_at),
            ("order.confirmed", order.confirmed_at),
            ("order.paid", order.paid_at),
            ("order.fulfilled", None if order.silent else order.fulfilled_at),
        ):
            if when is not None:
                yield when, name
                if own:
                    yield when, f"own {name}"


def _is_own(entry: Entry, order: Purchase) -> bool:
    if entry.order is not None:
        return order.pk == entry.order.pk
    return entry.basket is None or (order.token != "" and order.token == entry.basket.token)


def _leave(flow: Flow, entry: Entry, person: Person, at: datetime) -> str:
    basket = entry.basket
    if basket is not None:
        if any(basket.active_at < one.created_at <= at for one in person.orders):
            return Reason.ORDERED
        over = basket.ended_at is not None and basket.ended_at <= at
        by_state = {"converted": Reason.ORDERED, "emptied": Reason.EMPTIED, "deleted": Reason.GONE}
        return by_state.get(basket.state, Reason.EMPTIED) if over else ""
    own = next((one for one in person.orders if entry.order is not None and one.pk == entry.order.pk), None)
    since = [one for one in person.orders if entry.at < one.created_at <= at and one is not own]
    reason, _ = person_leaves(
        LifeFacts(
            ordered=since[0].number or "?" if since else "",
            open_order=_open(person, own, at) if Ending.OPEN_ORDER in flow.ends else "",
            order=_as_it_was(own, at) if own is not None else None,
        ),
        marketing=False,
        ends=flow.ends,
    )
    return reason


def _open(person: Person, own: Purchase | None, at: datetime) -> str:
    for one in person.orders:
        sent = one.fulfilled_at is not None and one.fulfilled_at <= at
        if one is not own and at - timedelta(days=60) < one.created_at <= at and not sent and one.status not in _OVER:
            return one.number or "?"
    return ""


def _as_it_was(order: Purchase, at: datetime) -> OrderState:
    """Return the order as it stood: what went wrong with it did so when it was last changed."""
    changed = order.updated_at <= at
    return OrderState(
        number=order.number, status=order.status if changed else "", refunded=changed and order.total_refunded > 0
    )


def _facts(entry: Entry, person: Person, at: datetime) -> dict[str, object]:
    orders = [one for one in person.orders if one.created_at <= at]
    contact, order, basket = person.contact, entry.order, entry.basket
    facts: dict[str, object] = {
        "contact.orders": len(orders),
        "contact.first_order": orders[0].created_at if orders else None,
        "contact.last_order": orders[-1].created_at if orders else None,
        "contact.language": contact.language or None,
        "contact.country": contact.country or None,
        "contact.has_account": bool(contact.user_ref),
        "contact.known_since": contact.first_seen_at,
        "since.ordered": any(one.created_at > entry.at for one in orders),
    }
    for one in orders:
        worth = one.total - one.total_refunded
        for name, counts in (("contact.spent", True), ("contact.spent_12m", one.created_at > at - _YEAR)):
            if counts:
                key = f"{name}:{one.currency}"
                so_far = facts.get(key, Decimal(0))
                assert isinstance(so_far, Decimal)
                facts[key] = so_far + worth
    if order is not None:
        facts |= {
            f"order.total:{order.currency}": order.total,
            "order.channel": order.channel,
            "order.voucher": bool(order.voucher_code),
            "order.first": bool(orders) and orders[0].pk == order.pk,
            "order.paid": order.paid_at is not None and order.paid_at <= at,
        }
    if basket is not None:
        facts |= {
            f"basket.total:{basket.currency}": basket.total,
            "basket.lines": basket.line_count,
            "basket.channel": basket.channel,
            "basket.voucher": bool(basket.voucher_code),
        }
    return facts
