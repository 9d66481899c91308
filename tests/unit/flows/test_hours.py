"""Quiet hours: nobody is woken up, however their clock behaves; and whoever is awake need not wait."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.flows.hours import QuietHours, next_local, next_slot, parse_hours

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
DAYTIME = QuietHours()
NONE = timedelta(0)
MON_FRI = frozenset(range(5))


def local(text: str, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def slot(text: str, zone: ZoneInfo, hours: QuietHours = DAYTIME, *, fold: int = 0) -> str:
    found = next_slot(local(text, zone, fold=fold), zone, hours, jitter=NONE, seed="")
    return found.astimezone(zone).isoformat()


# Nobody is woken up.


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-06-10T21:00:00", "2026-06-11T08:00:00+02:00"),
        ("2026-06-10T23:59:59.999999", "2026-06-11T08:00:00+02:00"),
        ("2026-06-10T00:00:00", "2026-06-10T08:00:00+02:00"),
        ("2026-06-10T07:59:59.999999", "2026-06-10T08:00:00+02:00"),
        # The night before the clocks change, and the year's.
        ("2026-03-28T22:00:00", "2026-03-29T08:00:00+02:00"),
        ("2026-10-24T22:00:00", "2026-10-25T08:00:00+01:00"),
        ("2026-12-31T22:00:00", "2027-01-01T08:00:00+01:00"),
    ],
)
def test_at_night_mail_waits_for_the_morning(now: str, then: str) -> None:
    assert slot(now, BERLIN) == then


@pytest.mark.parametrize("now", ["2026-06-10T08:00:00+02:00", "2026-06-10T20:59:59.999999+02:00"])
def test_by_day_it_leaves_now_without_jitter(now: str) -> None:
    moment = datetime.fromisoformat(now)
    assert next_slot(moment, BERLIN, DAYTIME, jitter=timedelta(hours=2), seed="anna") == moment


def test_what_is_day_here_is_night_there() -> None:
    noon_in_berlin = local("2026-06-10T12:00:00", BERLIN)
    assert next_slot(noon_in_berlin, BERLIN, DAYTIME, jitter=NONE, seed="") == noon_in_berlin
    morning = next_slot(noon_in_berlin, NEW_YORK, DAYTIME, jitter=NONE, seed="")
    assert morning.astimezone(NEW_YORK).isoformat() == "2026-06-10T08:00:00-04:00"


def test_from_friday_night_to_monday_morning() -> None:
    assert slot("2026-06-12T21:00:00", BERLIN, QuietHours(weekdays=MON_FRI)) == "2026-06-15T08:00:00+02:00"


def test_midnight_is_an_end() -> None:
    late = QuietHours(opens=time(8), closes=time(0))
    assert slot("2026-06-10T23:59:00", BERLIN, late) == "2026-06-10T23:59:00+02:00"
    assert slot("2026-06-11T00:00:00", BERLIN, late) == "2026-06-11T08:00:00+02:00"


# Clocks that jump, repeat themselves and leave days out.


def test_an_opening_that_the_clock_jumps_over_is_right_after_the_jump() -> None:
    hours = QuietHours(opens=time(2, 30), closes=time(21))
    assert slot("2026-03-29T00:00:00", BERLIN, hours) == "2026-03-29T03:00:00+02:00"


def test_hours_that_the_clock_jumps_over_altogether_are_the_next_days() -> None:
    hours = QuietHours(opens=time(2, 10), closes=time(2, 50))
    assert slot("2026-03-29T00:00:00", BERLIN, hours) == "2026-03-30T02:10:00+02:00"


def test_an_opening_that_comes_twice_is_the_first_and_then_the_second() -> None:
    hours = QuietHours(opens=time(2, 15), closes=time(2, 45))
    assert slot("2026-10-25T01:00:00", BERLIN, hours) == "2026-10-25T02:15:00+02:00"
    assert slot("2026-10-25T02:50:00", BERLIN, hours) == "2026-10-25T02:15:00+01:00"
    assert slot("2026-10-25T02:50:00", BERLIN, hours, fold=1) == "2026-10-26T02:15:00+01:00"


def test_the_clock_goes_back_into_the_open_hours() -> None:
    hours = QuietHours(opens=time(1), closes=time(2, 30))
    assert slot("2026-10-25T02:40:00", BERLIN, hours) == "2026-10-25T02:00:00+01:00"


def test_samoa_had_no_30_december_2011() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert slot("2011-12-29T21:30:00", apia) == "2011-12-31T08:00:00+14:00"
    fridays = QuietHours(weekdays=frozenset({4}))
    assert slot("2011-12-29T12:00:00", apia, fridays) == "2012-01-06T08:00:00+14:00"


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        ("Asia/Kathmandu", "2026-06-10T03:00:00", "2026-06-10T08:00:00+05:45"),
        ("Pacific/Chatham", "2026-09-27T02:00:00", "2026-09-27T08:00:00+13:45"),
        ("Australia/Lord_Howe", "2026-10-04T01:00:00", "2026-10-04T08:00:00+11:00"),
        ("Africa/Monrovia", "1971-05-01T01:00:00", "1971-05-01T08:00:00-00:44:30"),
        ("Antarctica/Troll", "2026-03-29T00:30:00", "2026-03-29T08:00:00+02:00"),
    ],
)
def test_offsets_that_are_no_whole_hours(zone: str, now: str, then: str) -> None:
    assert slot(now, ZoneInfo(zone)) == then


# Jitter.


@given(st.text(), st.integers(min_value=0, max_value=10**12))
def test_jitter_is_stable_inside_its_bounds_and_inside_the_hours(seed: str, microseconds: int) -> None:
    night, jitter = local("2026-06-10T23:00:00", BERLIN), timedelta(microseconds=microseconds)
    opening = next_slot(night, BERLIN, DAYTIME, jitter=NONE, seed=seed)
    found = next_slot(night, BERLIN, DAYTIME, jitter=jitter, seed=seed)
    assert found == next_slot(night, BERLIN, DAYTIME, jitter=jitter, seed=seed)
    assert NONE <= found - opening < max(jitter, timedelta(microseconds=1))
    assert DAYTIME.welcome(found, BERLIN)


def test_people_are_spread_over_the_jitter() -> None:
    night, jitter = local("2026-06-10T23:00:00", BERLIN), timedelta(minutes=30)
    opening = next_slot(night, BERLIN, DAYTIME, jitter=NONE, seed="")
    minutes = [
        (next_slot(night, BERLIN, DAYTIME, jitter=jitter, seed=f"contact {number}") - opening) // timedelta(minutes=1)
        for number in range(3000)
    ]
    assert set(minutes) == set(range(30))
    assert max(minutes.count(minute) for minute in range(30)) < 2 * len(minutes) / 30


# Asked wrongly.


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"weekdays": frozenset()}, "no weekday"),
        ({"weekdays": frozenset({7})}, "[7]"),
        ({"opens": time(21), "closes": time(8)}, "21:00"),
        ({"opens": time(8), "closes": time(8)}, "08:00"),
    ],
)
def test_hours_that_never_open_are_refused_with_a_sentence(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=r"weekday|open") as caught:
        QuietHours(**arguments)  # type: ignore[arg-type]  # a test's shorthand
    assert says in str(caught.value)


def test_a_time_without_a_zone_and_a_negative_jitter_are_refused() -> None:
    naive = datetime(2026, 6, 10, 23)  # noqa: DTZ001 what is refused
    with pytest.raises(ValueError, match="no zone"):
        next_slot(naive, BERLIN, DAYTIME, jitter=NONE, seed="")
    with pytest.raises(ValueError, match="no zone"):
        next_local(naive, BERLIN, time(9))
    with pytest.raises(ValueError, match="negative"):
        next_slot(naive.replace(tzinfo=UTC), BERLIN, DAYTIME, jitter=timedelta(seconds=-1), seed="")


# The setting.


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("", QuietHours()),
        ("8-21", QuietHours()),
        ("8:30-20", QuietHours(opens=time(8, 30), closes=time(20))),
        (" 09-18:45  MON-FRI ", QuietHours(opens=time(9), closes=time(18, 45), weekdays=MON_FRI)),
        ("0-24", QuietHours(opens=time(0), closes=time(0))),
        ("8-21 sat", QuietHours(weekdays=frozenset({5}))),
        ("8-21 mon, wed - thu", QuietHours(weekdays=frozenset({0, 2, 3}))),
        ("8-21 sat-mon", QuietHours(weekdays=frozenset({5, 6, 0}))),
    ],
)
def test_the_setting_reads_as_it_is_written(text: str, hours: QuietHours) -> None:
    assert parse_hours(text) == (hours, ())


@pytest.mark.parametrize(
    "text",
    [
        "8",
        "8-",
        "8-25",
        "24-9",
        "8:60-9",
        "8.30-9",
        "21-8",
        "8-8",
        "8-21 mon-",
        "8-21 mo",
        "8-21 mon,",
        "8-21 -",
        "٨-٩",
    ],
)
def test_what_cannot_be_read_leaves_the_default_and_says_so(text: str) -> None:
    hours, (problem,) = parse_hours(text)
    assert hours == QuietHours()
    assert problem.endswith("Until then: 8-21 on every day.")


@given(st.text())
def test_nothing_a_merchant_types_breaks_it(text: str) -> None:
    hours, problems = parse_hours(text)
    assert hours == QuietHours() or not problems


# Waiting for a local time.


def at(now: str, zone: ZoneInfo, when: time, weekdays: frozenset[int] = frozenset(range(7)), *, fold: int = 0) -> str:
    return next_local(local(now, zone, fold=fold), zone, when, weekdays).astimezone(zone).isoformat()


@pytest.mark.parametrize(
    ("now", "when", "then"),
    [
        ("2026-06-10T08:59:59", time(9), "2026-06-10T09:00:00+02:00"),
        ("2026-06-10T09:00:00", time(9), "2026-06-10T09:00:00+02:00"),
        ("2026-06-10T09:00:00.000001", time(9), "2026-06-11T09:00:00+02:00"),
        # Jumped over: right after the jump, once; the next day it is itself again.
        ("2026-03-29T00:00:00", time(2, 30), "2026-03-29T03:00:00+02:00"),
        ("2026-03-29T03:00:01", time(2, 30), "2026-03-30T02:30:00+02:00"),
        # Twice: the first, once.
        ("2026-10-25T00:00:00", time(2, 30), "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30:01", time(2, 30), "2026-10-26T02:30:00+01:00"),
    ],
)
def test_a_day_has_one_moment_of_a_time(now: str, when: time, then: str) -> None:
    assert at(now, BERLIN, when) == then


def test_a_jump_over_midnight_leaves_that_days_moment_out() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert at("2011-12-29T12:00:00", apia, time(9)) == "2011-12-31T09:00:00+14:00"
    assert at("2011-12-29T12:00:00", apia, time(9), frozenset({4})) == "2012-01-06T09:00:00+14:00"


def test_a_time_at_which_the_day_begins_late() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # its clocks jump from 0:00 to 1:00
    assert at("2026-03-28T12:00:00", beirut, time(0)) == "2026-03-29T01:00:00+03:00"


def test_waiting_for_no_weekday_is_refused() -> None:
    with pytest.raises(ValueError, match="No weekday"):
        at("2026-06-10T09:00:00", BERLIN, time(9), frozenset())


@given(
    st.datetimes(datetime(1980, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 Hypothesis asks so
    st.sampled_from(
        ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "America/Scoresbysund"]
    ),
    st.times(),
)
def test_a_daily_wait_comes_once_a_day_and_never_early(now: datetime, name: str, when: time) -> None:
    zone, days = ZoneInfo(name), list[date]()
    for _ in range(5):
        found = next_local(now, zone, when)
        assert found >= now
        days.append(found.astimezone(zone).date())
        assert found.astimezone(zone).time() >= when
        now = found + timedelta(microseconds=1)
    assert days == sorted(set(days))
