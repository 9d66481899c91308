"""Whose day it is where they are: birthdays, in the morning of the person's own zone.

Refuses a date that became known too late for this year, staff and erased people, and to catch up with what is days ago.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from saleor_mailflow.audience.zones import named, zone_of
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.dates import anniversary
from saleor_mailflow.flows.hours import next_local
from saleor_mailflow.flows.triggers import OnDate
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.settings import settings_of

#: No two clocks of the world show times further apart than that from UTC.
_AHEAD, _BEHIND = timedelta(hours=14), timedelta(hours=12)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class TheirDay:
    """Somebody whose day came round: when it began for the flow, and in which year the day is."""

    contact_id: int
    crossed_at: datetime
    year: int


# The index of birthdays answers it: a few days of the year out of all.
_BORN = """
SELECT c.id, c.birthday, c.birthday_known_at, c.timezone, c.country, coalesce(p.channel, '')
FROM mailflow_contact c LEFT JOIN mailflow_profile p ON p.contact_id = c.id
WHERE c.shop_id = %s AND c.birthday IS NOT NULL
  AND (EXTRACT(MONTH FROM c.birthday), EXTRACT(DAY FROM c.birthday)) IN (SELECT * FROM unnest(%s::int[], %s::int[]))
  AND c.erased_at IS NULL AND NOT c.is_staff
"""


def on_date(
    shop_id: int,
    trigger: OnDate,
    *,
    since: datetime,
    now: datetime,
    limit: int = 1000,
    channel_zones: Mapping[str, str] | None = None,
) -> list[TheirDay]:
    """Return whose day began in (``since``, ``now``] at ``trigger.at`` where they are, the earliest first.

    What began longer than ``trigger.catch_up`` ago is past. ``limit`` never parts those of one moment: go on with
    ``since`` at the last one's ``crossed_at``. ``channel_zones`` is {channel or "*": IANA zone} of people whose own is
    not known, None for those of the settings. The 29th of February is kept on the 28th in other years. One query, and
    what it takes to read the settings. Raises ConfigurationError for a date that is not the ``birthday``.
    """
    if trigger.date != "birthday":
        raise ConfigurationError(f"No date {trigger.date!r} is known of a person; use 'birthday'.", key="flows")
    since = max(since, now - trigger.catch_up)
    days = _days(since + trigger.before, now + trigger.before) if since < now else []
    if not days:
        return []
    if channel_zones is None:
        channel_zones = settings_of(Shop.objects.get(pk=shop_id)).timezone
    crossings = _Crossings(trigger, channel_zones)
    found = []
    for contact_id, born, known_at, zone, country, channel in _born(shop_id, days):
        for year in {day.year for day in days}:
            at = crossings.at(anniversary(born, year), zone, country, channel)
            if at is not None and since < at <= now and known_at is not None and known_at <= at - trigger.known_for:
                found.append(TheirDay(contact_id=contact_id, crossed_at=at, year=year))
    found.sort(key=lambda one: (one.crossed_at, one.contact_id))
    if len(found) <= limit:
        return found
    return [one for one in found if one.crossed_at <= found[limit - 1].crossed_at]


def _days(since: datetime, now: datetime) -> list[date]:
    """Return every local date that may begin anywhere in (``since``, ``now``], with any time of day."""
    first, last = (since - _BEHIND - _DAY).date(), (now + _AHEAD).date()
    return [first + ahead * _DAY for ahead in range((last - first).days + 1)]


def _born(shop_id: int, days: list[date]) -> list[tuple[int, date, datetime | None, str, str, str]]:
    on = {(day.month, day.day) for day in days}
    if (2, 28) in on:
        on.add((2, 29))
    with connection.cursor() as cursor:
        cursor.execute(_BORN, [shop_id, [month for month, _ in on], [day for _, day in on]])
        return list(cursor.fetchall())


class _Crossings:
    """When a day begins for people of a place; each is worked out once."""

    def __init__(self, trigger: OnDate, channel_zones: Mapping[str, str]) -> None:
        self._time, self._before = time.fromisoformat(trigger.at), trigger.before
        self._channel_zones = channel_zones
        self._zones: dict[tuple[str, str, str], ZoneInfo] = {}
        self._known: dict[tuple[date, str], datetime | None] = {}

    def at(self, day: date, own: str, country: str, channel: str) -> datetime | None:
        """Return when the flow begins for somebody's ``day``; None where their calendar leaves the day out."""
        place = (own, country, channel)
        zone = self._zones.get(place)
        if zone is None:
            set_for = self._channel_zones.get(channel, "")
            zone = named(own) or zone_of(country, "", "", set_for, self._channel_zones.get("*", "")).zone
            self._zones[place] = zone
        key = (day, zone.key)
        if key not in self._known:
            self._known[key] = self._begins(day, zone)
        return self._known[key]

    def _begins(self, day: date, zone: ZoneInfo) -> datetime | None:
        morning = datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
        at = next_local(morning, zone, self._time)
        return at - self._before if at.astimezone(zone).date() == day else None
