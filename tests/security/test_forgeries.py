"""Webhooks that are not an installed shop's, through the very view that Saleor posts to: refused, nothing written."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from django.test import Client
from jwt import api_jws

from saleor_mailflow import clock
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.models import Basket, Enrollment, Event, Refusal, Shop
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.attacks import forged, of_another_shop, tampered, truncated, written_anew
from saleor_mailflow.testing.days import Told
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.webhooks.build import checkout_token
from tests.recorded import body
from tests.security.conftest import digest

pytestmark = pytest.mark.django_db

DOOR = "/webhooks/saleor/"
NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
EVENT = "checkout_updated"
Headers = dict[str, str]


def fresh(kind: str = "CHECKOUT_UPDATED", at: datetime = NOW) -> bytes:
    """Return a recorded webhook's body as if it had been sent ``at``."""
    found = body(kind)
    found["issuedAt"] = at.isoformat()
    for subject in ("checkout", "order"):
        if isinstance(found.get(subject), dict):
            found[subject].update({name: at.isoformat() for name in ("updatedAt", "created") if name in found[subject]})
    return json.dumps(found).encode()


RAW = fresh()


@pytest.fixture(scope="module")
def sender() -> SigningShop:
    return SigningShop()


@pytest.fixture(scope="module")
def neighbour() -> SigningShop:
    return SigningShop("https://neighbour.example/graphql/")


@pytest.fixture(autouse=True)
def shops(db: None, sender: SigningShop, neighbour: SigningShop) -> Iterator[None]:
    """Two installed shops whose keys were asked for this very minute, and a clock that stands still."""
    clock.install(clock.FrozenClock(NOW))
    for one in (sender, neighbour):
        Shop.objects.create(
            domain=one.domain, api_url=one.api_url, road=Shop.Road.APP, jwks=one.key_set(), jwks_fetched_at=NOW
        )
    yield
    clock.install(clock.SystemClock())


def post(headers: Mapping[str, str], raw: bytes, **more: Any) -> Any:
    return Client().post(DOOR, raw, content_type="application/json", headers=dict(headers), **more)


