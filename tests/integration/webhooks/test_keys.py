"""The shop's key set: asked for when a key is new, at most once a minute, and from nobody but the shop."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import django.db
import pytest

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.models import Shop
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.webhooks import keys
from saleor_mailflow.webhooks.keys import KeySetUnavailable, fetch_key_set
from saleor_mailflow.webhooks.verify import verify
from tests.integration.webhooks.conftest import NOW, installed

RAW = b'{"__typename":"OrderPaid","order":null}'


class Asked:
    """A shop's answer to who asks for its keys, and how often it was asked."""

    def __init__(self, answer: Mapping[str, object], *, slow: float = 0) -> None:
        self.answer, self.times, self.slow = answer, 0, slow

    def __call__(self, api_url: str) -> Mapping[str, object]:
        self.times += 1
        time.sleep(self.slow)
        return self.answer


def knock(sender: SigningShop, fetch: Callable[[str], Mapping[str, object]], *, after: float = 0) -> int:
    """Return the status a webhook gets ``after`` seconds."""
    try:
        verify(sender.headers("order_paid", RAW), RAW, now=NOW + timedelta(seconds=after), fetch=fetch)
    except WebhookRefused as refused:
        return refused.status
    return 200


def test_forged_keys_make_us_ask_at_most_once_a_minute(shop: Shop, sender: SigningShop) -> None:
    asked = Asked(sender.key_set())
    forged = SigningShop(sender.api_url)
    assert [knock(forged, asked, after=second) for second in range(0, 60, 5)] == [401] * 12
    assert asked.times == 1
    assert knock(forged, asked, after=60) == 401
    assert asked.times == 2
    assert knock(sender, asked, after=61) == 200
    assert asked.times == 2


def test_a_new_key_of_the_shop_is_found_and_the_old_one_forgotten(shop: Shop, sender: SigningShop) -> None:
    renewed = SigningShop(sender.api_url)
    asked = Asked(renewed.key_set())
    assert knock(renewed, asked) == 200
    assert knock(renewed, asked) == 200
    assert asked.times == 1
    assert knock(sender, asked, after=1) == 401


def test_the_first_webhook_of_a_new_shop_asks_for_its_keys(db: None, sender: SigningShop) -> None:
    installed(sender)
    asked = Asked(sender.key_set())
    assert [knock(sender, asked), knock(sender, asked)] == [200, 200]
    assert asked.times == 1


@pytest.mark.parametrize(
    "spoiled",
    [{"x": "\0"}, {"kid": "a\0"}, {"x": "\ud800"}, {"x": float("nan")}, {"n": 5}, {"use": []}, {"x": 10**4000}],
)
def test_an_entry_that_cannot_be_kept_does_not_spoil_the_others(
    db: None, sender: SigningShop, spoiled: dict[str, object]
) -> None:
    shop = installed(sender)
    assert knock(sender, Asked({"keys": [{**sender.public, **spoiled}, None, 7, *sender.key_set()["keys"]]})) == 200  # type: ignore[misc]  # a list, as everywhere
    shop.refresh_from_db()
    assert sender.public in shop.jwks["keys"]


def test_no_private_part_of_a_key_is_kept(db: None, sender: SigningShop) -> None:
    shop = installed(sender)
    given_away = {**sender.public, "d": "canary", "p": "canary", "q": "canary", "k": "canary", "oth": ["canary"]}
    assert knock(sender, Asked({"keys": [given_away]})) == 200
    shop.refresh_from_db()
    assert "canary" not in json.dumps(shop.jwks)


@pytest.mark.parametrize(
    "weak",
    [{"e": "AQ"}, {"e": "Ag"}, {"n": "AA"}, {"n": "_" * 60_000}, {"e": "_" * 4_000}, {"kty": "oct", "k": "AAAA"}],
)
def test_a_key_that_is_none_verifies_nothing(db: None, sender: SigningShop, weak: dict[str, str]) -> None:
    installed(sender)
    assert knock(sender, Asked({"keys": [{**sender.public, **weak}]})) == 401


def test_a_clock_that_was_set_back_does_not_lock_the_door(shop: Shop, sender: SigningShop) -> None:
    Shop.objects.update(jwks={}, jwks_fetched_at=NOW + timedelta(days=3))
    assert knock(sender, Asked(sender.key_set())) == 200


@pytest.mark.django_db(transaction=True)
def test_many_at_once_ask_once_and_all_get_the_answer(sender: SigningShop) -> None:
    installed(sender)
    asked = Asked(sender.key_set(), slow=0.3)
    found: list[int] = []

    def one() -> None:
        found.append(knock(sender, asked))
        django.db.connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, asked.times) == ([200] * 8, 1)


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_ever_for_somebody_elses_answer(sender: SigningShop, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever asks died without a word.
    installed(sender, jwks={"mailflow_asked": "asking"}, jwks_fetched_at=NOW)
    monkeypatch.setattr(keys, "OTHERS_WAIT_S", 0.1)
    asked = Asked(sender.key_set())
    assert knock(sender, asked) == 503
    assert knock(sender, asked, after=60) == 200


# Over the wire.


class Shopfront(BaseHTTPRequestHandler):
    """A shop that answers for its keys as ``server.reply`` says."""

    def do_GET(self) -> None:
        status, headers, chunks = self.server.reply(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for chunk in chunks:
                self.wfile.write(chunk)
                self.wfile.flush()
        except OSError:
            return  # the other side has had enough, as it should

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def front() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shopfront)
    server.paths = []
    server.url = f"http://127.0.0.1:{server.server_port}/graphql/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def answers(front: Any, body: bytes, status: int = 200, **headers: str) -> None:
    def reply(path: str) -> tuple[int, dict[str, str], list[bytes]]:
        front.paths.append(path)
        return status, headers, [body]

    front.reply = reply


def test_the_key_set_is_at_the_shops_well_known_place(front: Any, sender: SigningShop) -> None:
    answers(front, json.dumps(sender.key_set()).encode())
    assert fetch_key_set(front.url) == sender.key_set()
    assert front.paths == ["/.well-known/jwks.json"]


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        (b"", 200, {}),
        (b"[]", 200, {}),
        (b'{"keys": {}}', 200, {}),
        (b"[" * 10_000, 200, {}),
        (b'{"keys": []}', 500, {}),
        (b'{"keys": []}' + b" " * 64_000, 200, {}),
        (gzip.compress(b'{"keys": []}'), 200, {"Content-Encoding": "gzip"}),
        (b"", 302, {"Location": "http://127.0.0.1:1/"}),
        (b'{"keys": []}', 301, {"Location": "/elsewhere"}),
    ],
    ids=["empty", "list", "no list", "deep", "broken", "large", "packed", "another host", "another place"],
)
def test_every_other_answer_is_none(front: Any, body: bytes, status: int, headers: dict[str, str]) -> None:
    answers(front, body, status, **headers)
    with pytest.raises(KeySetUnavailable):
        fetch_key_set(front.url)
    assert front.paths == ["/.well-known/jwks.json"]


def test_a_shop_that_is_away_is_no_answer() -> None:
    with pytest.raises(KeySetUnavailable):
        fetch_key_set("http://127.0.0.1:1/graphql/")


def test_a_shop_that_answers_drop_by_drop_is_left_alone(front: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ANSWER_S", 0.3)

    def drops() -> Iterator[bytes]:
        for _ in range(100):
            time.sleep(0.05)
            yield b" "

    front.reply = lambda path: (200, {}, drops())
    began = time.monotonic()
    with pytest.raises(KeySetUnavailable):
        fetch_key_set(front.url)
    assert time.monotonic() - began < 2
