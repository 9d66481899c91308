"""How a channel's mails look: logo, colours, font, tone and where else the shop is found. One place for every template.

Refuses what would break a mail: colours that are none, addresses that are not https, fonts that few machines have, and
writing on a button that nobody can read (its colour follows from the accent, WCAG 2.2 §1.4.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from saleor_mailflow.exceptions import ConfigurationError

#: Title, copy and small text by the name a merchant picks; each ends in what every mail program has. No quotes: these
#: stand in style attributes.
FONTS: Mapping[str, tuple[str, str, str]] = {
    "classic": ("Georgia, Times New Roman, serif", "Georgia, Times New Roman, serif", "Helvetica, Arial, sans-serif"),
    "modern": ("Helvetica, Arial, sans-serif",) * 3,
    # Segoe first: Outlook takes Times where it does not know the first one.
    "system": ("Segoe UI, -apple-system, BlinkMacSystemFont, Roboto, Helvetica, Arial, sans-serif",) * 3,
    "verdana": ("Verdana, Geneva, sans-serif",) * 3,
    "trebuchet": ("Trebuchet MS, Lucida Grande, Verdana, sans-serif",) * 3,
    "palatino": ("Palatino Linotype, Book Antiqua, Palatino, Georgia, serif",) * 2 + ("Helvetica, Arial, sans-serif",),
}
TONES = ("formal", "friendly")
#: Networks by key, as they write themselves.
NETWORKS: Mapping[str, str] = {
    "instagram": "Instagram", "facebook": "Facebook", "tiktok": "TikTok", "youtube": "YouTube",
    "pinterest": "Pinterest", "linkedin": "LinkedIn", "x": "X", "mastodon": "Mastodon", "bluesky": "Bluesky",
    "whatsapp": "WhatsApp",
}  # fmt: skip
#: What is written on a button: pure, since anything softer is too weak on a middling accent.
LIGHT, DARK = "#ffffff", "#000000"
#: What mails stand on in a dark room, and what AA asks of text and of the edge of a button.
DARK_CARD, READABLE, VISIBLE = "#1d1f20", 4.5, 3.0
SMALLEST_LOGO, LARGEST_LOGO = 24, 320

#: What a dark grey becomes on a dark screen, and how little colour makes a grey.
PALE, GREY = "#f0efec", 24

_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, kw_only=True)
class Brand:
    """How mails of a channel look. What ``brand_from_json`` returns is checked; the defaults suit any shop."""

    #: An https address of a picture; without one the shop's name stands there.
    logo_url: str = ""
    #: How wide the logo is shown, in pixels; make the picture twice as wide, for sharp screens.
    logo_width: int = 140
    #: ``#rrggbb``, lower case: buttons and the edge of a coupon.
    accent: str = "#1c1e21"
    #: A key of FONTS.
    font: str = "classic"
    #: One of TONES, for languages that know the difference; today's texts are all formal.
    tone: str = "formal"
    #: Where else the shop is found: a key of NETWORKS to an https address, in the order they are shown.
    social: Mapping[str, str] = field(default_factory=dict)

    @property
    def on_accent(self) -> str:
        """Return the colour to write on ``accent`` with: light or dark, whichever reads better (always AA)."""
        return max((LIGHT, DARK), key=lambda colour: contrast(colour, self.accent))

    @property
    def accent_dark(self) -> str:
        """Return ``accent`` for dark screens: mixed with light until it stands out from DARK_CARD."""
        parts = [int(self.accent[at : at + 2], 16) for at in (1, 3, 5)]
        if max(parts) - min(parts) < GREY and contrast(self.accent, DARK_CARD) < VISIBLE:
            return PALE
        share, colour = 0.0, self.accent
        while contrast(colour, DARK_CARD) < (VISIBLE if share == 0 else READABLE):
            share += 0.1
            colour = _mixed(self.accent, PALE, min(share, 1.0))
            if share >= 1:
                break
        return colour

    @property
    def on_accent_dark(self) -> str:
        """Return the colour to write on ``accent_dark`` with."""
        return max((LIGHT, DARK), key=lambda colour: contrast(colour, self.accent_dark))


@lru_cache(maxsize=1024)
def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours ``#rrggbb``, 1 to 21 (WCAG 2.2, contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: str, other: str, share: float) -> str:
    parts = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(left + (right - left) * share):02x}" for left, right in parts)


def brand_from_json(data: Mapping[str, Any]) -> Brand:
    """Return the brand that JSON describes; what is left out is the default.

    Keys are the fields of ``Brand``. Raises ConfigurationError with a sentence and the key for anything it cannot use.
    """
    unknown = set(data) - set(Brand.__dataclass_fields__)
    if unknown:
        name = sorted(unknown)[0]
        known = ", ".join(Brand.__dataclass_fields__)
        raise ConfigurationError(f"A brand has no {name!r}; it has {known}.", key=f"brand.{name}")
    found: dict[str, Any] = {}
    if data.get("logo_url"):
        found["logo_url"] = _https(data["logo_url"], "logo_url", "the logo")
    if "logo_width" in data:
        width = data["logo_width"]
        if not (isinstance(width, int) and not isinstance(width, bool) and SMALLEST_LOGO <= width <= LARGEST_LOGO):
            raise ConfigurationError(
                f"The logo cannot be {width!r} wide; give pixels, from {SMALLEST_LOGO} to {LARGEST_LOGO}.",
                key="brand.logo_width",
            )
        found["logo_width"] = width
    if data.get("accent"):
        colour = str(data["accent"]).lower()
        if not _COLOUR.fullmatch(colour):
            raise ConfigurationError(
                f"{data['accent']!r} is no colour for the accent; write it as #rrggbb, such as #1c1e21.",
                key="brand.accent",
            )
        found["accent"] = colour
    for name, choices in (("font", tuple(FONTS)), ("tone", TONES)):
        if data.get(name):
            if data[name] not in choices:
                raise ConfigurationError(
                    f"{data[name]!r} is no {name} for mails; choose one of {', '.join(choices)}.", key=f"brand.{name}"
                )
            found[name] = data[name]
    if data.get("social"):
        found["social"] = _social(data["social"])
    return Brand(**found)


def brand_to_json(brand: Brand) -> dict[str, Any]:
    """Return a brand as JSON that ``brand_from_json`` reads."""
    named = {name: getattr(brand, name) for name in Brand.__dataclass_fields__}
    return {**named, "social": dict(brand.social)}


def _social(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            "Social links are given as network and address, such as instagram: https://…", key="brand.social"
        )
    unknown = [str(name) for name in given if name not in NETWORKS]
    if unknown:
        raise ConfigurationError(
            f"{unknown[0]!r} is no network known here; these are: {', '.join(NETWORKS)}.",
            key=f"brand.social.{unknown[0]}",
        )
    return {str(name): _https(url, f"social.{name}", NETWORKS[name]) for name, url in given.items() if url}


def _https(url: object, key: str, what: str) -> str:
    text = str(url)
    plain = text.isprintable() and not set(text) & set(" \"'<>\\") and len(text) <= 1_000
    parts = urlsplit(text) if plain else None
    if parts is None or parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise ConfigurationError(
            f"{text[:100]!r} is no address for {what}; give one that begins with https://.", key=f"brand.{key}"
        )
    return text
