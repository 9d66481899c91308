"""The demo's shop after its recorded day: what it sells and gives, who its customers are, and what they do in a season.

Refuses chance: everybody does the same at every show. Nobody here exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from saleor_mailflow.models import Contact, Coupon, Shop
from saleor_mailflow.shop.snapshots import LineSnapshot
from saleor_mailflow.testing.memory_shop import MemoryShop

DAY = timedelta(days=1)
YES = {"newsletter": "true"}

#: Name and price of what is for sale, and its category.
GOODS = (
    ("Linen shirt", "64.00", "Clothes"),
    ("Canvas shoes", "79.00", "Clothes"),
    ("Wool cap", "28.00", "Clothes"),
    ("Merino socks", "14.50", "Clothes"),
    ("Stoneware mug", "18.00", "Kitchen"),
    ("Steel bottle", "32.00", "Kitchen"),
    ("Beeswax candle", "22.00", "Home"),
    ("Market bag", "36.00", "Home"),
)
_PRICES = {name: price for name, price, _ in GOODS}

#: Who has bought here for a year: first name, language, country.
REGULARS = (
    ("Ada", "en", "US"), ("Ben", "en", "US"), ("Cleo", "fr", "FR"), ("Dora", "de", "DE"), ("Emil", "de", "AT"),
    ("Fay", "en", "GB"), ("Gosia", "pl", "PL"), ("Hans", "de", "DE"), ("Ines", "fr", "BE"), ("Jan", "pl", "PL"),
    ("Kim", "en", "US"), ("Lou", "fr", "FR"), ("Mats", "en", "US"), ("Nele", "de", "DE"), ("Ola", "pl", "PL"),
    ("Pip", "en", "GB"), ("Rosa", "en", "US"), ("Sam", "en", "US"), ("Tom", "en", "US"), ("Uta", "de", "DE"),
    ("Vera", "en", "US"), ("Wanda", "pl", "PL"), ("Yann", "fr", "FR"), ("Zoe", "en", "US"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account. ``says_yes`` is whether they asked for mail."""

    name: str
    language: str
    country: str
    says_yes: bool = True

    @property
    def email(self) -> str:
        """Return an address that nobody can have (RFC 2606)."""
        return f"{self.name.lower()}@neighbours.example"

    @property
    def ref(self) -> str:
        """Return the account's reference."""
        return f"neighbour:{self.name.lower()}"


