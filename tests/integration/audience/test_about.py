"""What accounts say of people: first what is not kept."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.models import Contact
from saleor_mailflow.process.about import write_about
from saleor_mailflow.process.readmodel import write_customers
from saleor_mailflow.shop.snapshots import CustomerSnapshot
from tests.integration.audience.people import DAY, NOW, People

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return People(attribute_keys="colour, size\nclub")


def says(people: People, said: dict[str, str], *, at: datetime = NOW, now: datetime | None = None) -> Contact:
    """Return Anna after her account said so."""
    account = CustomerSnapshot(user_ref="u1", email="Anna@example.com", updated_at=at, metadata=said)
    write_customers(people.shop.pk, [account], consent_key="newsletter")
    write_about(people.shop.pk, [account], now=now or at)
    return Contact.objects.get(email="anna@example.com")


def test_what_the_settings_do_not_name_is_not_kept(people: People) -> None:
    anna = says(people, {"iban": "DE02", "colour": "", "attribute:shoe": "43"})
    assert (anna.attributes, anna.gender, anna.birthday) == ({}, "", None)


def test_metadata_and_customer_attributes_say_the_same(people: People) -> None:
    said = {"colour": "blue ", "attribute:size": "M", "gender": "Female", "attribute:birthday": "1990-06-15"}
    anna = says(people, said)
    assert anna.attributes == {"colour": "blue", "size": "M"}
    assert (anna.gender, anna.birthday, anna.birthday_known_at) == ("female", date(1990, 6, 15), NOW)


def test_keys_of_the_shop_s_own() -> None:
    shop = People(birthday_key="born", gender_key="sex")
    anna = says(shop, {"born": "1990-06-15", "birthday": "1991-01-01", "sex": "m", "gender": "x"})
    assert (anna.birthday, anna.gender) == (date(1990, 6, 15), "m")


@pytest.mark.parametrize("text", ["1990", "15.06.1990", "2025-01-01", "1850-01-01", "yes"])
def test_what_is_no_birthday_is_none(people: People, text: str) -> None:
    assert says(people, {"birthday": text}).birthday is None


def test_a_birthday_changes_once_a_year_and_counts_anew_then(people: People) -> None:
    says(people, {"birthday": "1990-06-15"})
    assert says(people, {"birthday": "1990-06-20"}, at=NOW + 300 * DAY).birthday == date(1990, 6, 15)
    anna = says(people, {"birthday": "1990-06-20"}, at=NOW + 366 * DAY)
    assert (anna.birthday, anna.birthday_known_at) == (date(1990, 6, 20), NOW + 366 * DAY)


def test_older_news_changes_nothing_and_what_was_taken_back_is_gone(people: People) -> None:
    says(people, {"colour": "blue", "gender": "female"})
    assert says(people, {"colour": "red"}, at=NOW - DAY, now=NOW).attributes == {"colour": "blue"}
    anna = says(people, {"club": "yes"}, at=NOW + DAY)
    assert (anna.attributes, anna.gender) == ({"club": "yes"}, "")


def test_a_crowd_takes_as_many_queries_as_one(people: People) -> None:
    counts = []
    for crowd in (1, 20):
        accounts = [
            CustomerSnapshot(user_ref=f"u{n}", email=f"{crowd}-{n}@example.com", updated_at=NOW, metadata={"club": "a"})
            for n in range(crowd)
        ]
        write_customers(people.shop.pk, accounts, consent_key="newsletter")
        with CaptureQueriesContext(connection) as captured:
            assert write_about(people.shop.pk, accounts, now=NOW) == crowd
            assert write_about(people.shop.pk, accounts, now=NOW) == 0
        counts.append(len(captured))
    assert counts[0] == counts[1]