def encode(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_signature(headers: Headers, signature: str) -> Headers:
    return {**headers, "Saleor-Signature": signature, "X-Saleor-Signature": signature}


def under(sender: SigningShop, protected: Mapping[str, object], *, key: SigningShop | None = None) -> str:
    """Return a well-made RS256 signature of RAW under a protected header of one's own."""
    start = encode({"alg": "RS256", "kid": sender.kid, "b64": False, "crit": ["b64"], **protected})
    mark = (key or sender).key.sign(f"{start}.".encode() + RAW, padding.PKCS1v15(), SHA256())
    return f"{start}..{encode(mark)}"


def spelled(
    sender: SigningShop,
    protected: str,
    key: SigningShop | None = None,
    *,
    encoding: str = "utf-8",
    digest: SHA1 | SHA256 | None = None,
) -> str:
    """Return a signature of RAW under a protected header spelled by hand; ``%s`` is what an honest one has besides."""
    text = protected % f'"kid": "{sender.kid}", "b64": false, "crit": ["b64"]'
    start = encode(text.encode(encoding))
    mark = (key or sender).key.sign(f"{start}.".encode() + RAW, padding.PKCS1v15(), digest or SHA256())
    return f"{start}..{encode(mark)}"


def hmac_with_the_public_key(sender: SigningShop, alg: str) -> str:
    pem = sender.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    start = encode({"alg": alg, "kid": sender.kid, "b64": False, "crit": ["b64"]})
    return f"{start}..{encode(hmac.new(pem, f'{start}.'.encode() + RAW, hashlib.sha256).digest())}"


def jwk(thief: SigningShop) -> dict[str, str]:
    return {**thief.public, "kid": "thief"}


THIEF = SigningShop("https://shop.example.com/graphql/")
SIGNATURES: dict[str, Callable[[SigningShop, SigningShop], str]] = {
    "nothing": lambda s, n: "",
    "only dots": lambda s, n: "..",
    "no algorithm, no signature": lambda s, n: under(s, {"alg": "none"}).rpartition(".")[0] + ".",
    "no algorithm, a signature": lambda s, n: under(s, {"alg": "none"}),
    "no algorithm, other spelling": lambda s, n: under(s, {"alg": "nOnE"}),
    "the public key as a secret": lambda s, n: hmac_with_the_public_key(s, "HS256"),
    "the public key as a secret, called RS256": lambda s, n: hmac_with_the_public_key(s, "RS256"),
    "another algorithm of the same key": lambda s, n: under(s, {"alg": "PS256"}),
    "a signature cut short": lambda s, n: s.sign(RAW)[:-20],
    "a header cut short": lambda s, n: s.sign(RAW)[5:],
    "a signature of another body": lambda s, n: s.sign(b"{}"),
    "a body inside the signature": lambda s, n: api_jws.encode(RAW, s.key, "RS256", {"kid": s.kid}),
    "b64 left out": lambda s, n: under(s, {"b64": True}),
    "crit left out": lambda s, n: under(s, {"crit": []}),
    "crit of something else": lambda s, n: under(s, {"crit": ["b64", "exp"], "exp": 1}),
    "another key's id": lambda s, n: under(s, {"kid": n.kid}),
    "no key's id": lambda s, n: under(s, {"kid": "0"}),
    "a path as a key's id": lambda s, n: under(s, {"kid": "../../../../dev/null"}),
    "SQL as a key's id": lambda s, n: under(s, {"kid": "' OR 1=1 --"}),
    "the key of another installed shop": lambda s, n: under(n, {}),
    "the key of another installed shop, called ours": lambda s, n: under(s, {}, key=n),
    "a key brought along": lambda s, n: under(s, {"jwk": jwk(THIEF), "kid": "thief"}, key=THIEF),
    "a key brought along, called ours": lambda s, n: under(s, {"jwk": jwk(THIEF)}, key=THIEF),
    "an address of keys": lambda s, n: under(s, {"jku": "https://evil.example/jwks.json", "kid": "thief"}, key=THIEF),
    "a certificate": lambda s, n: under(s, {"x5u": "https://evil.example/x", "x5c": ["AAAA"]}, key=THIEF),
    "a mark of nothing but zeros": lambda s, n: s.sign(RAW).rpartition(".")[0] + "." + encode(bytes(256)),
    "an empty mark": lambda s, n: s.sign(RAW).rpartition(".")[0] + ".",
    "twice the same": lambda s, n: s.sign(RAW) + "," + s.sign(RAW),
    "too long": lambda s, n: s.sign(RAW) + "A" * 5000,
    "an algorithm named twice": lambda s, n: spelled(s, '{"alg": "RS256", "alg": "none", %s}'),
    "an algorithm named twice, by somebody else": lambda s, n: spelled(s, '{"alg": "none", "alg": "RS256", %s}', THIEF),
    "an algorithm in small letters": lambda s, n: under(s, {"alg": "rs256"}),
    "an algorithm in a list": lambda s, n: under(s, {"alg": ["RS256"]}),
    "an elliptic curve": lambda s, n: under(s, {"alg": "ES256"}),
    "an old digest": lambda s, n: spelled(s, '{"alg": "RS256", %s}', digest=SHA1()),
    "crit twice the same": lambda s, n: under(s, {"crit": ["b64", "b64"]}),
    "crit as a text": lambda s, n: under(s, {"crit": "b64"}),
    "b64 as nothing": lambda s, n: under(s, {"b64": None}),
    "b64 as a number": lambda s, n: under(s, {"b64": 0}),
    "half a character as a key's id": lambda s, n: under(s, {"kid": "\ud800"}),
    "a NUL as a key's id": lambda s, n: under(s, {"kid": "\0"}),
    "a list as a key's id": lambda s, n: under(s, {"kid": [s.kid]}),
    "a header in another encoding": lambda s, n: spelled(s, '{"alg": "RS256", %s}', encoding="utf-16"),
    "a header with a mark before it": lambda s, n: spelled(s, '{"alg": "RS256", %s}', encoding="utf-8-sig"),
    "a mark in another alphabet": lambda s, n: s.sign(RAW).replace("-", "+").replace("_", "/") + "=",
    "a mark with more at its end": lambda s, n: s.sign(RAW) + "AAAA",
    "a mark with more before it": lambda s, n: s.sign(RAW).replace("..", "..AAAA"),
    "a space in the middle": lambda s, n: s.sign(RAW).replace("..", ". ."),
    "a secret key's": lambda s, n: hmac.new(b"secret", RAW, hashlib.sha256).hexdigest(),
}  # fmt: skip


@pytest.mark.parametrize("kind", SIGNATURES)
def test_a_forged_signature_is_refused_and_nothing_written(
    kind: str, sender: SigningShop, neighbour: SigningShop
) -> None:
    good = sender.headers(EVENT, RAW)
    before = digest()
    for warm in (False, True):
        answer = post(with_signature(good, SIGNATURES[kind](sender, neighbour)), RAW)
        assert answer.status_code == 401, answer.content
        assert answer.json()["error"].endswith((".", ")."))
        assert digest() == before
        if not warm:
            # A shop whose key was just used must be no easier to deceive.
            assert post(good, RAW).status_code == 200
            before = digest()


@pytest.mark.django_db(transaction=True)
def test_a_forged_signature_is_refused_outside_a_transaction_too(sender: SigningShop, neighbour: SigningShop) -> None:
    # Where a webhook is recorded on a shorter road than inside a test's transaction.
    good = sender.headers(EVENT, RAW)
    assert [post(good, RAW).json() for _ in range(3)] == [{"recorded": True}] + [{"recorded": False}] * 2
    before = digest()
    for make in SIGNATURES.values():
        assert post(with_signature(good, make(sender, neighbour)), RAW).status_code == 401
    assert post(good, RAW + b" ").status_code == 401
    assert digest() == before


def told(sender: SigningShop) -> Told:
    return Told(at=NOW, event=EVENT, raw=RAW, headers=sender.headers(EVENT, RAW), about=None)


@pytest.mark.parametrize("attack", [forged, of_another_shop, tampered, truncated, written_anew])
def test_a_changed_webhook_is_refused_and_nothing_written(attack: Any, sender: SigningShop) -> None:
    before = digest()
    for seed in range(20):
        found = attack(told(sender), sender, Random(seed))
        if found.raw == RAW and found.headers == told(sender).headers:
            continue
        assert post(found.headers, found.raw).status_code == 401
    assert digest() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"Saleor-Domain": "neighbour.example"},
        {"X-Saleor-Domain": "neighbour.example"},
        {"Saleor-Domain": "neighbour.example", "X-Saleor-Domain": "neighbour.example"},
        {"Saleor-Api-Url": "https://neighbour.example/graphql/"},
        {"Saleor-Api-Url": "https://shop.example.com@evil.example/graphql/"},
        {"Saleor-Domain": "evil.example", "X-Saleor-Domain": "evil.example", "Saleor-Api-Url": "https://evil.example/graphql/"},
        {"Saleor-Domain": "", "X-Saleor-Domain": "", "Saleor-Api-Url": ""},
        {"Saleor-Domain": "shop.example.com.", "X-Saleor-Domain": "shop.example.com."},
        {"Saleor-Domain": "shop.example.com:8443", "X-Saleor-Domain": "shop.example.com:8443"},
        {"Saleor-Domain": "%", "X-Saleor-Domain": "%"},
        {"Saleor-Domain": "xn--shp-6na.example.com", "X-Saleor-Domain": "xn--shp-6na.example.com"},
        {"Saleor-Api-Url": "https://shop.example.com./graphql/"},
        {"Saleor-Api-Url": "http://shop.example.com/graphql/"},
        {"Saleor-Api-Url": "https://shop.example.com:99999/graphql/"},
        {"Saleor-Api-Url": "https://shop.example.com/graphql/?x=1"},
        {"Saleor-Api-Url": "https://shop.example.com\\@evil.example/graphql/"},
        {"Saleor-Api-Url": "https://[::1/graphql/"},
        {"Saleor-Api-Url": "https://\u2100.example/graphql/"},
        {"Saleor-Domain": "127.0.0.1", "X-Saleor-Domain": "127.0.0.1", "Saleor-Api-Url": "http://127.0.0.1:6379/graphql/"},
    ],
)  # fmt: skip
def test_a_webhook_that_names_another_shop_is_refused(changes: Headers, sender: SigningShop) -> None:
    before = digest()
    assert post(sender.headers(EVENT, RAW) | changes, RAW).status_code == 401
    assert digest() == before


