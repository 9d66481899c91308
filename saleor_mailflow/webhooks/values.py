"""Read single values out of a webhook's JSON. Refuses nothing loudly: what cannot be read is empty, never a guess.

Every text is cut to what its column holds, so that a hostile length never fails an insert.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NOTHING: Mapping[str, object] = {}
# What JSON makes of an object first: the abstract class alone would be asked for every one, at length.
_OBJECTS = (dict, Mapping)
_WRITTEN_BY_PYTHON = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00")

#: Amounts from here on are no shop's, and would not fit the column.
_ABSURD = Decimal(10) ** 15
_ABSURD_QUANTITY = 1_000_000


def part(value: object, *names: str) -> Mapping[str, object]:
    """Return the object found by walking ``names`` down from ``value``; an empty one where any step is not there."""
    for name in names:
        value = value.get(name) if isinstance(value, _OBJECTS) else None
    return value if isinstance(value, _OBJECTS) else _NOTHING


def parts(value: object) -> Iterator[Mapping[str, object]]:
    """Yield the objects of a list, leaving out whatever else stands in it; nothing where ``value`` is no list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def text(value: object, limit: int) -> str:
    """Return a text without outer spaces, cut to ``limit`` characters; "" for anything that is no text."""
    return value.strip()[:limit].rstrip() if isinstance(value, str) else ""


def whole(value: object, limit: int) -> str:
    """Return a text without outer spaces if it has at most ``limit`` characters, otherwise "": half an id is none."""
    found = value.strip() if isinstance(value, str) else ""
    return found if len(found) <= limit else ""


def flag(value: object, *, default: bool = False) -> bool:
    """Return a JSON true or false, ``default`` for anything else."""
    return value if isinstance(value, bool) else default


def moment(value: object) -> datetime | None:
    """Return an ISO 8601 time as an aware UTC datetime (without an offset it is UTC); None if unreadable."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def stamp(value: object) -> tuple[datetime, str] | tuple[None, None]:
    """Return what ``moment`` reads, and its ``isoformat``; None for both if unreadable."""
    at = moment(value)
    if at is None:
        return None, None
    # A shop in Python has most often written the very same. Without microseconds it would have left them out.
    if at.microsecond and isinstance(value, str) and _WRITTEN_BY_PYTHON.fullmatch(value):
        return at, value
    return at, at.isoformat()


def amount(value: object) -> Decimal | None:
    """Return the amount of a ``Money`` or the gross of a ``TaxedMoney``, at most 3 decimals; None if there is none.

    Numbers with a point arrive as strings (see ``body``). Negative and absurd amounts are None.
    """
    money = part(value)
    number = money.get("amount") if "amount" in money else part(money, "gross").get("amount")
    found = _number(number)
    if found is None or not 0 <= found < _ABSURD:
        return None
    # Never more decimals than the column has, never an exponent: 1E+2 is 100.
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -3:
        return found.quantize(Decimal("0.001"))
    return found.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else found


def credible(total: Decimal) -> Decimal:
    """Return a total that we worked out ourselves, 0 ("not known") where it is absurd."""
    return total if total < _ABSURD else Decimal(0)


def quantity(value: object) -> int | None:
    """Return a whole number from 1 to a million; None for anything else."""
    found = _number(value)
    if found is None or not 1 <= found <= _ABSURD_QUANTITY or found != int(found):
        return None
    return int(found)


def _number(value: object) -> Decimal | None:
    # bool is an int to Python; a price of ``true`` is none.
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        return None
    try:
        found = Decimal(str(value)) if not isinstance(value, str) or len(value) <= 60 else None
    except (InvalidOperation, ValueError):
        return None
    return found if found is not None and found.is_finite() else None


def uuid_of(value: object, type_name: str) -> str:
    """Return the lower-case UUID that ``value`` is, or that a global id of ``type_name`` holds; "" otherwise."""
    if not isinstance(value, str):
        return ""
    plain = value.strip().lower()
    if _UUID.fullmatch(plain):
        return plain
    key = _key_of(value, type_name).lower()
    return key if _UUID.fullmatch(key) else ""


def reference(value: object, type_name: str) -> str:
    """Return a global id (base64 of ``Type:key``) of ``type_name`` in its canonical spelling; "" for anything else."""
    key = _key_of(value, type_name)
    return base64.b64encode(f"{type_name}:{key}".encode()).decode() if key else ""


def _key_of(value: object, type_name: str) -> str:
    if not isinstance(value, str) or len(value) > 100:
        return ""
    try:
        found, _, key = base64.b64decode(value.strip(), validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        return ""
    # Keys are numbers and UUIDs; 70 characters leave room for the encoded reference in its column of 100.
    return key if found == type_name and re.fullmatch(r"[0-9A-Za-z-]{1,50}", key) else ""


def country(value: object) -> str:
    """Return the two-letter code of a ``CountryDisplay`` in upper case, or ""."""
    found = text(part(value).get("code"), 10).upper()
    return found if _COUNTRY.fullmatch(found) else ""


def currency(value: object) -> str:
    """Return a three-letter ISO 4217 code in upper case, or ""."""
    found = text(value, 10).upper()
    return found if _CURRENCY.fullmatch(found) else ""


def language(value: object) -> str:
    """Return a language as Saleor's tables write it (``en-us``) from either spelling (``EN_US``), or ""."""
    return whole(value, 35).replace("_", "-").lower()


def address(value: object) -> str:
    """Return a web address of http or https, or ""."""
    found = whole(value, 2000)
    return found if found.startswith(("https://", "http://")) else ""


def metadata(value: object) -> dict[str, str]:
    """Return a list of ``{key, value}`` as a dict, leaving out what is not two texts."""
    pairs = ((item.get("key"), item.get("value")) for item in parts(value))
    return {key: found for key, found in pairs if isinstance(key, str) and isinstance(found, str)}
