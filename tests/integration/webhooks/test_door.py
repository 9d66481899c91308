"""The signed-webhook door: everything a real Saleor sent gets in once, and nothing else does."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping
from typing import Any

import django.db
import pytest
from django.test import Client, RequestFactory

from saleor_mailflow import clock
from saleor_mailflow.clock import FrozenClock
from saleor_mailflow.models import Event, Shop
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.webhooks.views import saleor
from tests.recorded import body, day, kinds

DOOR = "/webhooks/saleor/"
URL = "https://shop.example.com/graphql/"


def post(headers: Mapping[str, str], raw: bytes) -> Any:
    kept = {name: value for name, value in headers.items() if name not in {"Content-Length", "Content-Type", "Host"}}
    return Client(raise_request_exception=True).post(DOOR, raw, content_type="application/json", headers=kept)


def post_signed(sender: SigningShop, found: Mapping[str, object] | bytes, event: str = "checkout_updated") -> Any:
    return post(*sender.post(event, found))


@pytest.fixture
def recorded_shop(db: None) -> Shop:
    return Shop.objects.create(
        domain="shop.example.com", api_url=URL, road=Shop.Road.APP, jwks=day().key_set, jwks_fetched_at=None
    )


# What must not get in.


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_only_post_opens_the_door(method: str) -> None:
    answer = getattr(Client(), method)(DOOR)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_ten_megabytes_are_refused_before_anything_is_read(shop: Shop, sender: SigningShop) -> None:
    answer = post_signed(sender, b'{"a":"' + b"x" * 10_000_000 + b'"}')
    assert answer.status_code == 413
    assert "1,000,000 bytes" in answer.json()["error"]
    assert not Event.objects.exists()


def test_a_body_is_counted_and_not_only_believed(shop: Shop) -> None:
    # A server that decodes chunks sets no length; what arrives is counted.
    request = RequestFactory().post(DOOR, b"", content_type="application/json")
    request.META["CONTENT_LENGTH"] = ""
    request._stream = io.BytesIO(b"x" * 1_000_001)
    assert saleor(request).status_code == 413


@pytest.mark.parametrize("length", ["-5", "abc", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(shop: Shop, length: str) -> None:
    answer = Client().generic("POST", DOOR, b"{}", CONTENT_LENGTH=length)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40, b"\xff"],
)
def test_what_is_signed_but_cannot_be_read_is_refused_with_a_sentence(
    shop: Shop, sender: SigningShop, raw: bytes
) -> None:
    answer = post_signed(sender, raw)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert not Event.objects.exists()


def test_an_unread_body_is_not_parsed_before_its_signature_holds(shop: Shop, sender: SigningShop) -> None:
    headers, raw = sender.post("checkout_updated", b"{")
    assert post(headers, raw + b" ").status_code == 401


def test_nothing_gets_in_while_everything_is_switched_off(
    shop: Shop, sender: SigningShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    answer = post_signed(sender, body("CHECKOUT_UPDATED"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert not Event.objects.exists()


@pytest.mark.breaks_the_ledger
def test_without_a_database_saleor_is_asked_to_send_it_again(
    shop: Shop, sender: SigningShop, caplog: pytest.LogCaptureFixture
) -> None:
    with django.db.connection.cursor() as cursor:
        # The nearest thing to a database that is away, inside a test's transaction.
        cursor.execute("ALTER TABLE mailflow_event RENAME TO mailflow_event_away")
    answer = post_signed(sender, body("CHECKOUT_UPDATED"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "again" in answer.json()["error"]
    assert "zoe.mueller" not in caplog.text


def test_a_replay_changes_nothing(shop: Shop, sender: SigningShop) -> None:
    found = body("ORDER_CREATED")
    assert post_signed(sender, found, "order_created").json() == {"recorded": True}
    row = Event.objects.values().get()
    for event in ("order_created", "checkout_created", "", "customer_deleted"):
        answer = post_signed(sender, found, event)
        assert (answer.status_code, answer.json()) == (200, {"recorded": False})
    assert Event.objects.values().get() == row


def test_a_webhook_from_the_future_is_dated_back(shop: Shop, sender: SigningShop, now: FrozenClock) -> None:
    found = body("CHECKOUT_UPDATED")
    found["issuedAt"] = found["checkout"]["updatedAt"] = "2090-01-01T00:00:00+00:00"
    assert post_signed(sender, found).status_code == 200
    assert Event.objects.get().occurred_at == now.now()


# What must.


def test_a_whole_day_gets_in_once_in_any_order(recorded_shop: Shop, now: FrozenClock) -> None:
    webhooks = list(day().webhooks)
    for recorded in (*reversed(webhooks), *webhooks):
        clock.install(FrozenClock(recorded.at))
        assert post(recorded.headers, recorded.raw).status_code == 200, recorded.name
    assert Event.objects.count() == len(webhooks) == 99
    assert Event.objects.filter(subject="").count() == 0
    assert Event.objects.filter(source=Event.Source.WEBHOOK).count() == 99


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_gets_in(db: None, now: FrozenClock, name: str) -> None:
    Shop.objects.create(
        domain="127.0.0.1:8000", api_url="http://127.0.0.1:8000/graphql/", road=Shop.Road.APP, jwks=day().key_set
    )
    headers, raw = kinds()[name]
    assert post(headers, raw).status_code == 200
    assert not Event.objects.get().kind.startswith("unknown")


@pytest.mark.parametrize(
    "raw",
    [
        b'  {"__typename" :\t"OrderPaid",\r\n "order": null }\n\n',
        rb'{"__typename":"OrderP\u0061id","order":null}',
        b'{"__typename":"OrderPaid","order":{"total":{"gross":{"amount":1e2}}}}',
        b'{"__typename":"X","__typename":"OrderPaid","order":1.0}',
        rb'{"__typename":"OrderPaid","order":{"a\u0000":"\ud800","b":"\u0000"}}',
    ],
)
def test_a_body_is_verified_as_it_came_and_not_as_it_would_be_written_again(
    shop: Shop, sender: SigningShop, raw: bytes
) -> None:
    assert json.dumps(json.loads(raw)).encode() != raw
    assert post_signed(sender, raw).json() == {"recorded": True}
    event = Event.objects.get()
    assert event.kind == "order.paid"
    assert event.payload is not None


def test_an_unknown_event_is_recorded_by_its_name(shop: Shop, sender: SigningShop) -> None:
    assert post_signed(sender, {"__typename": "GiftCardSent", "giftCard": {"code": "S"}}).status_code == 200
    event = Event.objects.get()
    assert (event.kind, event.payload) == ("unknown:gift_card_sent", None)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_replays_at_once_are_one_fact(sender: SigningShop) -> None:
    Shop.objects.create(domain=sender.domain, api_url=sender.api_url, road=Shop.Road.APP, jwks=sender.key_set())
    headers, raw = sender.post("order_created", body("ORDER_CREATED"))
    answers: list[Any] = []

    def knock() -> None:
        for _ in range(25):
            answers.append(post(headers, raw).json()["recorded"])
        django.db.connection.close()

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 99 + [True]
    assert Event.objects.count() == 1
