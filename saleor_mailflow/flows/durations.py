"""How durations are written where people read them: ``24h``, ``3d``, ``90m``. Standard library only.

Refuses months and years, which are no fixed time, and anything shorter than a second.
"""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {"d": "d", "h": "h", "m": "min", "s": "s"}
_WRITTEN = re.compile(r"(?:(\d{1,6})d)?\s*(?:(\d{1,7})h)?\s*(?:(\d{1,8})m)?\s*(?:(\d{1,9})s)?")


def written_duration(duration: timedelta) -> str:
    """Return a duration as flow files have it: the largest unit that divides it, and hours below two days (``24h``)."""
    number, unit = _in_one_unit(duration)
    return f"{number}{unit}"


def duration_words(duration: timedelta) -> str:
    """Return a duration as a merchant reads it: ``24 h``, ``3 d``, ``90 min``; "no time" where there is none."""
    number, unit = _in_one_unit(duration)
    return f"{number} {_WORDS[unit]}" if number else "no time"


def read_duration(text: str) -> timedelta:
    """Return the duration that ``written_duration`` wrote, or one of several units such as ``1d 12h``.

    Raises ValueError, saying how to write it, for anything else.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        raise ValueError(f"{text[:40]!r} is no duration: write it as 30m, 24h, 3d or 1d 12h.")
    return timedelta(seconds=sum(int(n or 0) * size for n, size in zip(match.groups(), _UNITS.values(), strict=True)))


def _in_one_unit(duration: timedelta) -> tuple[int, str]:
    seconds = int(duration.total_seconds())
    for unit, size in _UNITS.items():
        if seconds % size == 0 and seconds and (unit != "d" or seconds >= 2 * size):
            return seconds // size, unit
    return seconds, "s" if seconds else "h"
