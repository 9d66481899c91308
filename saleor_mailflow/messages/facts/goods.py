"""Products and offers as a mail shows them: worded, priced and dated for the person who reads it.

Refuses to promise what is not known: no price without a currency, no reason without a phrase, no link that is unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_percent, get_currency_precision

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.facts.basket import LONGEST_PRODUCT_NAME, shown_line, text_of
from saleor_mailflow.messages.facts.given import Offer, OrderGiven, ProductCard, Why
from saleor_mailflow.messages.facts.shared import web_address
from saleor_mailflow.messages.formats import money, one_line
from saleor_mailflow.messages.words import phrase

#: What a grid of two columns shows.
MOST_PRODUCTS = 6
#: An order of more lines than this asks about the first ones only.
MOST_REVIEWS = 8
LONGEST_CODE = 60
_COUNTED = ("bought_together", "bought_next")
_REASONS = (*_COUNTED, "best_seller", "same_category")


def products(cards: Sequence[ProductCard], language: str, locale: Locale) -> list[dict[str, object]]:
    """Return the first products as a template shows them; one without a name or a web address is left out."""
    shown = [card for card in cards if card.name.strip() and web_address(card.url)][:MOST_PRODUCTS]
    return [
        {
            "name": one_line(card.name, LONGEST_PRODUCT_NAME),
            "url": card.url,
            "picture": web_address(card.image_url),
            "alt": one_line(card.image_alt, LONGEST_PRODUCT_NAME) or one_line(card.name, LONGEST_PRODUCT_NAME),
            "initial": next((sign.upper() for sign in card.name if sign.isalnum()), "·"),
            "price": _price(card.price, card.currency, locale),
            "before": _price(card.before, card.currency, locale)
            if card.before and card.price and card.before > card.price
            else "",
            "why": why(card.why, language),
        }
        for card in shown
    ]


def why(reason: Why | None, language: str) -> str:
    """Return why a product was chosen, as a sentence without a full stop; "" where there is nothing to say."""
    if reason is None or reason.key not in _REASONS:
        return ""
    if reason.key in _COUNTED and 0 < reason.count <= reason.of:
        # The word that goes with a number is that of the whole: "3 of 5 buyers".
        return phrase(language, f"why:{reason.key}:counted", count=reason.of, some=str(reason.count))
    return phrase(language, f"why:{reason.key}")


def offer(given: Offer | None, language: str, locale: Locale) -> dict[str, object]:
    """Return an offer as a template shows it, {} for none.

    Raises TemplateFailed for one without a code or worth nothing: a mail would promise what nobody gets.
    """
    if given is None:
        return {}
    code = one_line(given.code, LONGEST_CODE)
    if not code:
        raise TemplateFailed("The offer has no code. Nothing was sent; choose a voucher for this step.")
    if given.kind == "named":
        headline = one_line(given.words, LONGEST_CODE)
        if not headline:
            raise TemplateFailed("The offer says nothing of itself. Nothing was sent; give its voucher a name.")
    elif given.kind == "free_shipping":
        headline = phrase(language, "offer:free_shipping")
    else:
        if not (given.value.is_finite() and given.value > 0) or (given.kind == "fixed" and not given.currency):
            raise TemplateFailed(
                f"The offer is worth {given.value} {given.currency}".rstrip() + ", which is nothing. Mend its voucher."
            )
        if given.kind == "percentage":
            worth = format_percent(given.value / 100, locale=locale, decimal_quantization=False).replace(" ", "\u00a0")
        else:
            worth = _round(given.value, given.currency, locale)
        headline = phrase(language, "offer:worth", worth=worth)
    terms = []
    if given.minimum and given.minimum > 0 and given.currency:
        terms.append(phrase(language, "offer:minimum", amount=_round(given.minimum, given.currency, locale)))
    if given.ends_at is not None:
        terms.append(phrase(language, "offer:until", day=_day(given.ends_at, locale)))
    if given.personal:
        terms.append(phrase(language, "offer:personal"))
    return {"code": code, "headline": headline, "terms": " · ".join(terms)}


def reviews(order: OrderGiven | None, link: str, language: str, locale: Locale) -> list[dict[str, object]]:
    """Return the lines of an order, each with where its review is written; [] where the link names no product."""
    if order is None or not ("{product}" in link or "{product_slug}" in link):
        return []
    found: dict[str, dict[str, object]] = {}
    for line in order.lines:
        url = filled(link, order=order.number, line=line)
        # Two sizes of one shirt are one review.
        if url and not line.get("is_gift"):
            found.setdefault(url, {**shown_line(line, language, order.currency, locale), "url": url})
    return list(found.values())[:MOST_REVIEWS]


def filled(link: str, *, order: str, line: Mapping[str, object] | None = None) -> str:
    """Return a link's template filled in, each value quoted; "" where a value is missing or the address unsafe."""
    given = {"{order}": order, "{product}": text_of(line or {}, "product_ref")}
    given["{product_slug}"] = text_of(line or {}, "product_slug")
    for place, value in given.items():
        if place in link:
            if not value:
                return ""
            link = link.replace(place, quote(value, safe=""))
    return web_address(link)


def _price(amount: Decimal | None, currency: str, locale: Locale) -> str:
    return money(amount, currency, locale) if amount is not None and amount > 0 and currency else ""


def _round(amount: Decimal, currency: str, locale: Locale) -> str:
    """Return an amount that somebody chose by hand, as they would say it: ``€15``, not ``€15.00``."""
    cents = get_currency_precision(currency)
    written = money(amount, currency, locale)
    return re.sub(rf"(?<=\d)[.,]0{{{cents}}}(?![\d.,])", "", written) if cents else written


def _day(day: date, locale: Locale) -> str:
    return format_date(day, format="long", locale=locale).replace(" ", "\u00a0")
