"""The birthday: in the morning of the day, where the person is, once a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from saleor_mailflow.models import Contact
from saleor_mailflow.testing.world import START, World

DAY = timedelta(days=1)
LONG_AGO = START - 100 * DAY


def born(world: World, day: date, *, known: datetime = LONG_AGO, **more: object) -> Contact:
    facts: dict[str, object] = {"email": "anna@example.com", "country": "PL", "timezone": "Europe/Warsaw", **more}
    return Contact.objects.create(
        shop=world.shop, birthday=day, birthday_known_at=known, first_seen_at=LONG_AGO, updated_at=LONG_AGO, **facts
    )


@pytest.fixture
def shop(world: World) -> World:
    return world.switch_on("birthday")


def test_a_day_that_was_told_last_week_is_not_believed_yet(shop: World) -> None:
    born(shop, date(1990, 11, 25), known=START - 2 * DAY)
    shop.after(days=10)
    assert not shop.mails


def test_yesterdays_birthday_is_over_when_the_flow_is_switched_on(shop: World) -> None:
    born(shop, date(1990, 11, 19))
    shop.after(days=10)
    assert not shop.mails


def test_one_mail_in_the_morning_where_the_person_is(shop: World) -> None:
    born(shop, date(1990, 11, 25))
    born(shop, date(1985, 11, 25), email="mei@example.com", country="NZ", timezone="Pacific/Auckland")
    shop.after(days=10)
    sent = {email: START + at for email, _, at in shop.sent()}
    assert datetime(2026, 11, 25, 8, tzinfo=UTC) <= sent["anna@example.com"] < datetime(2026, 11, 25, 8, 45, tzinfo=UTC)
    assert (
        datetime(2026, 11, 24, 20, tzinfo=UTC) <= sent["mei@example.com"] < datetime(2026, 11, 24, 20, 45, tzinfo=UTC)
    )


@pytest.mark.parametrize(("year", "day"), [(2027, 28), (2028, 29)])
def test_the_29th_of_february_is_kept_on_the_28th_where_there_is_none(shop: World, year: int, day: int) -> None:
    born(shop, date(1992, 2, 29))
    shop.now = datetime(year, 2, 26, tzinfo=UTC)
    # Somebody whom the shop has not heard of for thirteen months is no contact any more.
    Contact.objects.update(first_seen_at=shop.now, updated_at=shop.now)
    shop.after(days=5)
    assert [(START + at).date() for _, _, at in shop.sent()] == [date(year, 2, day)]


def test_an_outage_over_the_day_is_made_up_for_within_three_days_and_not_later(shop: World) -> None:
    born(shop, date(1990, 11, 25))
    born(shop, date(1990, 11, 22), email="late@example.com")
    shop.tick()
    shop.now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    shop.after(days=2)
    assert [email for email, _, _ in shop.sent()] == ["anna@example.com"]
