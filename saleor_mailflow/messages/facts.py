"""Build what a template sees: plain dicts, lists and texts, already written for the person's language and country.

Refuses to let a row, an unsafe address or a made-up price through: what is not known is left out, never shown as zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from babel import Locale

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.formats import locale_of, money, one_line, safe_name
from saleor_mailflow.messages.words import phrase, words

#: A mail shows this many lines of a basket; the rest is "and 4 more items".
MOST_LINES = 8
LONGEST_PRODUCT_NAME = 160
#: Saleor calls the only variant of a product so, or repeats the product's name.
_NAMELESS_VARIANTS = {"default", "default variant", "-", ""}


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


def cart_facts(facts: MailFacts) -> dict[str, object]:
    """Return the facts of a cart mail as plain values for ``render``.

    Raises TemplateFailed where the unsubscribe or restore link is missing or no web address, or a price no number.
    """
    locale = locale_of(facts.language, facts.country)
    basis = facts.reason if facts.reason in {"consent", "existing_customer"} else "none"
    return {
        **_common(facts, f"reason:{basis}"),
        "restore_url": _web_address(facts.restore_url, needed="the link back to the cart"),
        "unsubscribe_url": _web_address(facts.unsubscribe_url, needed="the unsubscribe link"),
        "basket": _basket(facts, locale),
    }


def sign_up_facts(facts: MailFacts) -> dict[str, object]:
    """Return the facts of the mail that asks whether a sign-up was one's own.

    Raises TemplateFailed where its link is missing or no web address.
    """
    return {
        **_common(facts, "reason:sign_up"),
        "confirm_url": _web_address(facts.confirm_url, needed="the link that confirms the sign-up"),
    }


def _common(facts: MailFacts, reason: str) -> dict[str, object]:
    """Return what every mail shows: who writes, to whom, why, and how to have less of it."""
    language = facts.language
    brand = one_line(facts.brand_name or facts.sender_name, 80) or urlsplit(facts.shop_url).netloc
    address = ", ".join(one_line(line, 200).rstrip(",") for line in facts.postal_address.splitlines() if line.strip())
    return {
        "language": language,
        "words": dict(words(language)),
        "name": safe_name(facts.first_name),
        "brand": brand,
        "address": address if not brand or address.startswith(brand) else f"{brand}, {address}".rstrip(", "),
        "shop_url": _web_address(facts.shop_url),
        "unsubscribe_url": _web_address(facts.unsubscribe_url),
        "choices_url": _web_address(facts.choices_url),
        "reason": phrase(language, reason, brand=brand or words(language)["our_shop"]),
        "can_reply": facts.can_reply,
        "promises": [one_line(promise, 120) for promise in facts.promises if promise.strip()][:4],
    }


def _basket(facts: MailFacts, locale: Locale) -> dict[str, object]:
    language = facts.language
    wanted = [line for line in facts.lines if _number(line.get("quantity"), "quantity") > 0]
    shown, hidden = wanted[:MOST_LINES], wanted[MOST_LINES:]
    totals = [_number(line.get("total_price"), "total_price") for line in wanted]
    # A line that costs nothing and is no gift has not been calculated yet: then nothing adds up, so nothing is summed.
    known = all(total > 0 or line.get("is_gift") for total, line in zip(totals, wanted, strict=True))
    rest = facts.total - sum(totals)
    names = [_text(line, "product_name") for line in wanted]
    summary = names[0] if names else ""
    if len(names) > 1:
        summary = phrase(language, "summary", count=len(names) - 1, first=one_line(summary, 60))

    def written(amount: Decimal) -> str:
        return money(amount, facts.currency, locale)

    return {
        "lines": [_line(line, language, facts.currency, locale) for line in shown],
        "summary": summary,
        "more": phrase(language, "more", count=len(hidden)) if hidden else "",
        "more_price": written(sum(totals[MOST_LINES:], Decimal(0))) if hidden and known else "",
        "adjustment": ("+" if rest > 0 else "") + written(rest) if known and facts.total > 0 and rest else "",
        "total": written(facts.total) if known and facts.total > 0 else "",
    }


def _line(line: Mapping[str, object], language: str, currency: str, locale: Locale) -> dict[str, object]:
    name, variant, quantity = (
        _text(line, "product_name"),
        _text(line, "variant_name"),
        int(_number(line.get("quantity"), "quantity")),
    )
    total = _number(line.get("total_price"), "total_price")
    before = _number(line.get("undiscounted_unit_price") or 0, "undiscounted_unit_price") * quantity
    gift = bool(line.get("is_gift"))
    details = [variant] if variant.lower() not in _NAMELESS_VARIANTS and variant != name else []
    if quantity > 1:
        details.append(phrase(language, "pieces", count=quantity))
    return {
        "name": name,
        "detail": " · ".join(details),
        "price": words(language)["gift"] if gift else money(total, currency, locale) if total > 0 else "",
        "before": money(before, currency, locale) if before > total > 0 and not gift else "",
        "picture": _web_address(str(line.get("image_url") or "")),
        "alt": one_line(str(line.get("image_alt") or ""), LONGEST_PRODUCT_NAME) or name,
        "initial": next((sign.upper() for sign in name if sign.isalnum()), "·"),
    }


def _text(line: Mapping[str, object], key: str) -> str:
    return one_line(str(line.get(key) or ""), LONGEST_PRODUCT_NAME)


def _number(value: object, key: str) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not (found.is_finite() and found.adjusted() < 15):
        seen = one_line(repr(value), 40)
        raise TemplateFailed(f"A basket line has {key} {seen}, which is no amount or count. Nothing was sent.")
    return found


def _web_address(url: str, *, needed: str = "") -> str:
    """Return ``url`` if it is a plain web address, else "" (or raise TemplateFailed where it is ``needed``)."""
    plain = url.startswith(("https://", "http://")) and url.isprintable() and not set(url) & set(" \"'<>\\")
    if needed and not (plain and urlsplit(url).netloc):
        raise TemplateFailed(f"The mail has no usable address for {needed}. Set the link host or the public address.")
    return url if plain else ""
