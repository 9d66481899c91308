"""Who crosses a recurring trigger: everybody in a segment, when its day has come. Refuses to make up for missed days.

How this can fail, and who is hurt: an outage over the day (the last one missed is made up for within a day, older ones
never: nobody gets three newsletters at once), a segment that is gone (nobody crosses, and the lint says so).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from saleor_mailflow.audience.segments import members, saved
from saleor_mailflow.flows.entering import Crossing
from saleor_mailflow.flows.triggers import Recurring

PAGE = 500
#: How late a day is made up for.
LATE = timedelta(days=1)


def recurring_crossings(
    shop_id: int, trigger: Recurring, *, since: datetime, now: datetime, zone: str
) -> Iterator[list[Crossing]]:
    """Yield pages of everybody in the segment, where a moment of the trigger lies in (``since``, ``now``]."""
    at = last_moment(trigger, now, zone)
    if at is None or at <= max(since, now - LATE):
        return
    condition, after = saved(shop_id).get(trigger.segment), 0
    if condition is None:
        return
    while page := members(shop_id, condition, now=now, after_id=after, limit=PAGE):
        after = page[-1]
        yield [
            Crossing(contact_id=one, key=f"recurring:{one}:{at.astimezone(ZoneInfo(zone)).date()}", at=at)
            for one in page
        ]


def last_moment(trigger: Recurring, now: datetime, zone: str) -> datetime | None:
    """Return the last moment at or before ``now`` that the trigger means, None where there was none in five weeks."""
    local = now.astimezone(ZoneInfo(zone)).date()
    for back in range(36):
        day = local - timedelta(days=back)
        if not is_day(trigger, day):
            continue
        at = datetime.combine(day, time.fromisoformat(trigger.at), tzinfo=ZoneInfo(zone)).astimezone(UTC)
        if at <= now:
            return at
    return None


def is_day(trigger: Recurring, day: date) -> bool:
    """Tell whether the trigger means this day."""
    return day.weekday() == trigger.weekday and trigger.nth in {0, (day.day - 1) // 7 + 1}
