"""What the shop says about vouchers, products and variants at one moment, as plain values that every shop fills alike.

Refuses to decide what may be offered or shown (``messages.offering``, ``messages.stock``): it only counts what Saleor
would count. References are Saleor's global ids, money is ``Decimal`` in the channel's currency, times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class VoucherKind(StrEnum):
    """What a voucher takes off."""

    #: A part of the price, in percent.
    PERCENTAGE = "percentage"
    #: An amount of the channel's currency.
    FIXED = "fixed"
    #: What the shipping costs, or a part of that.
    SHIPPING = "shipping"


@dataclass(frozen=True, kw_only=True)
class VoucherListing:
    """What a voucher is worth in one channel; a channel without one does not have the voucher."""

    #: Percent for PERCENTAGE, else an amount of ``currency``.
    value: Decimal
    currency: str
    #: What the basket has to come to, None for anything.
    minimum: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class VoucherSnapshot:
    """A voucher as it is now. Without products, variants, categories and collections it is for the entire order."""

    ref: str
    name: str
    kind: VoucherKind
    #: By channel slug.
    listings: Mapping[str, VoucherListing] = field(default_factory=dict)
    single_use: bool = False
    #: One piece only, the cheapest it applies to.
    apply_once_per_order: bool = False
    apply_once_per_customer: bool = False
    only_for_staff: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    #: How often it may be used over all its codes, None for any number; ``used`` is how often it was.
    usage_limit: int | None = None
    used: int = 0
    minimum_quantity: int | None = None
    #: Two letters each; empty is everywhere. Saleor asks it of vouchers for shipping only.
    countries: frozenset[str] = frozenset()
    product_refs: frozenset[str] = frozenset()
    variant_refs: frozenset[str] = frozenset()
    category_refs: frozenset[str] = frozenset()
    collection_refs: frozenset[str] = frozenset()

    @property
    def whole_order(self) -> bool:
        """Tell whether it is for everything in the basket."""
        return not (self.product_refs or self.variant_refs or self.category_refs or self.collection_refs)

    def covers(self, variant: VariantSnapshot) -> bool:
        """Tell whether it is for this variant, as Saleor decides it (``voucher.get_discounted_lines``)."""
        return (
            self.whole_order
            or variant.ref in self.variant_refs
            or variant.product_ref in self.product_refs
            or variant.category_ref in self.category_refs
            or bool(variant.collection_refs & self.collection_refs)
        )

    def off(self, price: Decimal, channel: str) -> Decimal:
        """Return what it takes off ``price`` in a channel that lists it: never more than it, rounded to cents."""
        if self.kind == VoucherKind.SHIPPING:
            return Decimal(0)
        value = self.listings[channel].value
        if self.kind == VoucherKind.PERCENTAGE:
            value = (price * value / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return min(value, price)


@dataclass(frozen=True, kw_only=True)
class NewCode:
    """A code that a voucher is to have from now on."""

    voucher_ref: str
    code: str


@dataclass(frozen=True, kw_only=True)
class VariantSnapshot:
    """A variant in one channel as it is now."""

    ref: str
    product_ref: str
    product_slug: str = ""
    name: str = ""
    currency: str = ""
    #: What it costs now and without any promotion, as the channel lists it; None where it is not for sale.
    price: Decimal | None = None
    undiscounted: Decimal | None = None
    #: What it costs the shop, None where nobody said.
    cost: Decimal | None = None
    #: How many can be bought; None is any number (stock is not counted).
    quantity: int | None = 0
    #: Its product is published, for sale, and this variant has a price.
    listed: bool = False
    category_ref: str = ""
    collection_refs: frozenset[str] = frozenset()

    @property
    def buyable(self) -> bool:
        """Tell whether somebody could buy one now."""
        return self.listed and self.price is not None and (self.quantity is None or self.quantity > 0)


@dataclass(frozen=True, kw_only=True)
class ProductSnapshot:
    """A product in one channel as it is now. Its price is that of its cheapest variant that can be bought."""

    ref: str
    channel: str
    name: str
    #: By language code, where there is a translation.
    names: Mapping[str, str] = field(default_factory=dict)
    slug: str = ""
    image_url: str = ""
    image_alt: str = ""
    category_ref: str = ""
    category_name: str = ""
    currency: str = ""
    price: Decimal | None = None
    undiscounted: Decimal | None = None
    cost: Decimal | None = None
    #: Published, shown in lists, for sale, and a variant of it is in stock.
    available: bool = False
    published_at: datetime | None = None

    def name_in(self, language: str) -> str:
        """Return its name in a language, else in the language in front of the hyphen, else the shop's own."""
        return self.names.get(language) or self.names.get(language.partition("-")[0]) or self.name


@dataclass(frozen=True, kw_only=True)
class LostLine:
    """A line of a basket that is to be put together again."""

    variant_ref: str
    quantity: int
    product_ref: str = ""
    product_slug: str = ""
    #: What the variant was called, to find the one that took its place.
    variant_name: str = ""


@dataclass(frozen=True, kw_only=True)
class LostBasket:
    """A basket that the shop no longer has, without anything about whose it was."""

    channel: str
    language: str
    country: str
    lines: tuple[LostLine, ...]
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What came of it: the new checkout's token, "" where nothing can be bought any more."""

    token: str
    #: How many lines came back as they were, as a variant that took their place, and not at all.
    kept: int = 0
    swapped: int = 0
    gone: int = 0
    code_applied: bool = False


def by_channel(asked: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return {channel: what was asked about it} of (channel, reference) pairs."""
    found: dict[str, set[str]] = {}
    for channel, ref in asked:
        found.setdefault(channel, set()).add(ref)
    return found
