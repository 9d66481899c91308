"""The lines of a basket or an order, as a mail shows them: named, priced as the locale writes it, and adding up.

Refuses to add up what is not known: a price that was never calculated is left out, and then so is every sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from babel import Locale

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.facts.shared import shop_text, web_address
from saleor_mailflow.messages.formats import money, one_line
from saleor_mailflow.messages.words import phrase, words

#: A mail shows this many lines of a basket; the rest is "and 4 more items".
MOST_LINES = 8
LONGEST_PRODUCT_NAME = 160
#: Saleor calls the only variant of a product so, or repeats the product's name.
_NAMELESS_VARIANTS = {"default", "default variant", "-", ""}


def basket(
    lines: Sequence[Mapping[str, object]], *, total: Decimal, currency: str, language: str, locale: Locale
) -> dict[str, object]:
    """Return a basket or an order as a template shows it. Raises TemplateFailed for a price that is no number."""
    wanted = [line for line in lines if _number(line.get("quantity"), "quantity") > 0]
    shown, hidden = wanted[:MOST_LINES], wanted[MOST_LINES:]
    totals = [_number(line.get("total_price"), "total_price") for line in wanted]
    # A line that costs nothing and is no gift has not been calculated yet: then nothing adds up, so nothing is summed.
    known = all(total > 0 or line.get("is_gift") for total, line in zip(totals, wanted, strict=True))
    rest = total - sum(totals)
    names = [text_of(line, "product_name") for line in wanted]
    summary = names[0] if names else ""
    if len(names) > 1:
        summary = phrase(language, "summary", count=len(names) - 1, first=one_line(summary, 60))

    def written(amount: Decimal) -> str:
        return money(amount, currency, locale)

    return {
        "lines": [shown_line(line, language, currency, locale) for line in shown],
        "summary": summary,
        "more": phrase(language, "more", count=len(hidden)) if hidden else "",
        "more_price": written(sum(totals[MOST_LINES:], Decimal(0))) if hidden and known else "",
        "adjustment": ("+" if rest > 0 else "") + written(rest) if known and total > 0 and rest else "",
        "total": written(total) if known and total > 0 else "",
    }


def shown_line(line: Mapping[str, object], language: str, currency: str, locale: Locale) -> dict[str, object]:
    """Return one line as a template shows it: name, detail, price, picture. Raises TemplateFailed."""
    name, variant, quantity = (
        text_of(line, "product_name"),
        text_of(line, "variant_name"),
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
        "picture": web_address(str(line.get("image_url") or "")),
        "alt": text_of(line, "image_alt") or name,
        "initial": next((sign.upper() for sign in name if sign.isalnum()), "·"),
    }


def text_of(line: Mapping[str, object], key: str) -> str:
    """Return a text of a line as one line of bounded length, "" where it is missing."""
    return shop_text(str(line.get(key) or ""), LONGEST_PRODUCT_NAME)


def _number(value: object, key: str) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not (found.is_finite() and found.adjusted() < 15):
        seen = one_line(repr(value), 40)
        raise TemplateFailed(f"A basket line has {key} {seen}, which is no amount or count. Nothing was sent.")
    return found
