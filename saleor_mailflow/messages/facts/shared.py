"""What every mail shows: who writes, to whom, why, how it looks, and how to have less of it.

Refuses addresses that are no web addresses: where one is needed there is no mail, elsewhere no link.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.brand import FONTS, NETWORKS, Brand
from saleor_mailflow.messages.facts.given import MailFacts
from saleor_mailflow.messages.formats import one_line, safe_name
from saleor_mailflow.messages.words import phrase, words

#: A story is so many paragraphs of so many characters at most.
MOST_PARAGRAPHS, LONGEST_PARAGRAPH = 4, 900
LONGEST_REMARK = 400

_WEB = re.compile(r"https?://[^ \"'<>\\]*")


def common(facts: MailFacts, reason: str) -> dict[str, object]:
    """Return what every mail shows. ``reason`` is the key of the phrase that says why the person gets it."""
    language = facts.language
    brand = shop_text(facts.brand_name or facts.sender_name, 80) or urlsplit(facts.shop_url).netloc
    address = ", ".join(shop_text(line, 200).rstrip(",") for line in facts.postal_address.splitlines() if line.strip())
    shown = brand or words(language)["our_shop"]
    return {
        "language": language,
        "name": safe_name(facts.first_name),
        "brand": brand,
        "shop": shown,
        "address": address if not brand or address.startswith(brand) else f"{brand}, {address}".rstrip(", "),
        "shop_url": web_address(facts.shop_url),
        "unsubscribe_url": web_address(facts.unsubscribe_url),
        "choices_url": web_address(facts.choices_url),
        "reason": phrase(language, reason, brand=shown),
        "can_reply": facts.can_reply,
        "promises": [shop_text(promise, 120) for promise in facts.promises if promise.strip()][:4],
        "story": paragraphs(facts.story),
        "season": shop_text(facts.season, LONGEST_REMARK),
        "draw": shop_text(facts.draw, LONGEST_REMARK),
        **look(facts.brand),
    }


def look(brand: Brand) -> dict[str, object]:
    """Return how a mail looks, as plain values."""
    title, copy, text = FONTS[brand.font]
    return {
        "logo": web_address(brand.logo_url),
        "logo_width": brand.logo_width,
        "accent": brand.accent,
        "on_accent": brand.on_accent,
        "accent_dark": brand.accent_dark,
        "on_accent_dark": brand.on_accent_dark,
        "title_font": title,
        "copy_font": copy,
        "text_font": text,
        "social": [
            {"name": NETWORKS[key], "url": url}
            for key, url in brand.social.items()
            if key in NETWORKS and web_address(url)
        ],
    }


def paragraphs(text: str) -> list[str]:
    """Return a merchant's text as paragraphs, which are parted by empty lines."""
    parts = [shop_text(part.replace("\n", " "), LONGEST_PARAGRAPH) for part in re.split(r"\n\s*\n", text.strip())]
    return [part for part in parts if part][:MOST_PARAGRAPHS]


def web_address(url: str, *, needed: str = "", mend: str = "Set the link host or the public address.") -> str:
    """Return ``url`` if it is a plain web address, else "" (or raise TemplateFailed where it is ``needed``)."""
    plain = url.isprintable() and _WEB.fullmatch(url) is not None
    if needed and not (plain and urlsplit(url).netloc):
        raise TemplateFailed(f"The mail has no usable address for {needed}. {mend}")
    return url if plain else ""


@lru_cache(maxsize=4096)
def shop_text(text: str, limit: int) -> str:
    """Return a text of the shop's (never a person's: it is kept) as one line of at most ``limit`` characters."""
    return one_line(text, limit)
