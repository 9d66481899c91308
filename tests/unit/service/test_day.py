"""Reading a recorded day: whatever lies in the directory, what can be played is played, in the order it happened."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.service.demo.day import load_day

HERE = {"saleor-api-url": "https://a.example/graphql/", "SALEOR-DOMAIN": "A.example"}


def put(place: Path, name: str, body: Any, headers: dict[str, str] | None = None) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    row = {"headers": HERE if headers is None else headers, "raw_body_b64": base64.b64encode(raw).decode()}
    (place / name).write_text(json.dumps(row))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    return tmp_path


def test_without_a_key_set_or_an_address_there_is_no_day(tmp_path: Path) -> None:
    inner = tmp_path / "day"
    inner.mkdir()
    put(inner, "1.json", {}, headers={})
    with pytest.raises(ConfigurationError, match="Saleor-Api-Url"):
        load_day(inner)
    put(inner, "1.json", {})
    with pytest.raises(ConfigurationError, match="key set"):
        load_day(inner)
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    assert load_day(inner).key_set == {"keys": []}


def test_times_count_and_names_break_ties(place: Path) -> None:
    put(place, "1.json", {"issuedAt": "2026-01-02T00:00:00Z"})
    put(place, "2.json", {"data": {"orderCreated": {"issuedAt": "2026-01-01T00:00:00Z"}}})
    put(place, "4.json", {"issuedAt": "2026-01-01T00:00:00Z"})
    put(place, "3.json", {"issuedAt": "2026-01-01T00:00:00Z"})
    assert [recorded.name for recorded in load_day(place).webhooks] == ["2.json", "3.json", "4.json", "1.json"]


def test_what_has_no_time_comes_with_what_lay_before_it(place: Path) -> None:
    put(place, "0.json", b"cut of")
    put(place, "1.json", {"issuedAt": "2026-01-01T00:00:00Z"})
    put(place, "2.json", b"\xff\x00")
    put(place, "3.json", {"issuedAt": "0001-01-01T00:00:00Z"})
    put(place, "4.json", {"issuedAt": "2026-01-02T00:00:00Z"})
    day = load_day(place)
    assert [recorded.name for recorded in day.webhooks] == ["0.json", "1.json", "2.json", "3.json", "4.json"]
    assert {recorded.at.isoformat() for recorded in day.webhooks[:4]} == {"2026-01-01T00:00:00+00:00"}


def test_most_webhooks_say_whose_day_it_is(place: Path) -> None:
    put(place, "1.json", {}, headers={"Saleor-Api-Url": "https://b.example/graphql/", "Saleor-Domain": "b.example"})
    put(place, "2.json", {})
    put(place, "3.json", {})
    day = load_day(place)
    assert (day.api_url, day.domain, len(day.webhooks)) == ("https://a.example/graphql/", "a.example", 3)


@pytest.mark.parametrize("text", ["{", "[", '{"raw_body_b64": 1, "headers": {}}', '{"raw_body_b64": "e30="}', "\x00"])
def test_what_cannot_be_read_is_left_out_with_a_sentence(place: Path, text: str) -> None:
    put(place, "1.json", {})
    (place / "2.json").write_text(text)
    day = load_day(place)
    assert len(day.webhooks) == 1
    assert day.skipped[0].startswith("2.json was left out")


@pytest.mark.parametrize("text", ["{}", "[]", "1", '{"story": true}'])
def test_other_files_are_left_alone(place: Path, text: str) -> None:
    put(place, "1.json", {})
    (place / "story.json").write_text(text)
    (place / "notes.txt").write_text("hello")
    assert load_day(place).skipped == ()
