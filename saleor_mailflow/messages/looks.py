"""How each channel's mails look and what the merchant says in them of their own: read once a run, from ``Brand`` rows.

Refuses to hold up a mail for a brand that cannot be read: it then looks as every shop's does, and ``doctor`` says why.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.messages.brand import Brand, brand_from_json
from saleor_mailflow.models import Brand as BrandRow

logger = logging.getLogger("saleor_mailflow.looks")

#: What a merchant writes in their own words or names as an address, by the name that mails know it by.
WORDS = ("story", "season", "draw")
LINKS = ("review_url", "product_url")
LONGEST = {"story": 4_000, "season": 400, "draw": 400, "promise": 120, "link": 500}


@dataclass(frozen=True, kw_only=True)
class Look:
    """A channel's look and words."""

    brand: Brand = field(default_factory=Brand)
    story: str = ""
    season: str = ""
    draw: str = ""
    promises: tuple[str, ...] = ()
    #: With ``{order}``, ``{product}`` and ``{product_slug}``.
    review_url: str = ""
    #: Where a product is seen, with ``{slug}`` and ``{product}``.
    product_url: str = ""


def look_from_json(values: Mapping[str, Any]) -> Look:
    """Return the look of a row's values: the keys of ``Look``, those of ``Brand`` under ``brand``.

    Raises ConfigurationError with a sentence and the key for anything it cannot use.
    """
    unknown = sorted(set(values) - {"brand", "promises", *WORDS, *LINKS})
    if unknown:
        raise ConfigurationError(f"A look has no {unknown[0]!r}.", key=f"brand.{unknown[0]}")
    texts = {name: _text(values, name, LONGEST[name]) for name in WORDS}
    links = {name: _link(values, name) for name in LINKS}
    promises = values.get("promises") or []
    if not isinstance(promises, list) or len(promises) > 4:
        raise ConfigurationError("There are at most four promises, a short sentence each.", key="brand.promises")
    kept = tuple(_text({"promise": one}, "promise", LONGEST["promise"]) for one in promises)
    return Look(brand=brand_from_json(values.get("brand") or {}), promises=kept, **texts, **links)


def looks_of(shop_id: int) -> Mapping[str, Look]:
    """Return {channel: look}; "" is every channel without one of its own. One query."""
    found: dict[str, Look] = {}
    for channel, values in BrandRow.objects.filter(shop_id=shop_id).values_list("channel", "values"):
        try:
            found[channel] = look_from_json(values)
        except ConfigurationError as error:
            logger.warning("The look of channel %r cannot be used: %s", channel, error)
    return found


def look_in(looks: Mapping[str, Look], channel: str) -> Look:
    """Return the look of a channel: its own, else that of all, else the package's."""
    return looks.get(channel) or looks.get("") or Look()


def _text(values: Mapping[str, Any], name: str, longest: int) -> str:
    text = str(values.get(name) or "").strip()
    if len(text) > longest:
        raise ConfigurationError(
            f"The {name} has {len(text)} characters; mails have room for {longest}.", key=f"brand.{name}"
        )
    return text


def _link(values: Mapping[str, Any], name: str) -> str:
    link = _text(values, name, LONGEST["link"])
    if link and not link.startswith("https://"):
        raise ConfigurationError(
            f"{link[:80]!r} is no address for mails; give one that begins with https://.", key=f"brand.{name}"
        )
    return link
