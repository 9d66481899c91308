"""Who is owed which mail, worked out from the issue's own words and ADR 0004 and 0005, with nothing of the product.

Slow and plain on purpose: lists, loops, no database. It reads what people did, not what was parsed of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from saleor_mailflow.testing.bodies import Account, Cart, Order

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
YES, NO = {"yes", "true", "1"}, {"no", "false", "0"}


@dataclass
class Person:
    """What is known of whoever has an address."""

    country: str = ""
    staff: bool = False
    refs: set[str] = field(default_factory=set)
    #: The newest word about mail, and the last word at each place it was said.
    word: str = ""
    places: dict[str, str] = field(default_factory=dict)
    #: (step, when planned, cart) of every mail that left.
    mails: list[tuple[str, datetime, str]] = field(default_factory=list)


@dataclass
class Left:
    """A cart as it stands, and how often its shopper did something."""

    cart: Cart
    order: int
    active_at: datetime
    activity: int = 1
    considered: int = 0
    email: str = ""


@dataclass
class Inside:
    """Somebody between the mails."""

    token: str
    email: str
    activity: int
    active_at: datetime
    last_sent: datetime | None = None
    next_at: datetime | None = None


@dataclass
class Owed:
    """What must come of a day."""

    mails: list[tuple[str, str, datetime]] = field(default_factory=list)
    kept: list[tuple[str, str, str]] = field(default_factory=list)
    exits: Counter[str] = field(default_factory=Counter)
    entered: int = 0


@dataclass(frozen=True)
class Deed:
    """Something that became known ``at``: a thing as it is then, or an address that unsubscribes or is deleted."""

    at: datetime
    about: Cart | Order | Account | str
    deleted: bool = False


class Oracle:
    """Lives through a day, deed by deed, and keeps what is owed."""

    def __init__(self, flow_on: datetime) -> None:
        self.flow_on, self.now = flow_on, flow_on
        self.owed = Owed()
        self.people: dict[str, Person] = {}
        self.carts: dict[str, Left] = {}
        self.orders: dict[str, Order] = {}
        self.unsubscribed: set[str] = set()
        self.inside: list[Inside] = []

    def live(self, deeds: Iterable[Deed], until: datetime) -> Owed:
        """Return what is owed after all deeds, with everybody's time run out."""
        for deed in sorted(deeds, key=lambda one: one.at):
            self._run(deed.at)
            self.now = deed.at
            self._learn(deed)
        self._run(until)
        return self.owed

    def _learn(self, deed: Deed) -> None:
        about = deed.about
        if isinstance(about, str):
            if any(email == about for email, _, _ in self.owed.mails):
                self.unsubscribed.add(about)
            return
        if isinstance(about, Cart):
            concerned = self._cart(about, deed.at)
        elif isinstance(about, Order):
            concerned = self._order(about, deed.at)
        else:
            concerned = self._delete(about) if deed.deleted else self._account(about, deed.at)
        for one in [one for one in self.inside if one.email in concerned]:
            self._look(one)

    def _cart(self, cart: Cart, at: datetime) -> set[str]:
        email = address(cart.email)
        left = self.carts.get(cart.token)
        if left is None:
            left = self.carts[cart.token] = Left(cart=cart, order=len(self.carts), active_at=cart.at)
        elif signature(left.cart) != signature(cart):
            left.activity, left.active_at = left.activity + 1, max(left.active_at, cart.at)
        concerned = {left.email, email}
        left.cart, left.email = cart, email
        if email:
            self._hear(email, at, f"checkout {cart.token}", cart.consent)
            self._meet(email, at, cart.account, country_of(cart))
        return concerned

    def _order(self, order: Order, at: datetime) -> set[str]:
        email = address(order.cart.email)
        self.orders[order.key] = order
        if email:
            self._hear(email, at, f"order {order.key}", order.cart.consent)
            person = self.people.setdefault(email, Person())
            person.country = country_of(order.cart) or person.country
            if order.cart.account is not None:
                person.refs.add(order.cart.account.ref)
        cart = self.carts.get(order.cart.token) if order.from_cart else None
        return {email, cart.email if cart else ""}

    def _account(self, account: Account, at: datetime) -> set[str]:
        email = address(account.email)
        self._meet(email, at, account, account.country)
        return {email}

    def _meet(self, email: str, at: datetime, account: Account | None, country: str) -> None:
        person = self.people.setdefault(email, Person())
        person.country = country or person.country
        if account is not None:
            person.refs.add(account.ref)
            person.staff = person.staff or account.staff
            self._hear(email, at, f"account {account.ref}", account.consent)

    def _hear(self, email: str, at: datetime, place: str, said: str) -> None:
        person = self.people.setdefault(email, Person())
        word = "yes" if said in YES else "no" if said in NO else ""
        if word and person.places.get(place) != word:
            person.places[place] = person.word = word

    def _delete(self, account: Account) -> set[str]:
        gone = {e for e, p in self.people.items() if account.ref in p.refs} | {address(account.email)}
        for one in [one for one in self.inside if one.email in gone]:
            self._leave(one, "erased")
        for email in gone:
            self.people.pop(email, None)
        for left in self.carts.values():
            if left.email in gone:
                left.email, left.considered = "", left.activity
        return set()

    # Time passes

    def _run(self, until: datetime) -> None:
        while True:
            crossings = [
                (left.active_at + HOUR, 0, left)
                for left in self.carts.values()
                if left.considered < left.activity
                and left.email
                and left.cart.items
                and not self._converted(left)
                and left.active_at + HOUR > self.flow_on
            ]
            waits = [(one.next_at, 1, one) for one in self.inside if one.next_at is not None]
            due = sorted([*crossings, *waits], key=lambda one: one[:2])
            if not due or max(due[0][0], self.now) >= until:
                return
            self.now = max(self.now, due[0][0])
            thing = due[0][2]
            if isinstance(thing, Left):
                self._cross(thing)
            else:
                self._second(thing)

    def _cross(self, left: Left) -> None:
        left.considered = left.activity
        person = self.people[left.email]
        recent = [(step, token) for step, at, token in person.mails if at > self.now - WEEK]
        others = [token for _, token in recent if token != left.cart.token]
        if person.staff or self._bought(left, left.active_at) or self._newer(left) or others:
            return
        if {step for step, _ in recent} == {"reminder", "last_call"}:
            return
        self.owed.entered += 1
        one = Inside(token=left.cart.token, email=left.email, activity=left.activity, active_at=left.active_at)
        self.inside.append(one)
        if self._look(one):
            return
        self._send(one, "reminder")
        self._wait(one)

    def _wait(self, one: Inside) -> None:
        one.next_at = one.active_at + DAY
        if one.last_sent is not None:
            one.next_at = max(one.next_at, one.last_sent + 12 * HOUR)

    def _second(self, one: Inside) -> None:
        if not self._look(one):
            self._send(one, "last_call")
            self._leave(one, "completed")

    def _send(self, one: Inside, step: str) -> None:
        why = self._refuse(one, step)
        if why:
            self.owed.kept.append((one.email, step, why))
            return
        self.owed.mails.append((one.email, step, self.now))
        self.people[one.email].mails.append((step, self.now, one.token))
        one.last_sent = self.now

    def _refuse(self, one: Inside, step: str) -> str:
        cart, person = self.carts[one.token].cart, self.people[one.email]
        if cart.charge == "FULL":
            return "paid"
        if cart.authorize == "FULL":
            return "authorized"
        if "PARTIAL" in (cart.charge, cart.authorize):
            return "payment_pending"
        if person.word == "no":
            return "consent_withdrawn"
        country = country_of(cart) or person.country
        # The soft opt-in: whoever bought from us before may be reminded of a cart in Germany and the UK.
        unasked = country == "US" or (country in {"DE", "GB"} and self._customer(one.email))
        if not unasked and person.word != "yes":
            return "no_consent"
        if any(sent == step and at > self.now - WEEK for sent, at, _ in person.mails):
            return "already_sent"
        return ""

    # Who must leave

    def _look(self, one: Inside) -> bool:
        left = self.carts[one.token]
        why = ""
        if self._bought(left, one.active_at):
            why = "ordered"
        elif left.email in self.unsubscribed:
            why = "unsubscribed"
        elif not left.cart.items:
            why = "emptied"
        elif left.activity != one.activity:
            why = "activity"
        elif self._newer(left):
            why = "newer_basket"
        if why:
            self._leave(one, why)
        return bool(why)

    def _leave(self, one: Inside, why: str) -> None:
        self.inside.remove(one)
        self.owed.exits[why] += 1

    def _converted(self, left: Left) -> bool:
        return any(
            o.from_cart and o.cart.token == left.cart.token and o.status != "DRAFT" for o in self.orders.values()
        )

    def _customer(self, email: str) -> bool:
        return any(
            order.status not in {"DRAFT", "CANCELED"} and address(order.cart.email) == email
            for order in self.orders.values()
        )

    def _bought(self, left: Left, since: datetime) -> bool:
        known = self.people.get(left.email, Person()).refs
        accounts = {left.cart.account.ref} if left.cart.account else known
        for order in self.orders.values():
            if order.status == "DRAFT" or order.created < since:
                continue
            if left.email and address(order.cart.email) == left.email:
                return True
            if order.cart.account is not None and order.cart.account.ref in accounts:
                return True
        return self._converted(left)

    def _newer(self, left: Left) -> bool:
        return any(
            other is not left
            and other.email == left.email
            and other.cart.items
            and not self._converted(other)
            and (other.active_at, other.order) > (left.active_at, left.order)
            for other in self.carts.values()
        )


def address(email: str | None) -> str:
    """Return one spelling of an address, "" for what is none. Days use no others than these kinds of broken ones."""
    found = (email or "").strip().lower()
    broken = not found or "\n" in found or " " in found or len(found) > 200 or found.count("@") != 1
    return "" if broken else found


def country_of(cart: Cart) -> str:
    """Return the country of a cart: its address, its account's, its channel's."""
    return cart.country or (cart.account.country if cart.account else "") or cart.channel.country


def signature(cart: Cart) -> tuple[object, ...]:
    """Return what only the shopper changes."""
    counted: Counter[int] = Counter()
    for item in cart.items:
        if not item.is_gift:
            counted[item.number] += item.quantity
    return (cart.email or "").strip().lower(), tuple(sorted(counted.items()))
