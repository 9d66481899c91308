"""Reading a body: what is refused with a sentence, and what comes out fit for PostgreSQL."""

from __future__ import annotations

import json

import pytest

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.body import MAX_DEPTH, read_body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{}{}",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        (b'{"a":' * 33) + b"1" + b"}" * 33,
        b'{"a":' + b"[" * 32 + b"]" * 32 + b"}",
    ],
)
def test_what_is_no_modest_json_object_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(WebhookRefused) as refused:
        read_body(raw)
    assert refused.value.status == 400
    assert str(refused.value).endswith(".")


def test_the_deepest_allowed_body_is_read() -> None:
    raw = b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH
    assert read_body(raw)


def test_what_postgresql_cannot_hold_is_replaced_in_names_and_values() -> None:
    raw = rb'{"a\u0000": ["x\u0000y", {"\ud800": "\udfff"}], "pair": "\ud83d\ude00"}'
    assert read_body(raw) == {"a\ufffd": ["x\ufffdy", {"\ufffd": "\ufffd"}], "pair": "😀"}


def test_numbers_keep_what_the_shop_wrote() -> None:
    raw = b'{"a": 1e2, "b": 19.990, "c": 12345678901234567.89, "d": 3, "e": 1e99999999999999999999, "f": true}'
    found = read_body(raw)
    assert found == {
        "a": "1e2",
        "b": "19.990",
        "c": "12345678901234567.89",
        "d": 3,
        "e": "1e99999999999999999999",
        "f": True,
    }
    json.dumps(found, allow_nan=False)


def test_of_a_name_given_twice_the_last_counts() -> None:
    assert read_body(b'{"a": 1, "a": 2}') == {"a": 2}
