"""What is known when a mail is made, as values: whoever composes fills these in from the database. No behaviour.

Everything but the shop's name may be missing; a mail without it reads as if it had never been meant to be there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from saleor_mailflow.messages.brand import Brand


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why a product was chosen; worded in the person's language. An unknown key is left out."""

    #: ``bought_together``, ``bought_next``, ``best_seller`` or ``same_category``.
    key: str
    #: So many buyers, out of so many; zero leaves the figures out.
    count: int = 0
    of: int = 0


@dataclass(frozen=True, kw_only=True)
class ProductCard:
    """A product that a mail shows. One whose ``url`` is no web address is left out of the mail."""

    name: str
    url: str
    image_url: str = ""
    image_alt: str = ""
    #: What it costs now, in ``currency``; None is "not known" and says nothing.
    price: Decimal | None = None
    #: What it cost before, shown struck out where it was more.
    before: Decimal | None = None
    currency: str = ""
    why: Why | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a code is good for. The code must exist and work for this person before it stands here."""

    code: str
    kind: Literal["percentage", "fixed", "free_shipping", "named"]
    #: What a ``named`` one is called by the merchant, such as "A tenth off all shoes"; nothing else is known of it.
    words: str = ""
    #: Percent (10 is ten percent) or an amount of ``currency``; nothing for free shipping.
    value: Decimal = Decimal(0)
    currency: str = ""
    #: The last day it works, where the shop is.
    ends_at: date | None = None
    #: The least that must be bought, in ``currency``.
    minimum: Decimal | None = None
    #: The code is this person's alone, and works once.
    personal: bool = True


@dataclass(frozen=True, kw_only=True)
class OrderGiven:
    """An order. ``lines`` are dicts as ``LineSnapshot.to_json`` writes them; a total of zero is "not known"."""

    number: str
    lines: Sequence[Mapping[str, object]] = ()
    currency: str = ""
    total: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class MailFacts:
    """Everything a mail may say. ``lines`` are dicts as ``LineSnapshot.to_json`` writes them."""

    brand_name: str
    #: "" in transactional mail, which nobody unsubscribes from.
    unsubscribe_url: str = ""
    restore_url: str = ""
    #: Where somebody says that a sign-up was their own.
    confirm_url: str = ""
    #: Why the person gets this: ``consent``, ``existing_customer`` or ``none`` (nothing needed where they live).
    reason: str = "none"
    lines: Sequence[Mapping[str, object]] = ()
    currency: str = ""
    #: What the basket costs altogether; zero is "not known".
    total: Decimal = Decimal(0)
    first_name: str = ""
    #: One of ``words.LANGUAGES``; chosen with ``formats.choose_language``.
    language: str = "en"
    #: ISO 3166-1 alpha-2; says how money is written where the language leaves it open.
    country: str = ""
    sender_name: str = ""
    postal_address: str = ""
    shop_url: str = ""
    #: Only where a person reads the answers (a reply-to address is set) does the mail invite one.
    can_reply: bool = False
    #: The merchant's own reasons to buy here, a short sentence each, such as "Returns are free for 30 days".
    promises: Sequence[str] = ()
    #: Where the person chooses what to get; left out of the mail while there is no such page.
    choices_url: str = ""
    #: How this channel's mails look.
    brand: Brand = field(default_factory=Brand)
    order: OrderGiven | None = None
    #: Best first; a mail shows the first few.
    products: Sequence[ProductCard] = ()
    offer: Offer | None = None
    #: Days since the last order; zero is "not known".
    gap_days: int = 0
    #: Where reviews are written, with ``{order}``, ``{product}`` (its id) and ``{product_slug}`` filled in. Without a
    #: product's place it is one link for the whole order.
    review_url: str = ""
    #: What a review takes part in, in the merchant's own words and with its terms; "" where there is no draw.
    draw: str = ""
    #: What is on this season, in the merchant's own words; "" for nothing.
    season: str = ""
    #: Who the merchant is, in their own words: one paragraph, or several with an empty line between.
    story: str = ""
