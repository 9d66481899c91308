"""Birthdays: first whose it is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.audience.anniversaries import on_date
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.triggers import OnDate
from saleor_mailflow.models import Contact
from tests.integration.audience.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

BIRTHDAY = OnDate(date="birthday")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BORN = date(1990, 6, 15)
BERLIN_MORNING = datetime(2027, 6, 15, 7, tzinfo=UTC)


@pytest.fixture
def people() -> People:
    return People()


def born(people: People, day: date = BORN, *, known: datetime | None = None, **more: Any) -> Contact:
    fields = {"country": "DE", **more}
    return people.person(birthday=day, birthday_known_at=known or BERLIN_MORNING - 300 * DAY, **fields)


def whose(people: People, since: datetime, now: datetime, trigger: OnDate = BIRTHDAY, **more: Any) -> list[int]:
    return [one.contact_id for one in on_date(people.shop.pk, trigger, since=since, now=now, **more)]


def test_staff_erased_people_another_shop_s_and_other_days_are_left_out(people: People) -> None:
    born(people, is_staff=True)
    born(people, erased_at=BERLIN_MORNING)
    born(people, date(1990, 6, 16))
    born(people, date(1990, 5, 15))
    people.person()
    born(People("other.example"))
    assert whose(people, BERLIN_MORNING - HOUR, BERLIN_MORNING) == []


def test_a_date_that_was_told_too_late_waits_a_year(people: People) -> None:
    late = born(people, known=BERLIN_MORNING - 14 * DAY + HOUR)
    in_time = born(people, known=BERLIN_MORNING - 14 * DAY)
    assert whose(people, BERLIN_MORNING - HOUR, BERLIN_MORNING) == [in_time.pk]
    next_year = BERLIN_MORNING.replace(year=2028)
    assert whose(people, next_year - HOUR, next_year) == [late.pk, in_time.pk]


def test_it_is_the_morning_where_they_are_and_once(people: People) -> None:
    berlin, tokyo, la = born(people), born(people, country="JP"), born(people, timezone="America/Los_Angeles")
    somewhere = born(people, country="")
    mornings = {
        tokyo.pk: datetime(2027, 6, 15, 0, tzinfo=UTC),
        berlin.pk: BERLIN_MORNING,
        somewhere.pk: datetime(2027, 6, 15, 9, tzinfo=UTC),
        la.pk: datetime(2027, 6, 15, 16, tzinfo=UTC),
    }
    seen: dict[int, datetime] = {}
    at = datetime(2027, 6, 13, tzinfo=UTC)
    while at < datetime(2027, 6, 18, tzinfo=UTC):
        for one in on_date(people.shop.pk, BIRTHDAY, since=at, now=at + HOUR):
            assert one.contact_id not in seen
            seen[one.contact_id] = one.crossed_at
            assert one.year == 2027
        at += HOUR
    assert seen == mornings
    # Of whom nothing is known, the shop's own zone is taken.
    people.shop.settings["timezone"] = {"*": "Asia/Tokyo"}
    people.shop.save()
    assert somewhere.pk in whose(people, mornings[tokyo.pk] - HOUR, mornings[tokyo.pk])


def test_after_an_outage_the_last_days_are_caught_up_with_and_no_more(people: People) -> None:
    anna = born(people)
    assert whose(people, BERLIN_MORNING - 9 * DAY, BERLIN_MORNING + 3 * DAY - HOUR) == [anna.pk]
    assert whose(people, BERLIN_MORNING - 9 * DAY, BERLIN_MORNING + 3 * DAY) == []


def test_the_29th_of_february_is_the_28th_in_other_years(people: People) -> None:
    anna = born(people, date(1992, 2, 29))
    ben = born(people, date(1993, 2, 28))
    for year, days in ((2027, {28: [anna.pk, ben.pk]}), (2028, {28: [ben.pk], 29: [anna.pk]})):
        for day in (27, 28, 29):
            morning = datetime(year, 2, 27, 8, tzinfo=UTC) + (day - 27) * DAY
            assert whose(people, morning - HOUR, morning) == days.get(day, [])


def test_new_year_and_a_flow_that_begins_before_the_day(people: People) -> None:
    anna = born(people, date(1990, 1, 1))
    week_ahead = OnDate(date="birthday", before=timedelta(days=7))
    eve = datetime(2027, 12, 25, 8, tzinfo=UTC)
    (found,) = on_date(people.shop.pk, week_ahead, since=eve - HOUR, now=eve)
    assert (found.contact_id, found.year, found.crossed_at) == (anna.pk, 2028, eve)
    assert whose(people, eve - HOUR, eve) == []


def test_a_page_never_parts_those_of_one_moment_and_a_crowd_is_one_query(people: People) -> None:
    early, *others = born(people, country="JP"), *(born(people) for _ in range(3))
    since = BERLIN_MORNING - DAY
    assert whose(people, since, BERLIN_MORNING, limit=1) == [early.pk]
    with CaptureQueriesContext(connection) as captured:
        assert whose(people, since, BERLIN_MORNING, limit=2, channel_zones={}) == [
            early.pk,
            *(one.pk for one in others),
        ]
    assert len(captured) == 1


def test_a_date_that_nobody_keeps_is_refused(people: People) -> None:
    with pytest.raises(ConfigurationError, match="No date 'wedding'"):
        whose(people, BERLIN_MORNING - HOUR, BERLIN_MORNING, OnDate(date="wedding"))
