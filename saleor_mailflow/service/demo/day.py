"""Read a recorded day: the webhooks of a shop as they arrived, and its key set. Refuses to judge them; the door does.

A day is a directory with one JSON file a webhook (``headers`` and ``raw_body_b64``), or the same packed as one line
each in a ``*.jsonl.gz`` file, and the key set in ``jwks.json`` (or one directory up).
Anything else in it is left alone.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.webhooks.values import moment, part

#: The day that ships with this package.
OWN_DAY = Path(__file__).parent.parent / "day"

#: A time outside of these years is no time to set a clock to.
_YEARS = range(2000, 2100)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One webhook as it arrived. ``at`` is its issuedAt (aware UTC), that of the file before it where it has none."""

    name: str
    at: datetime
    headers: Mapping[str, str]
    raw: bytes

    def header(self, name: str) -> str:
        """Return a header in any letter case, or ""."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


@dataclass(frozen=True, kw_only=True)
class Day:
    """A recorded day. ``webhooks`` are in the order of their times, ``skipped`` says what could not be read and why."""

    api_url: str
    domain: str
    key_set: Mapping[str, object]
    webhooks: tuple[Recorded, ...]
    skipped: tuple[str, ...]


def load_day(directory: Path) -> Day:
    """Return the day recorded in ``directory``. Raises ConfigurationError where there is none to play."""
    if not directory.is_dir():
        raise ConfigurationError(f"There is no directory {str(directory)!r}. Give --day a directory of webhooks.")
    skipped: list[str] = []
    found: list[Recorded] = []
    last = datetime(_YEARS.start, 1, 1, tzinfo=UTC)
    for name, value in _files(directory, skipped):
        try:
            recorded = _recorded(name, value, last)
        except (KeyError, TypeError, ValueError) as error:
            skipped.append(f"{name} was left out: it is not a recorded webhook ({type(error).__name__}: {error}).")
            continue
        if recorded is not None:
            last = recorded.at
            found.append(recorded)
    if not found:
        raise ConfigurationError(
            f"No webhook was found in {str(directory)!r}. "
            "A day is a directory of JSON files with headers and raw_body_b64."
        )
    # Files before the first one that knows its time take place together with it.
    first = min((r.at for r in found if r.at.year > _YEARS.start), default=last)
    played = [
        r if r.at.year > _YEARS.start else Recorded(name=r.name, at=first, headers=r.headers, raw=r.raw) for r in found
    ]
    played.sort(key=lambda recorded: (recorded.at, recorded.name))
    urls = Counter(url for recorded in found if (url := recorded.header("Saleor-Api-Url").strip()))
    if not urls:
        raise ConfigurationError(f"No webhook in {str(directory)!r} says which shop sent it (header Saleor-Api-Url).")
    api_url = urls.most_common(1)[0][0]
    domains = Counter(
        domain.lower()
        for recorded in found
        if recorded.header("Saleor-Api-Url").strip() == api_url and (domain := recorded.header("Saleor-Domain").strip())
    )
    return Day(
        api_url=api_url,
        domain=domains.most_common(1)[0][0] if domains else urlsplit(api_url).netloc,
        key_set=_key_set(directory),
        webhooks=tuple(played),
        skipped=tuple(skipped),
    )


def _files(directory: Path, skipped: list[str]) -> Iterator[tuple[str, object]]:
    for path in sorted(directory.iterdir()):
        packed = path.name.endswith(".jsonl.gz")
        if path.name == "jwks.json" or not path.is_file() or not (packed or path.suffix == ".json"):
            continue
        try:
            lines = gzip.decompress(path.read_bytes()).splitlines() if packed else [path.read_bytes()]
            values = [json.loads(line) for line in lines]
        except (OSError, EOFError, ValueError, RecursionError) as error:
            skipped.append(f"{path.name} was left out: it cannot be read as JSON ({type(error).__name__}).")
            continue
        for value in values:
            yield str(part(value).get("name") or path.name) if packed else path.name, value


def _recorded(name: str, value: object, before: datetime) -> Recorded | None:
    """Return the webhook in a file's JSON, None where it is another kind of file. Raises ValueError and its like."""
    if not isinstance(value, dict) or "raw_body_b64" not in value:
        return None
    headers = value["headers"]
    if not isinstance(headers, dict):
        raise TypeError("headers is no object")
    raw = base64.b64decode(value["raw_body_b64"], validate=True)
    return Recorded(
        name=name,
        at=_issued_at(raw) or before,
        headers={str(key): str(item) for key, item in headers.items()},
        raw=raw,
    )


def _issued_at(raw: bytes) -> datetime | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    inner = part(body, "data")
    event = next((part(item) for item in inner.values()), inner) if inner else part(body)
    at = moment(event.get("issuedAt"))
    return at if at is not None and at.year in _YEARS else None


def _key_set(directory: Path) -> Mapping[str, object]:
    # Recordings of one shop lie side by side with one key set above them.
    place = next((place for place in (directory, directory.parent) if (place / "jwks.json").is_file()), directory)
    try:
        found = json.loads((place / "jwks.json").read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"The shop's key set cannot be read from {str(directory / 'jwks.json')!r} ({type(error).__name__}): "
            "without it no signature can be checked. Put it there."
        ) from error
    return part(found)