@dataclass(kw_only=True)
class Neighbourhood:
    """The shop and its people. ``begins`` is the first morning after the recorded day."""

    shop: Shop
    begins: datetime
    #: Follows the first link of the latest mail to an address.
    follow: Callable[[str], object]
    till: MemoryShop = field(init=False)
    _carts: dict[str, str] = field(init=False, default_factory=dict)
    _orders: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Fill the shelf."""
        self.till = MemoryShop(self.shop.public_url)
        self.till.key_fingerprint = self.shop.key_fingerprint
        for name, price, category in GOODS:
            self.till.sell(name, price=price, category=category, quantity=200, image_url=_picture(name))

    def remember(self) -> None:
        """Let a year pass before the show: accounts, and orders that were sent long ago."""
        for number, (name, language, country) in enumerate(REGULARS):
            person = Person(name=name, language=language, country=country)
            self.opens_account(person, self.begins - (380 - number) * DAY)
            first, second = GOODS[number % len(GOODS)][0], GOODS[(number + 1 + number // 8) % len(GOODS)][0]
            self.buys(person, self.begins - (300 - number) * DAY, first, second, sent=True)
            self.buys(person, self.begins - (150 - number) * DAY, GOODS[(number + 3) % len(GOODS)][0], sent=True)
            # So that the shop has best sellers of the last weeks; of these people nobody is missed.
            self.buys(person, self.begins - (20 + number % 8) * DAY, second, first, sent=True)
        self.opens_account(HUGO, self.begins - 120 * DAY)
        for days in (100, 70, 40):
            self.buys(HUGO, self.begins - days * DAY, "Stoneware mug", sent=True)
        self.opens_account(MIA, self.begins - 90 * DAY, birthday=f"1990-{self.begins + 24 * DAY:%m-%d}")

    def takes_over(self) -> None:
        """Know the accounts of the recorded day as well: whose account is not there was deleted."""
        known = Contact.objects.filter(shop=self.shop, erased_at=None).exclude(user_ref="")
        for contact in known.exclude(user_ref__startswith="neighbour:"):
            self.till.customer(contact.first_seen_at, email=contact.email, ref=contact.user_ref)

    def season(self) -> Iterator[tuple[timedelta, Callable[[datetime], object]]]:
        """Yield what people do, and how long after the first morning, in any order."""
        yield 1 * DAY, lambda at: self.opens_account(LEA, at)
        yield 2 * DAY, lambda at: self.buys(ZOE, at, *("Linen shirt", "Canvas shoes") * 4, sent=True)
        yield 3 * DAY, lambda at: self.fills_cart(NORA, at, "Canvas shoes", "Merino socks")
        yield 4 * DAY, lambda at: self.clicks(NORA, at)
        yield 5 * DAY, lambda at: self.buys(NORA, at, "Canvas shoes", with_code=True, from_cart=True)
        yield 6 * DAY, lambda at: self.buys(CLEO, at, "Stoneware mug")
        yield 8 * DAY, lambda at: self.sends_last_order(CLEO, at)
        yield 9 * DAY, lambda at: self.buys(JAN, at, "Wool cap", sent=True)
        yield 4.3 * DAY, lambda at: self.clicks(LEA, at)
        yield 5 * DAY, lambda at: self.buys(LEA, at, "Beeswax candle", "Market bag", with_code=True)
        yield 7 * DAY, lambda at: self.sends_last_order(LEA, at)
        yield 18 * DAY, lambda at: self.opens_account(KASIA, at)
        yield 20 * DAY, lambda at: self.fills_cart(THEO, at, "Linen shirt", "Wool cap")
        yield 20.2 * DAY, lambda at: self.clicks(THEO, at)
        yield 20.3 * DAY, lambda at: self.buys(THEO, at, "Linen shirt", "Wool cap", from_cart=True)
        yield 21 * DAY, lambda at: self.fills_cart(PIP, at, "Steel bottle")
        yield 21.5 * DAY, lambda at: self.clicks(KASIA, at)
        yield 22.1 * DAY, lambda at: self.buys(KASIA, at, "Stoneware mug", "Market bag", with_code=True)
        yield 29 * DAY, lambda at: self.clicks(HUGO, at)
        yield 29.1 * DAY, lambda at: self.buys(HUGO, at, "Steel bottle", with_code=True)

    def opens_account(self, person: Person, at: datetime, **metadata: str) -> None:
        """Open an account."""
        self.till.customer(
            at,
            email=person.email,
            ref=person.ref,
            first_name=person.name,
            language=person.language,
            country=person.country,
            metadata={**(YES if person.says_yes else {}), **metadata},
        )

    def fills_cart(self, person: Person, at: datetime, *names: str) -> None:
        """Put things into a cart, and go."""
        self._carts[person.ref] = self.till.checkout(
            at,
            email=person.email,
            lines=_lines(names),
            first_name=person.name,
            language=person.language,
            country=person.country,
        )

    def buys(
        self,
        person: Person,
        at: datetime,
        *names: str,
        sent: bool = False,
        with_code: bool = False,
        from_cart: bool = False,
    ) -> None:
        """Order things; ``sent`` has them on their way at once, ``with_code`` uses the code they got last."""
        lines = _lines(names)
        self._orders[person.ref] = self.till.order(
            at,
            token=self._carts.pop(person.ref) if from_cart else "",
            email=person.email,
            # A guest has no account that the shop could miss one night.
            user_ref="".join(self.till.customers([person.ref])),
            first_name=person.name,
            lines=lines,
            total=sum((line.total_price for line in lines), Decimal(0)),
            status="FULFILLED" if sent else "UNFULFILLED",
            paid=True,
            voucher_code=self._code_of(person) if with_code else "",
            language=person.language,
            country=person.country,
        )

    def clicks(self, person: Person, at: datetime) -> None:
        """Open the latest mail to this person and follow its first link."""
        self.follow(person.email)

    def sends_last_order(self, person: Person, at: datetime) -> None:
        """Send what this person ordered last."""
        self.till.change_order(self._orders[person.ref], at, status="FULFILLED")

    def _code_of(self, person: Person) -> str:
        given = Coupon.objects.filter(shop=self.shop, enrollment__contact__email=person.email).exclude(code="")
        return given.order_by("-id").values_list("code", flat=True).first() or ""


def _picture(name: str) -> str:
    return f"https://shop.example.com/{name.lower().replace(' ', '-')}.png"


def _lines(names: tuple[str, ...]) -> tuple[LineSnapshot, ...]:
    return tuple(
        LineSnapshot(
            variant_ref=f"variant:{name}",
            product_ref=f"product:{name}",
            product_slug=name.lower().replace(" ", "-"),
            product_name=name,
            variant_name="",
            quantity=names.count(name),
            unit_price=Decimal(_PRICES[name]),
            total_price=Decimal(_PRICES[name]) * names.count(name),
            image_url=_picture(name),
            image_alt=name,
        )
        for name in dict.fromkeys(names)
    )


LEA = Person(name="Lea", language="de", country="DE")
ZOE = Person(name="Zoe", language="en", country="US")
NORA = Person(name="Nora", language="en", country="US")
CLEO = Person(name="Cleo", language="fr", country="FR")
JAN = Person(name="Jan", language="pl", country="PL")
HUGO = Person(name="Hugo", language="en", country="GB")
KASIA = Person(name="Kasia", language="pl", country="PL")
THEO = Person(name="Theo", language="en", country="US")
PIP = Person(name="Pip", language="en", country="GB")
MIA = Person(name="Mia", language="en", country="US")
