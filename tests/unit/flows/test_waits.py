"""Waits by the clock and the calendar of the person: across clock changes, leap days and the ends of months."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_mailflow.flows.dates import anniversary, next_anniversary
from saleor_mailflow.flows.steps import Anchor, Cursor, Go, Moment, Sleep, Wait

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
zones = st.sampled_from(ZONES)


def ends(wait: Wait, entered: datetime, zone: str = "UTC", **more: object) -> datetime:
    """Return when the wait of somebody who came in at ``entered`` is over."""
    cursor = Cursor(index=0, ready_at=entered, at="w")
    moment = Moment(now=entered, entered_at=entered, active_at=entered, zone=zone, **more)  # type: ignore[arg-type]
    decision = wait.decide(cursor, moment)
    return decision.until if isinstance(decision, Sleep) else entered


@pytest.mark.parametrize(
    ("entered", "months", "expected"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), 1, datetime(2026, 2, 28, 12, tzinfo=UTC)),
        (datetime(2028, 1, 31, 12, tzinfo=UTC), 1, datetime(2028, 2, 29, 12, tzinfo=UTC)),
        (datetime(2026, 10, 31, 12, tzinfo=UTC), 4, datetime(2027, 2, 28, 12, tzinfo=UTC)),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), 12, datetime(2027, 12, 31, 12, tzinfo=UTC)),
    ],
)
def test_a_month_ends_where_the_calendar_says(entered: datetime, months: int, expected: datetime) -> None:
    assert ends(Wait(id="w", months=months), entered) == expected


@settings(deadline=None)
@given(entered=moments, months=st.integers(1, 24), zone=zones)
def test_months_keep_the_time_of_day_wherever_clocks_change(entered: datetime, months: int, zone: str) -> None:
    there = zoneinfo.ZoneInfo(zone)
    until = ends(Wait(id="w", months=months), entered, zone)
    before, after = entered.astimezone(there), until.astimezone(there)
    assert (after.year - before.year) * 12 + after.month - before.month in {months, months + (after.day == 1)}
    # A time that a changing clock jumps over is met an hour off, and no more than that.
    off = abs((after.hour * 60 + after.minute) - (before.hour * 60 + before.minute))
    assert min(off, 1440 - off) <= 60


@settings(deadline=None)
@given(entered=moments, zone=zones, hour=st.integers(0, 23), days=st.sets(st.integers(0, 6), min_size=1))
def test_a_time_of_day_is_the_persons_own_and_on_a_named_day(
    entered: datetime, zone: str, hour: int, days: set[int]
) -> None:
    wait = Wait(id="w", duration=timedelta(hours=5), at=f"{hour:02}:00", weekdays=tuple(sorted(days)))
    until = ends(wait, entered, zone)
    local = until.astimezone(zoneinfo.ZoneInfo(zone))
    assert until >= entered + timedelta(hours=5)
    assert until <= entered + timedelta(days=9)
    assert local.weekday() in days
    assert local.hour == hour or (local - timedelta(hours=1)).utcoffset() != local.utcoffset()


@settings(deadline=None)
@given(entered=moments, zone=zones, born=st.dates(date(1930, 1, 1), date(2015, 12, 31)))
def test_the_next_birthday_is_the_next_one(entered: datetime, zone: str, born: date) -> None:
    there = zoneinfo.ZoneInfo(zone)
    until = ends(Wait(id="w", date="birthday"), entered, zone, dates={"birthday": born.isoformat()})
    local = until.astimezone(there).date()
    assert entered <= until <= entered + timedelta(days=367)
    assert local == anniversary(born, local.year) or until.astimezone(there).time().hour == 23
    assert not (born.month == 2 and born.day == 29 and (local.month, local.day) not in {(2, 28), (2, 29)})


def test_who_comes_in_on_the_morning_of_the_day_does_not_wait_a_year() -> None:
    morning = datetime(2026, 5, 4, 7, tzinfo=UTC)
    assert next_anniversary(date(1990, 5, 4), morning, UTC) == morning


def test_a_date_that_nobody_knows_is_not_waited_for() -> None:
    assert ends(Wait(id="w", date="birthday"), NOON) == NOON


def test_a_late_mail_moves_the_wait_behind_it() -> None:
    wait = Wait(id="w", duration=timedelta(days=1), since=Anchor.STEP, after_mail=timedelta(hours=20))
    assert ends(wait, NOON, last_sent_at=NOON + timedelta(hours=11)) == NOON + timedelta(hours=31)


def test_a_wait_that_is_over_says_when_it_was_due() -> None:
    wait = Wait(id="w", duration=timedelta(days=1))
    cursor = Cursor(index=0, ready_at=NOON, at="w")
    late = NOON + timedelta(days=3)
    decision = wait.decide(cursor, Moment(now=late, entered_at=NOON, active_at=NOON))
    assert isinstance(decision, Go)
    assert decision.ready_at == NOON + timedelta(days=1), "what comes next is as late as it is"
