"""Days that come back every year, where the person is. Standard library only.

Refuses to lose the 29th of February: in other years it is kept on the 28th.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo


def anniversary(day: date, year: int) -> date:
    """Return the day in a year; 29 February is the 28th where the year has none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def next_anniversary(day: date, since: datetime, zone: tzinfo, *, before: timedelta = timedelta(0)) -> datetime:
    """Return when the next return of ``day`` begins in ``zone``, ``before`` ahead of it, from ``since`` on; UTC."""
    local = since.astimezone(zone)
    for year in range(local.year, local.year + 3):
        begins = datetime.combine(anniversary(day, year), datetime.min.time(), tzinfo=zone).astimezone(UTC) - before
        # The day itself counts until it is over: who comes in on the morning does not wait a year.
        if since < begins + timedelta(days=1):
            return max(begins, since)
    raise ValueError(f"No return of {day} was found after {since}.")
