"""The law by country: first who may not be written to, then who may, then the merchant's own word."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.audience import law_page, law_table
from saleor_mailflow.audience.law import Law, Need, parse_overrides, required, required_basis
from saleor_mailflow.audience.law_table import TABLE, Regime
from saleor_mailflow.flows.kinds import MailKind

ADVERTISING = [kind for kind in MailKind if kind is not MailKind.SERVICE]
EUROPEAN_UNION = [
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
]
NO_SOFT_OPT_IN = ["PL", "HU", "BG", "HR", "IS", "LI"]
STRICTNESS = [Need.NONE, Need.EXISTING_CUSTOMER, Need.CONSENT]


# Who must not get it.


@pytest.mark.parametrize("country", ["", "  ", "ZZ", "UK", "EU", "Deutschland", "ST", "🇩🇪", "\x00"])
@pytest.mark.parametrize("kind", ADVERTISING)
def test_where_the_law_is_unknown_only_a_yes_helps_and_the_rule_says_so(kind: MailKind, country: str) -> None:
    law = required(kind, country)
    assert law.needs is Need.CONSENT
    assert "not in our table" in law.rule


@pytest.mark.parametrize("country", NO_SOFT_OPT_IN)
@pytest.mark.parametrize("kind", ADVERTISING)
def test_a_purchase_is_no_licence_where_there_is_no_soft_opt_in(kind: MailKind, country: str) -> None:
    assert required(kind, country).needs is Need.CONSENT


@pytest.mark.parametrize("country", [*EUROPEAN_UNION, "IS", "LI", "NO", "CH", "GB"])
@pytest.mark.parametrize("kind", [MailKind.MARKETING, MailKind.SERVICE_OFFER])
def test_in_europe_advertising_needs_a_yes(kind: MailKind, country: str) -> None:
    assert required(kind, country).needs is Need.CONSENT


@pytest.mark.parametrize("country", [*EUROPEAN_UNION, "IS", "LI", "NO", "CH", "GB"])
def test_in_europe_a_stranger_gets_no_cart_mail_and_no_review_request(country: str) -> None:
    assert required(MailKind.CART, country).needs is not Need.NONE
    assert required(MailKind.REVIEW, country).needs is not Need.NONE


@pytest.mark.parametrize("country", ["DE", "AT"])
def test_a_review_request_is_advertising_where_the_courts_say_so(country: str) -> None:
    assert required(MailKind.REVIEW, country).needs is Need.CONSENT


def test_the_german_rule_names_the_judgment() -> None:
    assert "BGH VI ZR 225/17" in required(MailKind.REVIEW, "DE").rule


def test_only_the_united_states_let_a_stranger_be_written_to() -> None:
    lenient = {code for code in TABLE for kind in ADVERTISING if required(kind, code).needs is Need.NONE}
    assert lenient == {"US"}


@pytest.mark.parametrize(
    ("country", "at_most"),
    [("CA", timedelta(days=730)), ("IE", timedelta(days=365)), ("KR", timedelta(days=183))],
)
def test_a_purchase_counts_only_as_long_as_the_law_says(country: str, at_most: timedelta) -> None:
    law = required(MailKind.CART, country)
    assert law.needs is Need.EXISTING_CUSTOMER
    assert law.customer_for is not None
    assert law.customer_for <= at_most
    assert str(law.customer_for.days) in law.rule


@pytest.mark.parametrize("country", ["CA", "IE", "KR", "DE", ""])
def test_who_does_not_know_when_somebody_bought_must_ask_for_consent_there(country: str) -> None:
    assert required_basis("auto", country) == "consent"


@pytest.mark.parametrize("code", sorted(TABLE))
def test_no_kind_is_looser_than_the_cart(code: str) -> None:
    cart = STRICTNESS.index(required(MailKind.CART, code).needs)
    assert all(STRICTNESS.index(required(kind, code).needs) >= cart for kind in ADVERTISING)


def test_a_setting_nobody_knows_is_read_as_consent() -> None:
    law = required(MailKind.CART, "US", setting="implied")
    assert law.needs is Need.CONSENT
    assert "'implied'" in law.rule


# Who may.


@pytest.mark.parametrize("country", sorted({*EUROPEAN_UNION, "NO", "CH", "GB", "IL", "ZA"} - set(NO_SOFT_OPT_IN)))
def test_customers_may_be_reminded_of_their_cart_under_the_soft_opt_in(country: str) -> None:
    law = required(MailKind.CART, country)
    assert law.needs is Need.EXISTING_CUSTOMER
    assert law.rule.startswith(f"{Locale('en').territories[country]}: consent or existing customer")


def test_the_rule_reads_as_merchants_read_it() -> None:
    assert required(MailKind.CART, "de").rule == "Germany: consent or existing customer (UWG §7(3))"
    assert required(MailKind.CART, "PL").rule == "Poland: consent (PKE 2024 art. 398)"


@pytest.mark.parametrize("country", ["", "DE", "US", "ZZ"])
@pytest.mark.parametrize("setting", ["auto", "consent", "existing_customer", "none", "nonsense"])
def test_transactional_mail_always_may(country: str, setting: str) -> None:
    edits, _ = parse_overrides(f"{country or '*'}.cart = consent")
    assert required(MailKind.SERVICE, country, setting=setting, overrides=edits).needs is Need.NONE


# The merchant's own word.


def test_the_channel_wins_over_the_edit_and_the_edit_over_the_table() -> None:
    edits, problems = parse_overrides("US.cart = existing_customer\n*.cart = consent  # everybody else")
    assert problems == ()
    by_channel = required(MailKind.CART, "US", setting="none", overrides=edits)
    by_edit = required(MailKind.CART, "US", overrides=edits)
    by_star = required(MailKind.CART, "DE", overrides=edits)
    by_table = required(MailKind.MARKETING, "US", overrides=edits)
    assert [law.needs for law in (by_channel, by_edit, by_star, by_table)] == [
        Need.NONE,
        Need.EXISTING_CUSTOMER,
        Need.CONSENT,
        Need.NONE,
    ]
    assert "channel" in by_channel.rule
    assert "US.cart" in by_edit.rule
    assert "*.cart" in by_star.rule


def test_a_country_of_its_own_comes_before_the_star_in_any_order() -> None:
    for text in ("DE.cart = none\n*.cart = consent", "*.cart = consent\nDE.cart = none"):
        assert required(MailKind.CART, "DE", overrides=parse_overrides(text)[0]).needs is Need.NONE


def test_who_counts_as_a_customer_stays_the_countrys() -> None:
    for law in (
        required(MailKind.MARKETING, "CA", setting="existing_customer"),
        required(MailKind.MARKETING, "CA", overrides=parse_overrides("*.marketing = existing_customer")[0]),
    ):
        assert law.customer_for == timedelta(days=730)


def test_a_mapping_reads_as_its_lines_do() -> None:
    assert parse_overrides({"de.CART": " None "}) == parse_overrides("DE.cart = none")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DE.cart", "not of the form"),
        ("DE = consent", "not of the form"),
        ("UK.cart = consent", "write GB"),
        ("EL.cart = consent", "write GR"),
        ("Germany.cart = none", "two-letter"),
        ("DÉ.cart = none", "two-letter"),
        (".cart = none", "two-letter"),
        ("DE.newsletter = none", "cart, marketing, review, service_offer"),
        ("DE.service = consent", "always allowed"),
    ],
)
def test_an_edit_that_cannot_be_read_changes_nothing_and_is_said(text: str, says: str) -> None:
    edits, problems = parse_overrides(text)
    assert edits == ()
    (problem,) = problems
    assert problem.key == "law"
    assert says in problem.text


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("US.cart = consnt", Need.CONSENT),
        ("US.cart =", Need.CONSENT),
        ("US.cart = none\nUS.cart = consent", Need.CONSENT),
        ("US.cart = existing_customer\nus.cart = none", Need.EXISTING_CUSTOMER),
    ],
)
def test_what_may_have_been_meant_strictly_is_read_strictly_until_it_is_put_right(text: str, needs: Need) -> None:
    edits, problems = parse_overrides(text)
    assert required(MailKind.CART, "US", overrides=edits).needs is needs
    (problem,) = problems
    assert str(needs) in problem.text


def test_saying_the_same_twice_is_no_problem() -> None:
    assert parse_overrides("DE.cart = none\nDE.cart = none")[1] == ()


@given(st.text() | st.dictionaries(st.text(), st.text()) | st.none(), st.text(), st.sampled_from(MailKind))
def test_nothing_a_merchant_types_breaks_it(raw: object, country: str, kind: MailKind) -> None:
    edits, problems = parse_overrides(raw)
    law = required(kind, country, overrides=edits)
    assert isinstance(law, Law)
    assert all(problem.text.endswith(".") for problem in problems)


# The table and its page.


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_row_can_be_looked_up(code: str) -> None:
    row = TABLE[code]
    assert len(code) == 2
    assert code.isupper()
    assert row.statute
    assert row.source.startswith(("https://", "http://"))
    has_exception = row.regime in {Regime.SOFT_OPT_IN, Regime.SOFT_OPT_IN_REVIEWS, Regime.IMPLIED}
    assert bool(row.customers) == has_exception, (
        "an exception for customers is cited where there is one, and only there"
    )
    for kind in ADVERTISING:
        assert required(kind, code).rule.startswith(f"{Locale('en').territories[code]}: ")
        assert "()" not in required(kind, code).rule


def test_no_country_stands_in_the_table_twice() -> None:
    assert sorted(row.code for row in law_table.ROWS) == sorted(TABLE)


def test_the_page_says_what_the_code_does() -> None:
    written = Path(__file__).parents[3] / "docs" / "reference" / "law.md"
    assert written.read_text(encoding="utf-8") == law_page.page(), (
        "run python -m saleor_mailflow.audience.law_page > docs/reference/law.md"
    )
