"""How money, days and names are written for a person: as their language and country write them.

Refuses to convert anything (no exchange rates, no time zones but the one given) and to pass a name on that is bait.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.languages import get_official_languages
from babel.numbers import format_currency, get_currency_symbol, get_territory_currencies

#: The language of whoever speaks none of ours.
FALLBACK_LANGUAGE = "en"
#: Longer names are no names but a way to write advertisements into somebody else's mail.
LONGEST_NAME = 64

# Bidirectional controls, byte order marks and soft hyphens: invisible, and used to make text look like other text.
# Joiners stay: emoji and several scripts are written with them.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]")
# What mail programs make a link of by themselves: addresses of the web, of mail and of machines, and telephone numbers.
_BAIT = re.compile(
    r"://|www\.|@|[\w-]{2,}\.[^\W\d_]{2,}|\w\.[^\W\d_]{2,}[/:?#]|\d{1,3}(\.\d{1,3}){3}|(\d\D{0,2}){7}", re.IGNORECASE
)
# Joiners, which hide a link from the eye of a program, and the full stop that browsers take for a dot.
_DISGUISE = str.maketrans({"\u200c": None, "\u200d": None, "\u3002": "."})


def one_line(text: str, limit: int) -> str:
    """Return ``text`` as one line of at most ``limit`` characters, safe in a mail header (RFC 5322 §2.2).

    Control characters (C0, C1, NUL, line breaks), lone surrogates and invisible direction marks go; white space
    becomes single spaces; what is too long ends in "…".
    """
    # No more than could be left over is looked at, however long the text.
    text = text[: limit * 8]
    if not (text.isascii() and text.isprintable()):
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
        text = "".join(" " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in text)
    # str.split() would also break at the no-break spaces that hold an amount and its currency together.
    if "  " in text:
        text = re.sub(" {2,}", " ", text)
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def safe_name(name: str) -> str:
    """Return a first name fit for a greeting, or "" where it is missing, too long, or an address to lure people to."""
    if len(name) > LONGEST_NAME or _BAIT.search(name):
        return ""
    found = one_line(name, LONGEST_NAME)
    # Looked at again: with the invisible characters gone, and wide letters made narrow, it may read differently.
    plain = found if found.isascii() else unicodedata.normalize("NFKC", found).translate(_DISGUISE)
    return "" if _BAIT.search(plain) or not any(sign.isalpha() for sign in found) else found


def choose_language(*wishes: str, available: Collection[str]) -> str:
    """Return the first wish that is ``available``, else English.

    Wishes come in order (checkout, account, channel) and in any of Saleor's and the web's spellings: ``EN_US``,
    ``de-AT``, ``de``. A wish for a regional form is met by its language.
    """
    for wish in wishes:
        language, _, region = wish.strip().replace("-", "_").partition("_")
        for candidate in (f"{language.lower()}_{region.upper()}", language.lower()):
            if candidate in available:
                return candidate
    return FALLBACK_LANGUAGE


@lru_cache(maxsize=512)
def locale_of(language: str, country: str = "") -> Locale:
    """Return how a language is written in a country: the region in ``language`` counts, else ``country``.

    ``EN_US`` is en_US; ``de`` in ``AT`` is de_AT; a pair that nobody has described is the language alone; a language
    nobody knows is English.
    """
    code, _, region = language.strip().replace("-", "_").partition("_")
    tries = (f"{code}_{region}", f"{code}_{country}", code) if region else (f"{code}_{country}", code)
    for candidate in tries:
        try:
            return Locale.parse(candidate.strip("_"))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(FALLBACK_LANGUAGE)


@lru_cache(maxsize=8192)
def money(amount: Decimal, currency: str, locale: Locale) -> str:
    """Return an amount as the locale writes it: ``€1,234.50``, ``1.234,50 €``, ``￥1,234``, rounded as the currency is.

    Where the language has but a code for the money of the person's own country, the country's sign stands in for it
    (English in Poland: ``20,00 zł``). An amount keeps together (no-break spaces). Cached: Babel is slow.
    """
    written = format_currency(amount, currency, locale=locale)
    if currency in written:
        country = locale.territory or ""
        if currency in get_territory_currencies(country):
            for language in get_official_languages(country)[:1]:
                written = written.replace(currency, get_currency_symbol(currency, language))
        # A code stands apart from the figures (Unicode TR35, currency spacing); Babel leaves that out.
        written = re.sub(r"(?<=[^\W\d_])(?=\d)", "\u00a0", written)
    return written.replace(" ", "\u00a0")


@lru_cache(maxsize=2048)
def day(moment: datetime, locale: Locale, zone: str = "UTC") -> str:
    """Return the day of an aware moment in a zone, in words: ``20 November 2026``, ``20. November 2026``."""
    return format_date(moment.astimezone(ZoneInfo(zone)), format="long", locale=locale)
