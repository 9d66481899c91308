"""Single values: nothing is guessed, nothing raises, nothing is longer than its column."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.webhooks import values as v

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "T3JkZXI6",
        "T3JkZXI6MQ==",
        "T3JkZXI6MQ",
        "!!",
        "Order:1",
        "ä",
        None,
        7,
        [],
        {},
        "A" * 5000,
        "VXNlcjox\n\n=",
    ],
)
def test_a_malformed_id_is_no_id(value: object) -> None:
    assert v.uuid_of(value, "Order") == ""
    assert v.reference(value, "User") == ""


def test_ids_come_in_one_spelling() -> None:
    plain = "c866e44a-0612-4639-be55-9c7517517479"
    assert v.uuid_of("T3JkZXI6Yzg2NmU0NGEtMDYxMi00NjM5LWJlNTUtOWM3NTE3NTE3NDc5", "Order") == plain
    assert v.uuid_of(plain.upper(), "Order") == plain
    assert v.uuid_of("T3JkZXI6Yzg2NmU0NGEtMDYxMi00NjM5LWJlNTUtOWM3NTE3NTE3NDc5", "Checkout") == ""
    assert v.reference(" VXNlcjo1Ng== ", "User") == "VXNlcjo1Ng=="
    assert v.reference("VXNlcjo1Ng==", "Order") == ""


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        1,
        None,
        "2" * 99,
    ],
)
def test_an_unreadable_time_is_none(value: object) -> None:
    assert v.moment(value) is None


def test_a_time_without_an_offset_is_utc() -> None:
    assert v.moment("2026-11-20T09:00:00") == v.moment("2026-11-20T10:00:00+01:00")


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ({"amount": 20.0}, Decimal("20.0")),
        ({"amount": "19.99"}, Decimal("19.99")),
        ({"gross": {"amount": "1E+2"}}, Decimal(100)),
        ({"amount": "0.00049"}, Decimal("0.000")),
        ({"amount": "1E-400000"}, Decimal(0)),
        ({"amount": "1E+400000"}, None),
        ({"amount": -1}, None),
        ({"amount": True}, None),
        ({"amount": "NaN"}, None),
        ({"amount": "sNaN"}, None),
        ({"amount": None, "gross": {"amount": 5}}, None),
        ({}, None),
        (None, None),
        (20, None),
    ],
)
def test_amounts(value: object, amount: Decimal | None) -> None:
    assert v.amount(value) == amount


@pytest.mark.parametrize(
    ("value", "count"), [(1, 1), ("2.0", 2), (3.0, 3), (0, None), (-1, None), (1.5, None), (True, None), (10**30, None)]
)
def test_quantities(value: object, count: int | None) -> None:
    assert v.quantity(value) == count


def test_languages_and_places_come_in_one_spelling() -> None:
    assert v.language("EN_US") == v.language("en-us") == "en-us"
    assert v.country({"code": "de"}) == "DE"
    assert v.country({"code": "DEU"}) == ""
    assert v.currency("usd") == "USD"
    assert v.address("javascript:alert(1)") == ""


@given(ANY_JSON)
def test_nothing_raises_whatever_stands_there(value: object) -> None:
    v.moment(value), v.amount(value), v.quantity(value), v.uuid_of(value, "Order"), v.reference(value, "User")
    v.amount({"amount": value}), v.country({"code": value}), v.metadata(value), v.part(value, "a", "b")
    assert len(v.text(value, 5)) <= 5
    assert len(v.language(value)) <= 35


@given(
    at=st.datetimes() | st.datetimes().map(lambda at: at.replace(microsecond=0)),
    spec=st.sampled_from(["auto", "seconds", "milliseconds", "microseconds"]),
    offset=st.sampled_from(["+00:00", "Z", "", "+02:00", "-00:00", "+00:00:00.5"]),
    separator=st.sampled_from("T "),
)
def test_a_stamp_is_written_as_python_would_however_the_shop_wrote_it(
    at: datetime, spec: str, offset: str, separator: str
) -> None:
    text = at.isoformat(separator, spec) + offset
    read = v.moment(text)
    assert v.stamp(text) == ((None, None) if read is None else (read, read.isoformat()))


@given(ANY_JSON | st.datetimes(timezones=st.just(UTC)).map(str))
def test_what_is_no_time_has_no_stamp(value: object) -> None:
    read = v.moment(value)
    assert v.stamp(value) == ((None, None) if read is None else (read, read.isoformat()))


def test_a_time_of_another_calendar_is_not_taken_for_pythons_own() -> None:
    week = "2026-W47-7T10:00:00.123456+00:00"
    assert v.stamp(week) == (datetime(2026, 11, 22, 10, 0, 0, 123456, UTC), "2026-11-22T10:00:00.123456+00:00")
