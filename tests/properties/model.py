"""What must be known after any number of webhooks in any order: of everything the newest word, of deleted people none.

Plain loops over lists, no database. Takes the parser's word for what a body says; knows nothing of how news is merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot
from saleor_mailflow.webhooks.body import read_body
from saleor_mailflow.webhooks.parse import parse
from tests.days.oracle import NO, YES, address
from tests.properties.sequences import Delivery

FIELDS = ("user_ref", "name", "language", "country")


@dataclass(frozen=True)
class Word:
    """What somebody's record said about mail: somewhere between two times."""

    place: str
    said: str
    earliest: datetime
    latest: datetime


@dataclass
class Person:
    """The newest of everything said of an address; more than one answer where two words are of one time."""

    words: list[Word] = field(default_factory=list)
    said: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    staff: bool = False
    first_seen: datetime | None = None

    def newest(self, name: str) -> set[str]:
        """Return what a field may hold."""
        told = [(at, value) for at, value in self.said[name] if value]
        last = max((at for at, _ in told), default=None)
        return {value for at, value in told if at == last} or {""}

    def wants(self) -> set[str]:
        """Return the newest word about mail: several where it cannot be told which of two places spoke last.

        Nor can it where a place took its yes back at a time that may be before the yes itself: heard first and repeated
        later, such a no may count from any of its repetitions, and as long as it may have been said it counts.
        """
        changes: list[Word] = []
        for place in {word.place for word in self.words}:
            last: Word | None = None
            crossing = False
            for word in sorted((w for w in self.words if w.place == place), key=lambda w: (w.latest, w.earliest)):
                if last is None or word.said != last.said:
                    crossing = last is not None and word.said == "withdrawn" and word.earliest <= last.latest
                    changes.append(word)
                elif crossing:
                    changes[-1] = replace(changes[-1], latest=word.latest)
                last = word
        newest = max((word.earliest for word in changes), default=None)
        return {word.said for word in changes if newest is not None and word.latest >= newest} or {""}


class Model:
    """Hears webhooks as they arrive and knows what has to be known in the end."""

    def __init__(self, deliveries: Collection[Delivery]) -> None:
        self.carts: dict[str, list[CheckoutSnapshot]] = defaultdict(list)
        self.orders: dict[str, list[OrderSnapshot]] = defaultdict(list)
        self.accounts: list[CustomerSnapshot] = []
        #: When each account, and each address that was its own, was deleted.
        self.deleted: dict[str, datetime] = {}
        self.deleted_addresses: dict[str, datetime] = {}
        self.unknown = 0
        heard: set[str] = set()
        for one in deliveries:
            fact = parse(read_body(one.told.raw), event_name=one.told.event, raw=one.told.raw, now=one.at)
            if fact.dedupe_key in heard:
                continue
            heard.add(fact.dedupe_key)
            self.unknown += fact.kind.startswith("unknown:")
            if fact.kind == "customer.deleted":
                self.deleted[fact.subject] = fact.occurred_at
            self._hear(fact.snapshot)
        self.facts = len(heard)
        self._who_is_gone()

    def _hear(self, snapshot: CheckoutSnapshot | OrderSnapshot | CustomerSnapshot | None) -> None:
        if isinstance(snapshot, CheckoutSnapshot):
            self.carts[snapshot.token].append(snapshot)
        elif isinstance(snapshot, OrderSnapshot):
            self.orders[snapshot.order_id].append(snapshot)
        elif snapshot is not None:
            self.accounts.append(snapshot)

    def _who_is_gone(self) -> None:
        for account in self.accounts:
            if account.user_ref in self.deleted and address(account.email):
                self.deleted_addresses[address(account.email)] = self.deleted[account.user_ref]

    def gone(self, email: str, user_ref: str, at: datetime) -> bool:
        """Tell whether a word of ``at`` is about somebody as they were before they had themselves deleted."""
        until = self.deleted_addresses.get(address(email))
        return user_ref in self.deleted or (until is not None and at <= until)

    def baskets(self) -> Iterator[tuple[CheckoutSnapshot, bool]]:
        """Yield of each checkout the newest word, and whether it became an order."""
        bought = {order.token for order in self.purchases() if order.counts_as_purchase and order.token}
        for told in self.carts.values():
            newest = max(told, key=lambda one: (one.last_change, one.seen_at))
            if not self.gone(newest.email, newest.user_ref, newest.last_change):
                yield newest, newest.token in bought

    def purchases(self) -> Iterator[OrderSnapshot]:
        """Yield of each order the newest word."""
        for told in self.orders.values():
            yield max(told, key=lambda one: one.updated_at)

    def people(self) -> dict[str, Person]:
        """Return everybody that is known by an address."""
        found: dict[str, Person] = defaultdict(Person)
        for cart in (one for told in self.carts.values() for one in told):
            if address(cart.email) and not self.gone(cart.email, cart.user_ref, cart.last_change):
                person = self._meet(found, cart, cart.last_change)
                person.staff = person.staff or (bool(cart.user_ref) and cart.user_is_staff)
                seen = cart.seen_at or cart.last_change
                self._say(person, f"checkout {cart.token}", cart.metadata, cart.last_change, seen)
                self._say(person, f"account {cart.user_ref}", cart.user_metadata, cart.last_change, seen)
        for order in (one for told in self.orders.values() for one in told):
            if address(order.email) and not self.gone(order.email, order.user_ref, order.created_at):
                person = self._meet(found, order, order.updated_at)
                place = f"order {order.order_id}"
                self._say(person, place, order.metadata, order.updated_at, order.updated_at)
        for account in self.accounts:
            if address(account.email) and account.user_ref not in self.deleted:
                person = self._meet(found, account, account.updated_at)
                person.staff = person.staff or account.is_staff
                place = f"account {account.user_ref}"
                self._say(person, place, account.metadata, account.updated_at, account.updated_at)
        return found

    def _meet(
        self, found: dict[str, Person], told: CheckoutSnapshot | OrderSnapshot | CustomerSnapshot, at: datetime
    ) -> Person:
        person = found[address(told.email)]
        person.first_seen = min(person.first_seen or at, at)
        said = {"user_ref": told.user_ref, "language": told.language, "country": told.country}
        for name, value in {**said, "name": f"{told.first_name} {told.last_name}".strip()}.items():
            person.said[name].append((at, value))
        return person

    def _say(self, person: Person, place: str, metadata: object, earliest: datetime, latest: datetime) -> None:
        assert hasattr(metadata, "get")
        word = metadata.get("newsletter", "")
        said = "granted" if word in YES else "withdrawn" if word in NO else ""
        if said:
            person.words.append(Word(place, said, min(earliest, latest), max(earliest, latest) + timedelta(seconds=1)))