@pytest.mark.django_db(transaction=True)
def test_keys_that_changed_places_open_nothing(sender: SigningShop, neighbour: SigningShop) -> None:
    assert post(sender.headers(EVENT, RAW), RAW).status_code == 200
    Shop.objects.filter(domain=sender.domain).update(jwks=neighbour.key_set())
    Shop.objects.filter(domain=neighbour.domain).update(jwks=sender.key_set())
    before = digest()
    other = fresh(at=NOW - timedelta(minutes=1))
    assert post(sender.headers(EVENT, other), other).status_code == 401
    assert digest() == before


@pytest.mark.django_db(transaction=True)
def test_a_shop_that_was_just_removed_is_refused_at_once(sender: SigningShop) -> None:
    assert post(sender.headers(EVENT, RAW), RAW).status_code == 200
    Shop.objects.filter(domain=sender.domain).update(installed=False)
    before = digest()
    other = fresh(at=NOW - timedelta(minutes=1))
    assert post(sender.headers(EVENT, other), other).status_code == 401
    assert digest() == before


def test_forged_keys_make_us_ask_nobody_but_the_shop(sender: SigningShop, monkeypatch: pytest.MonkeyPatch) -> None:
    Shop.objects.update(jwks_fetched_at=None)
    asked: list[tuple[str, object]] = []

    def get(url: str, **options: object) -> requests.Response:
        asked.append((url, options["allow_redirects"]))
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", get)
    for bait in ({"jku": "https://evil.example/k"}, {"x5u": "https://evil.example/k"}, {"iss": "https://evil.example"}):
        signature = under(sender, {**bait, "kid": "unknown"}, key=THIEF)
        headers = with_signature(sender.headers(EVENT, RAW), signature) | {"X-Forwarded-Host": "evil.example"}
        assert post(headers, RAW).status_code == 503
    assert asked == [("https://shop.example.com/.well-known/jwks.json", False)]
    assert not Event.objects.exists()


