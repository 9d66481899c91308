"""One mailbox, one spelling: first what is none, then what is the same, then what is not."""

from __future__ import annotations

import pytest

from saleor_mailflow.audience.addresses import email_hash, normalise
from saleor_mailflow.audience.roles import is_role


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "anna@example.com.",
        "anna.@example.com",
        ".anna@example.com",
        "an..na@example.com",
        "anna@example..com",
        "anna@-example.com",
        "anna@exam_ple.com",
        "anna@xn--a.example",
        "anna@b@example.com",
        '"anna smith"@example.com',
        '"anna"@example.com',
        "anna@[192.0.2.1]",
        "anna@example.com\r\nBcc: ben@example.com",
        "an\x00na@example.com",
        "anna\u200b@example.com",
        "Anna <anna@example.com>",
        "anna@" + "a" * 64 + ".example",
        "a" * 400 + "@example.com",
    ],
)
def test_this_is_no_address_and_is_not_mended(address: str) -> None:
    assert normalise(address) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("ANNA@BÜCHER.EXAMPLE", "anna@XN--BCHER-KVA.example"),
        ("anna@bu\u0308cher.example", "anna@bücher.example"),
        ("anna@b\u00fccher\u3002example", "anna@bücher.example"),
        ("zo\u0308e@example.com", "z\u00f6e@example.com"),
        ("Anna@Example.COM", "anna@example.com"),
        ("\tanna@example.com ", "anna@example.com"),
        ("アンナ@例え.example", "アンナ@xn--r8jz45g.example"),
    ],
)
def test_two_spellings_of_one_mailbox_are_one_person(one: str, other: str) -> None:
    assert normalise(one) == normalise(other) != ""
    assert normalise(normalise(one)) == normalise(one)
    assert email_hash(b"key", one) == email_hash(b"key", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@example.com", "anna+shop@example.com"),
        ("anna.smith@example.com", "annasmith@example.com"),
        ("anna@bücher.example", "anna@bucher.example"),
        ("аnna@example.com", "anna@example.com"),
        ("anna@example.com", "anna@mail.example.com"),
    ],
)
def test_what_may_be_another_mailbox_is_another_person(one: str, other: str) -> None:
    assert "" not in (normalise(one), normalise(other))
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(("address", "role"), [("info@bücher.example", True), ("INFO+x@Example.com", True)])
def test_an_office_is_known_by_its_normal_spelling(address: str, role: bool) -> None:
    assert is_role(normalise(address)) is role
