"""Names, subjects and addresses: nothing that a stranger typed may become a header or leave a trace in a log."""

from __future__ import annotations

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.messages.lines import header_field, one_line, person_name, read_address, scrub

ANYTHING = st.text(st.characters(), max_size=300)


@given(ANYTHING)
def test_a_line_stays_a_line_whatever_was_typed(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 200
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in line)
    assert not any(c in line for c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert "=?" not in line
    assert unicodedata.is_normalized("NFC", line)
    assert one_line(line) == line


def test_honest_names_are_left_alone() -> None:
    for name in ("Zoë O’Brien-Müller", "山田 太郎", "محمد", "👩‍👩‍👧 family", "Łukasz, Jr.", 'Ann "Q" \\ Bee'):
        assert one_line(name) == name


def test_a_header_in_a_name_becomes_a_strange_name() -> None:
    assert one_line("Ada\r\nBcc: x@evil.example\x00\x85y") == "Ada Bcc: x@evil.example y"


@pytest.mark.parametrize("name", ["Win http://evil.example", "WWW.evil.example", "x" * 65])
def test_an_advertisement_is_no_persons_name(name: str) -> None:
    assert person_name(name) == ""
    assert person_name("Ada") == "Ada"


@pytest.mark.parametrize(
    ("typed", "email", "needs_utf8"),
    [
        ("anna@shop.example", "anna@shop.example", False),
        ("a.b+c@sub.shop.example", "a.b+c@sub.shop.example", False),
        ("anna@bücher.example", "anna@xn--bcher-kva.example", False),
        ("用户@例え.example", "用户@xn--r8jz45g.example", True),
        ("o'hara@shop.example", "o'hara@shop.example", False),
    ],
)
def test_addresses_that_can_be_written_to(typed: str, email: str, needs_utf8: bool) -> None:
    found = read_address(typed)
    assert (found.email, found.needs_utf8) == (email, needs_utf8)


@given(ANYTHING)
def test_an_address_is_refused_or_safe(text: str) -> None:
    try:
        found = read_address(f"{text}@shop.example")
    except ValueError:
        return
    assert not set(found.email) & set(' \r\n\t<>,;:"()\x00')
    assert found.email.count("@") == 1


@pytest.mark.parametrize(
    "typed",
    ["", "@", "a@", "@b.example", "a b@c.example", "a@b.example\n", "a@b.example, c@d.example", "<a@b.example>"],
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match="not an email address"):
        read_address(typed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X A", "b"),
        ("", "b"),
        ("X-A\r\nBcc", "b"),
        ("X-A:", "b"),
        ("X-A", "b\r\nBcc: c"),
        ("X-A", "b\x00"),
        ("X-A", "é"),
        ("X-A", "y" * 1000),
    ],
)
def test_headers_of_ours_that_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        header_field(name, value)


def test_quotations_name_nobody_and_tell_no_secret() -> None:
    said = "550 <anna@shopper.example>: unknown; bob%40shopper.example too,\r\nkey sk_live_123 (tried ada@x.example)"
    quoted = scrub(said, secrets=("sk_live_123", ""))
    assert quoted == "550 <address>: unknown; <address> too, key … (tried <address>)"
    assert len(scrub("x" * 10_000)) == 200


_LOCAL = st.text("abcXYZ019!#$%&'*+/=?^_`{|}~-.", min_size=1, max_size=70)
_DOMAINS = st.one_of(
    st.text("abcZ019-.", min_size=1, max_size=80),
    st.sampled_from(["example.com", "Example.COM", "x.test", "a.invalid", "localhost", "xn--bcher-kva.example"]),
)


@given(_LOCAL, _DOMAINS)
def test_the_short_way_to_a_plain_address_leads_where_the_library_does(local: str, domain: str) -> None:
    email = f"{local}@{domain}"
    try:
        found = validate_email(email, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        with pytest.raises(ValueError, match="not an email address"):
            read_address(email)
    else:
        assert read_address(email).email == f"{found.local_part}@{found.ascii_domain}"
