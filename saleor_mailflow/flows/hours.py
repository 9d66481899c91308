"""Quiet hours: when a promotional mail may leave where its reader is, and the next time it may. Standard library only.

Refuses to send inside the quiet time, however a zone moves its clock; and to know what time it is: ``now`` is told.

A zone is walked in pieces in which its offset does not change. Inside one, local time is plain arithmetic; so an
opening that the clock jumps over, one that comes twice, and a day that a country left out need no rules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256

EVERY_DAY = frozenset(range(7))

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
#: A week, two days for changed clocks, and another week for an opening that the clock jumped over.
_LOOK_AHEAD = 16
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """When mail is welcome: from ``opens`` (included) to ``closes`` (not), local time; ``closes`` 00:00 is midnight.

    ``weekdays`` count from Monday, 0. Raises ValueError with a sentence where nothing would ever be open.
    """

    opens: time = time(8)
    closes: time = time(21)
    weekdays: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("The quiet hours leave no weekday open: name at least one, such as mon-fri.")
        if not self.weekdays <= EVERY_DAY:
            raise ValueError(f"The weekdays {sorted(self.weekdays)} are not all from 0 (Monday) to 6 (Sunday).")
        if self.closes != time(0) and self.opens >= self.closes:
            raise ValueError(
                f"The hours open at {self.opens:%H:%M} and close at {self.closes:%H:%M}: they must open first."
            )

    def open_from(self, local: datetime) -> datetime | None:
        """Return the first moment from ``local`` on that is open on that day or the next; naive local time."""
        for ahead in range(2):
            day = local.date() + timedelta(days=ahead)
            if day.weekday() not in self.weekdays:
                continue
            first = max(local, datetime.combine(day, self.opens))
            last = day if self.closes != time(0) else day + _DAY
            if first < datetime.combine(last, self.closes):
                return first
        return None

    def welcome(self, now: datetime, zone: tzinfo) -> bool:
        """Tell whether a promotional mail may leave at ``now`` (aware) in ``zone``."""
        local = now.astimezone(zone).replace(tzinfo=None)
        return self.open_from(local) == local


def next_slot(now: datetime, zone: tzinfo, hours: QuietHours, *, jitter: timedelta, seed: str) -> datetime:
    """Return ``now`` where a promotional mail may leave now, else the next opening plus a stable part of ``jitter``.

    ``now`` is aware; the answer is UTC, never before ``now`` and never inside the quiet time. The part is a hash of
    ``seed`` in [0, ``jitter``), so that not everybody's mail leaves as the clock strikes; where it would reach beyond
    the closing it is halved until it does not. Raises ValueError for a naive ``now`` and a negative ``jitter``.
    """
    now = _aware(now)
    if jitter < timedelta(0):
        raise ValueError(f"The jitter {jitter} is negative: mail would leave before the opening.")
    for start, end, offset in _pieces(now, zone):
        first = hours.open_from(_local(start, offset))
        if first is None or first - offset >= end.replace(tzinfo=None):
            continue
        opening = (first - offset).replace(tzinfo=UTC)
        if opening == now:
            return now
        late = _part(jitter, seed)
        while late and not hours.welcome(opening + late, zone):
            late //= 2
        return opening + late
    raise ValueError(f"No opening of {hours} was found within {_LOOK_AHEAD} days of {now} in {zone}.")


def next_local(now: datetime, zone: tzinfo, at: time, weekdays: frozenset[int] = EVERY_DAY) -> datetime:
    """Return when the clocks of ``zone`` next show ``at`` on one of ``weekdays``, from ``now`` on; UTC.

    A day has one such moment: the first where the clock shows it twice; right after the jump where the clock jumps over
    it, and none where that is another day already. Raises ValueError for a naive ``now`` and for no weekday.
    """
    now = _aware(now)
    if not weekdays:
        raise ValueError("No weekday is named to wait for: name at least one.")
    today = now.astimezone(zone).date()
    for ahead in range(_LOOK_AHEAD):
        day = today + timedelta(days=ahead)
        if day.weekday() in weekdays:
            moment = _moment(day, at, zone)
            if moment is not None and moment >= now:
                return moment
    raise ValueError(f"No {at:%H:%M} on the weekdays {sorted(weekdays)} was found after {now} in {zone}.")


def parse_hours(text: str) -> tuple[QuietHours, tuple[str, ...]]:
    """Return the hours of a setting (``8-21``, ``8:30-20``, ``8-21 mon-fri``, ``9-18 mon,wed,sat``) and its problems.

    Each problem is a sentence. Never raises: what cannot be read leaves the default, 8 to 21 on every day.
    """
    default = QuietHours()
    words = text.strip().lower().split(None, 1)
    if not words:
        return default, ()
    times = re.fullmatch(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?", words[0], re.ASCII)
    kept = "Until then: 8-21 on every day."
    if times is None:
        return default, (f"The quiet hours {text!r} do not begin with times such as 8-21 or 8:30-20. {kept}",)
    opens, closes = _time(times[1], times[2]), _time(times[3], times[4])
    # Midnight is an end, not a beginning of the same day, however it is written.
    if opens is None or closes is None or (times[1] == "24"):
        return default, (f"The quiet hours {text!r} name a time that no clock shows. {kept}",)
    days = _weekdays(words[1]) if len(words) > 1 else EVERY_DAY
    if not days:
        return default, (f"The quiet hours {text!r} name weekdays that are not like mon-fri or mon,wed,sat. {kept}",)
    try:
        return QuietHours(opens=opens, closes=closes, weekdays=days), ()
    except ValueError as error:
        return default, (f"{error} {kept}",)


def _time(hour: str, minute: str | None) -> time | None:
    hours, minutes = int(hour), int(minute or 0)
    if (hours, minutes) == (24, 0):
        return time(0)
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def _weekdays(text: str) -> frozenset[int]:
    """Return the days that ``mon-fri`` or ``mon, wed`` name; empty where one cannot be read. ``sat-mon`` goes round."""
    found: set[int] = set()
    for part in re.sub(r"\s*([-,])\s*", r"\1", text.strip()).split(","):
        first, _, last = part.partition("-")
        if first not in _NAMES or (last or first) not in _NAMES or part.endswith("-"):
            return frozenset()
        start = _NAMES.index(first)
        found.update((start + step) % 7 for step in range((_NAMES.index(last or first) - start) % 7 + 1))
    return frozenset(found)


def _aware(now: datetime) -> datetime:
    if now.utcoffset() is None:
        raise ValueError(f"The time {now} has no zone: give an aware one.")
    return now.astimezone(UTC)


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _local(moment: datetime, offset: timedelta) -> datetime:
    return moment.replace(tzinfo=None) + offset


def _pieces(start: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield (start, end, offset) from ``start`` (UTC) on: at most a day each, the clock unchanged inside."""
    last, offset = start + _LOOK_AHEAD * _DAY, _offset(start, zone)
    while start < last:
        end = start + _DAY
        after = _offset(end, zone)
        if after != offset:
            end = _change(start, end, zone)
            after = _offset(end, zone)
        yield start, end, offset
        start, offset = end, after


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the first second in (``before``, ``after``] with another offset than ``before``; there is one."""
    offset = _offset(before, zone)
    # Clocks change at whole seconds, so that is as fine as it has to be looked for.
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _moment(day: date, at: time, zone: tzinfo) -> datetime | None:
    """Return the day's one moment of that local time, UTC; None where the clock jumps over it into another day."""
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first <= second:
        return first
    # In a gap fold=0 is read with the offset before it, which lands after it, and fold=1 the other way round.
    after = _change(second, first, zone)
    return after if after.astimezone(zone).date() == day else None


def _part(jitter: timedelta, seed: str) -> timedelta:
    """Return the part of ``jitter`` that is ``seed``'s own: in [0, jitter), the same on every machine."""
    share = int.from_bytes(sha256(seed.encode("utf-8", "surrogatepass")).digest()[:8])
    return timedelta(microseconds=(jitter // timedelta(microseconds=1)) * share >> 64)