# What is signed and still not welcome.


def test_a_body_out_of_all_proportion_is_refused(sender: SigningShop) -> None:
    before = digest()
    huge = b'{"a":"' + b"x" * 10_000_000 + b'"}'
    assert post(sender.headers(EVENT, huge), huge).status_code == 413
    for deep in (b"[" * 400_000, b'{"a":' * 150_000, b'{"a":' * 33 + b"1" + b"}" * 33):
        assert post(sender.headers(EVENT, deep), deep).status_code == 400
    wide = b"[" + b"{}," * 300_000 + b"{}]"
    assert post(sender.headers(EVENT, wide), wide).status_code == 400
    assert digest() == before


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")])
def test_a_packed_body_is_not_unpacked(pack: Callable[[bytes], bytes], name: str, sender: SigningShop) -> None:
    before = digest()
    bomb = pack(b'{"a":"' + b" " * 20_000_000 + b'"}')
    assert len(bomb) < 30_000
    # Signed as it arrives: no JSON. Signed as it unpacks: not what was signed.
    assert post(sender.headers(EVENT, bomb) | {"Content-Encoding": name}, bomb).status_code == 400
    packed = pack(RAW)
    assert post(sender.headers(EVENT, RAW) | {"Content-Encoding": name}, packed).status_code == 401
    assert digest() == before


