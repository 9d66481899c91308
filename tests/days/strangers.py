"""People whom nobody planned: each wanders through the shop by chance, and leaves webhooks behind.

Refuses to think about mail; the oracle does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from saleor_mailflow.testing.bodies import Account, Cart, Channel, Item, Order
from saleor_mailflow.testing.days import SOON, DayBuilder
from saleor_mailflow.testing.signing import SigningShop
from tests.days.oracle import Deed

START = datetime(2027, 2, 26, 7, 0, tzinfo=UTC)
CHANNELS = (
    Channel(slug="us", currency="USD", country="US"),
    Channel(slug="us", currency="USD", country="US"),
    Channel(slug="pl", currency="PLN", country="PL"),
    Channel(slug="eu", currency="EUR"),
    Channel(slug="jp", currency="JPY", country="JP"),
    Channel(slug="odd", currency="XTS"),
)
COUNTRIES = ("US", "US", "US", "", "DE", "PL", "JP", "GB", "AQ", "ZZ", "XK")
LANGUAGES = ("EN_US", "DE", "PL", "JA", "PT_BR", "ZH_HANS", "XX", "", "en-GB", "TLH_QX")
NAMES = (
    "Anna",
    "",
    "Zoë",
    "山田",
    "<b>Eve</b>",
    "Buy at http://evil.example",
    "a\u202eb",
    "x" * 300,
    "Ann\x00a",
    "{{ 7 }}",
)
PRODUCTS = ("Linen shirt", "Kühlschrank & Söhne", "<script>alert(1)</script>", "{% raise %}", "シャツ", "x" * 500, "")
BROKEN = ("not an address", "a@b@c", "two\nlines@x.example", "", "l" * 250 + "@x.example")
PAUSES = [
    timedelta(minutes=m) for m in (1, 7, 38, 59, 60, 61, 90, 190, 660, 700, 1200, 1439, 1440, 1441, 4000, 10100, 12000)
]


@dataclass
class Stranger:
    """Somebody on their way through the day."""

    email: str
    now: datetime
    account: Account | None = None
    carts: list[Cart] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    gone: bool = False


class Crowd:
    """People of one day, and what they did. ``deeds`` is for the oracle, ``builder.told`` for the product."""

    def __init__(self, seed: int, shop: SigningShop, *, people: int = 8, links: bool = True) -> None:
        """Let ``people`` wander; only with ``links`` may they unsubscribe by the link in their mail."""
        self.chance = Random(seed)
        self.builder = DayBuilder(shop, chance=self.chance)
        self.unsubscribes: list[Deed] = []
        self._deleted: set[int] = set()
        self._actions: list[Callable[[Stranger], None]] = [
            self._fill, self._fill, self._refill, self._refill, self._empty, self._readdress, self._fidget, self._pay,
            self._pay, self._say, self._say, self._buy, self._buy_elsewhere, self._buy_by_account, self._draft,
            self._cancel, self._delete, self._nothing, *([self._unsubscribe, self._unsubscribe] if links else []),
        ]  # fmt: skip
        for number in range(people):
            self._wander(number)
        self.builder.told.sort(key=lambda one: one.at)

    @property
    def deeds(self) -> list[Deed]:
        """Return what became known, and when."""
        told = [
            Deed(one.at, one.about, deleted=one.event == "customer_deleted")
            for one in self.builder.told
            if one.about is not None
        ]
        return [*told, *self.unsubscribes]

    def _wander(self, number: int) -> None:
        one = Stranger(email=self._email(number), now=START + timedelta(seconds=self.chance.randrange(0, 7200)))
        if self.chance.random() < 0.4:
            one.account = self.builder.account(
                one.now,
                email=one.email,
                consent=self.chance.choice(["", "", "yes", "no", "perhaps"]),
                country=self.chance.choice(["", "", "US", "DE"]),
                staff=self.chance.random() < 0.1,
            )
        self._pause(one)
        self._fill(one)
        for _ in range(self.chance.randrange(0, 7)):
            if not one.gone:
                self._pause(one)
                self.chance.choice(self._actions)(one)

    def _email(self, number: int) -> str:
        name = self.chance.choice(
            ["p{}@x.example", "P{}@X.example", "p{}+tag@x.example", "ü{}@x.example", "p{}@bücher.example"]
        )
        return name.format(number)

    def _pause(self, one: Stranger) -> None:
        one.now += self.chance.choice(PAUSES) + timedelta(seconds=self.chance.choice([0, 0, 1, 30]))

    def _spelled(self, email: str) -> str:
        return self.chance.choice([email, email.upper() if email.isascii() else email, f" {email}"])

    def _items(self) -> tuple[Item, ...]:
        chance = self.chance
        return tuple(
            Item(
                number=chance.randrange(1, 6),
                quantity=chance.choice([1, 2, 3, 1000]),
                price=chance.choice([Decimal("19.90"), Decimal(0), Decimal("0.005"), Decimal(999999)]),
                name=chance.choice(PRODUCTS) or "Thing",
                is_gift=chance.random() < 0.1 and index > 0,
            )
            for index in range(chance.choice([1, 1, 2, 12]))
        )

    def _cart(self, one: Stranger) -> Cart | None:
        return self.chance.choice(one.carts) if one.carts else None

    def _keep(self, one: Stranger, cart: Cart) -> None:
        one.carts = [kept for kept in one.carts if kept.token != cart.token] + [cart]

    # What people do

    def _fill(self, one: Stranger) -> None:
        chance = self.chance
        email: str | None = self._spelled(one.email)
        if chance.random() < 0.2:
            email = chance.choice([None, None, *BROKEN])
        cart = self.builder.cart(
            one.now,
            channel=chance.choice(CHANNELS),
            email=email,
            # Saleor says the account's address where the cart has none.
            account=one.account if one.account and email and chance.random() < 0.7 else None,
            items=self._items() if chance.random() < 0.9 else (),
            country=chance.choice(COUNTRIES),
            language=chance.choice(LANGUAGES),
            first_name=chance.choice(NAMES),
            consent=chance.choice(["", "", "yes", "true", "no", "maybe"]),
        )
        self._keep(one, cart)

    def _refill(self, one: Stranger) -> None:
        if cart := self._cart(one):
            self._keep(one, self.builder.change(cart, one.now, items=self._items()))

    def _empty(self, one: Stranger) -> None:
        if cart := self._cart(one):
            self._keep(one, self.builder.change(cart, one.now, items=()))

    def _readdress(self, one: Stranger) -> None:
        if cart := self._cart(one):
            email = self.chance.choice([one.email, one.email, None, f"other.{one.email.lower()}", *BROKEN[:2]])
            if cart.account is None:
                self._keep(one, self.builder.change(cart, one.now, email=email))

    def _fidget(self, one: Stranger) -> None:
        """Change what is no activity: where to, in which language, by which name."""
        if cart := self._cart(one):
            where, language = self.chance.choice(COUNTRIES), self.chance.choice(LANGUAGES)
            self._keep(one, self.builder.change(cart, one.now, country=where, language=language))

    def _pay(self, one: Stranger) -> None:
        if cart := self._cart(one):
            event, charge, authorize = self.chance.choice(
                [
                    ("checkout_fully_paid", "FULL", "FULL"),
                    ("checkout_fully_authorized", "NONE", "FULL"),
                    ("checkout_updated", "NONE", "PARTIAL"),
                    ("checkout_updated", "PARTIAL", "NONE"),
                    ("checkout_updated", "NONE", "NONE"),
                ]
            )
            stamp = self.chance.random() < 0.5
            self._keep(
                one, self.builder.change(cart, one.now, event=event, stamp=stamp, charge=charge, authorize=authorize)
            )

    def _say(self, one: Stranger) -> None:
        word = self.chance.choice(["yes", "no", "true", "false"])
        cart = self._cart(one)
        if one.account is not None and self.chance.random() < 0.5:
            event = self.chance.choice(["customer_updated", "customer_metadata_updated"])
            one.account = self.builder.change_account(one.account, one.now, event=event, consent=word)
            one.carts = [cart if cart.account is None else _with_account(cart, one.account) for cart in one.carts]
        elif cart:
            stamp = self.chance.random() < 0.5
            self._keep(
                one, self.builder.change(cart, one.now, event="checkout_metadata_updated", stamp=stamp, consent=word)
            )

    def _buy(self, one: Stranger) -> None:
        if (cart := self._cart(one)) and cart.items:
            one.orders.append(self.builder.order(one.now, cart))
            one.carts.remove(cart)

    def _buy_elsewhere(self, one: Stranger) -> None:
        if cart := self._cart(one):
            other = _with(cart, email=self._spelled(one.email), account=None)
            one.orders.append(self.builder.order(one.now, other, from_cart=False))

    def _buy_by_account(self, one: Stranger) -> None:
        if (cart := self._cart(one)) and one.account is not None:
            other = _with(cart, email=f"work.{one.email.lower()}", account=one.account, consent="")
            one.orders.append(self.builder.order(one.now, other, from_cart=False))

    def _draft(self, one: Stranger) -> None:
        if cart := self._cart(one):
            other = _with(cart, email=one.email, account=None, consent="", country="")
            self.builder.order(one.now, other, from_cart=False, status="DRAFT", origin="DRAFT")

    def _cancel(self, one: Stranger) -> None:
        if one.orders:
            order = one.orders.pop()
            self.builder.change_order(order, one.now, event="order_cancelled", status="CANCELED")

    def _delete(self, one: Stranger) -> None:
        if one.account is not None:
            self.builder.change_account(one.account, one.now, event="customer_deleted")
            one.gone = True

    def _unsubscribe(self, one: Stranger) -> None:
        self.unsubscribes.append(Deed(one.now + SOON, one.email.lower()))

    def _nothing(self, one: Stranger) -> None:
        self.builder.tell(one.now, "checkout_updated", checkout=None)


def _with(cart: Cart, **more: object) -> Cart:
    from dataclasses import replace

    return replace(cart, **more)  # type: ignore[arg-type]  # the dataclass checks


def _with_account(cart: Cart, account: Account) -> Cart:
    return _with(cart, account=account)
