"""Money, days, languages and names as people write them."""

from __future__ import annotations

import random
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from saleor_mailflow.messages.formats import choose_language, day, locale_of, money, one_line, safe_name
from saleor_mailflow.messages.words import LANGUAGES, phrase


@pytest.mark.parametrize(
    "bait",
    [
        "http://win.example",
        "Click www.win.example",
        "WWW.WIN.EXAMPLE",
        "you@win.example",
        "You won, see win.example",
        "w\u200bww.win.example",
        "win\u00ad.example",
        "x" * 65,
        "A" + "\u200b" * 80,
        "12345",
        "\u202e\u2066",
        "   ",
        "",
    ],
)
def test_bait_is_no_name(bait: str) -> None:
    assert safe_name(bait) == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna", "Anna"),
        ("  Anna   Maria ", "Anna Maria"),
        ("Zoë", "Zoë"),
        ("J. R.", "J. R."),
        ("Ольга", "Ольга"),
        ("שרה", "שרה"),
        ("山田", "山田"),
        ("O'Brien-Smith", "O'Brien-Smith"),
        ("Anna\r\nBcc: x", "Anna Bcc: x"),
    ],
)
def test_names_stay_names(name: str, expected: str) -> None:
    assert safe_name(name) == expected


def test_no_name_ever_makes_a_second_header() -> None:
    chance = random.Random(20261120)  # the same ten thousand names each time
    pool = "Aaäß\r\n\t\0\x0b\x0c\x1b\x7f\x85\xa0\u2028\u2029\u202e\u2066\ufeff\ud800:<>@,;\"'\\ 日👩‍👧"
    for _ in range(10_000):
        name = "".join(chance.choice(pool) for _ in range(chance.randrange(60)))
        for text in (safe_name(name), one_line(name, 200)):
            assert not [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}], repr(name)
            assert len(text.splitlines()) <= 1
            text.encode()


def test_a_long_line_is_cut() -> None:
    assert one_line("word " * 100, 20) == "word word word word…"
    assert one_line("ä" * 1_000_000, 200) == "ä" * 199 + "…"
    assert one_line("64,00\u00a0€  now", 200) == "64,00\u00a0€ now"


@pytest.mark.parametrize(
    ("amount", "currency", "language", "country", "expected"),
    [
        ("1234.5", "EUR", "de", "DE", "1.234,50 €"),
        ("1234.5", "EUR", "de", "AT", "€ 1.234,50"),
        ("1234.5", "EUR", "DE", "", "1.234,50 €"),
        ("1234.5", "EUR", "en", "DE", "1.234,50 €"),
        ("1234.5", "EUR", "en", "", "€1,234.50"),
        ("1234.5", "USD", "EN_US", "DE", "$1,234.50"),
        ("1234.5", "USD", "en", "CA", "US$1,234.50"),
        ("20", "PLN", "pl", "PL", "20,00 zł"),
        ("20", "PLN", "en", "PL", "20,00 zł"),
        ("1234", "JPY", "ja", "JP", "￥1,234"),
        ("1234", "JPY", "en", "US", "¥1,234"),
        ("1.2345", "KWD", "en", "US", "KWD 1.234"),
        ("-3.9", "EUR", "de", "DE", "-3,90 €"),
        ("5", "CHF", "de_CH", "", "CHF 5.00"),
    ],
)
def test_money_is_written_as_the_locale_writes_it(
    amount: str, currency: str, language: str, country: str, expected: str
) -> None:
    written = money(Decimal(amount), currency, locale_of(language, country))
    assert " " not in written
    assert written.replace("\u00a0", " ") == expected


def test_unknown_languages_and_countries_do_not_fail() -> None:
    for language, country in (("xx", "DE"), ("", ""), ("../..", "??"), ("de", "ZZ"), ("en_QQ", "US"), ("\0", "\0")):
        assert money(Decimal(1), "EUR", locale_of(language, country))


def test_days_are_written_out() -> None:
    moment = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert day(moment, locale_of("en", "GB")) == "20 November 2026"
    assert day(moment, locale_of("de"), "Europe/Berlin") == "21. November 2026"


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (("EN_US", "de"), "en"),
        (("DE",), "de"),
        (("de-AT",), "de"),
        (("JA", "DE", "en"), "de"),
        (("", "de_CH"), "de"),
        (("pl", "fr"), "pl"),
        (("cs", "ja"), "en"),
        ((), "en"),
    ],
)
def test_the_first_language_that_we_write_is_chosen(wishes: tuple[str, ...], expected: str) -> None:
    assert choose_language(*wishes, available=LANGUAGES) == expected


def test_a_regional_form_of_our_own_comes_first() -> None:
    assert choose_language("de-at", available=("en", "de", "de_AT")) == "de_AT"


def test_phrases_count_and_take_values_as_they_are() -> None:
    assert phrase("en", "more", count=1) == "and 1 more item"
    assert phrase("de", "more", count=4) == "und 4 weitere Artikel"
    forms = ("produkt", "produkty", "produktów", "produktów", "produkty")
    assert [phrase("pl", "more", count=n).split()[-1] for n in (1, 3, 5, 12, 22)] == list(forms)
    assert phrase("en", "summary", count=2, first="{count} {first} {x}") == "{count} {first} {x} and 2 more items"