# What was right once.


@pytest.mark.parametrize("kind", ["CHECKOUT_CREATED", "CHECKOUT_UPDATED"])
@pytest.mark.parametrize("age", [timedelta(hours=25, seconds=1), timedelta(days=9), timedelta(days=4000)])
def test_a_cart_of_more_than_a_day_ago_begins_nothing(kind: str, age: timedelta, sender: SigningShop) -> None:
    shop = Shop.objects.get(domain=sender.domain)
    set_mode(shop, "abandoned_checkout", "live", at=NOW - timedelta(days=5000))
    old = fresh(kind, at=NOW - age)
    assert post(sender.headers(kind.lower(), old), old).json() == {"recorded": True}
    run_tick(shop.pk, NOW, gateway=PayloadShop(), transport_factory=lambda _: MemoryTransport())
    assert not Enrollment.objects.exists()
    # A new cart has no address yet, and is nobody's to decide about.
    assert [one.reason for one in Refusal.objects.all()] == ["old_news"] * (kind == "CHECKOUT_UPDATED")


def test_a_cart_of_yesterday_is_taken_in(sender: SigningShop) -> None:
    late = fresh("CHECKOUT_CREATED", at=NOW - timedelta(hours=23, minutes=59))
    assert post(sender.headers("checkout_created", late), late).json() == {"recorded": True}


def test_an_order_is_taken_in_however_late(sender: SigningShop) -> None:
    # Refusing it would write to somebody who bought.
    late = fresh("ORDER_CREATED", at=NOW - timedelta(days=3))
    assert post(sender.headers("order_created", late), late).json() == {"recorded": True}


def test_late_news_of_a_cart_we_know_is_taken_in(sender: SigningShop) -> None:
    # It may say that the cart was emptied or consent withdrawn; it cannot begin anything.
    token = checkout_token(json.loads(RAW)["checkout"])
    shop = Shop.objects.get(domain=sender.domain)
    old = NOW - timedelta(days=2)
    Basket.objects.create(
        shop=shop, token=token, currency="USD", active_at=old, created_at=old, last_change=old, learned_at=old
    )
    late = fresh(at=NOW - timedelta(days=1, hours=1))
    assert post(sender.headers(EVENT, late), late).json() == {"recorded": True}


@pytest.mark.django_db(transaction=True)
def test_a_remembered_shop_that_is_another_by_now_is_not_asked_about_its_carts(sender: SigningShop) -> None:
    # The shorter road remembers a shop's id; after a new installation a late word about a known cart was refused.
    assert post(sender.headers(EVENT, RAW), RAW).status_code == 200
    before = Shop.objects.get(domain=sender.domain)
    Shop.objects.filter(pk=before.pk).delete()
    Shop.objects.create(domain=sender.domain, api_url=sender.api_url, road=Shop.Road.APP, jwks=sender.key_set())
    test_late_news_of_a_cart_we_know_is_taken_in(sender)


def test_the_same_webhook_a_hundred_times_is_one_fact(sender: SigningShop) -> None:
    headers = sender.headers(EVENT, RAW)
    assert post(headers, RAW).json() == {"recorded": True}
    before = digest()
    for name in ("order_created", "customer_deleted", "", "x" * 300, "checkout_created"):
        for _ in range(20):
            found = headers | {"Saleor-Event": name, "X-Saleor-Event": name}
            assert post(found, RAW).json() == {"recorded": False}
    assert digest() == before
