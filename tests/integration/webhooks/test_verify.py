"""Signatures: every other way to sign, cut, change or address a webhook is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from jwt import api_jws

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.models import Shop
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.webhooks.keys import KeySetUnavailable
from saleor_mailflow.webhooks.verify import Verified, verify
from tests.integration.webhooks.conftest import NOW, installed
from tests.recorded import body

RAW = json.dumps(body("CHECKOUT_UPDATED")).encode()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def nobody(api_url: str) -> Mapping[str, object]:
    """The shop says that it has no keys."""
    return {"keys": []}


def check(headers: Mapping[str, str], raw: bytes = RAW) -> Verified:
    return verify(headers, raw, now=NOW, fetch=nobody)


def refused(headers: Mapping[str, str], raw: bytes = RAW) -> str:
    with pytest.raises(WebhookRefused) as caught:
        check(headers, raw)
    assert caught.value.status == 401
    assert str(caught.value).endswith((".", ")."))
    return str(caught.value)


def signed_with(sender: SigningShop, signature: str) -> dict[str, str]:
    return {"Saleor-Signature": signature, "Saleor-Domain": sender.domain, "Saleor-Api-Url": sender.api_url}


def encode(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(sender: SigningShop, header: object, *, raw: bytes = RAW) -> dict[str, str]:
    """Sign with the shop's own key, under a header of one's own making."""
    start = encode(header)
    mark = sender.key.sign(f"{start}.".encode() + raw, padding.PKCS1v15(), SHA256())
    return signed_with(sender, f"{start}..{encode(mark)}")


@pytest.fixture
def headers(shop: Shop, sender: SigningShop) -> dict[str, str]:
    return sender.headers("checkout_updated", RAW)


def good(sender: SigningShop) -> dict[str, Any]:
    return {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": sender.kid, "typ": "JWT"}


def test_what_the_shop_signed_is_believed(shop: Shop, sender: SigningShop, headers: dict[str, str]) -> None:
    assert check(headers) == Verified(shop=shop, event_name="checkout_updated")
    assert check({name.upper(): value for name, value in headers.items()}).shop == shop
    assert check(forge(sender, good(sender))).shop == shop
    only_twins = {name: value for name, value in headers.items() if name.startswith("X-")}
    assert check(only_twins) == Verified(shop=shop, event_name="checkout_updated")


@pytest.mark.parametrize("end", [0, 1, 2, 100, len(RAW) - 1])
def test_a_cut_body_is_refused(headers: dict[str, str], end: int) -> None:
    refused(headers, RAW[:end])


def test_every_flipped_byte_of_a_body_is_refused(headers: dict[str, str]) -> None:
    for place in range(0, len(RAW), 7):
        refused(headers, RAW[:place] + bytes([RAW[place] ^ 1]) + RAW[place + 1 :])
    refused(headers, RAW + b" ")
    refused(headers, RAW + b"\n")
    refused(headers, json.dumps(json.loads(RAW), separators=(",", ":")).encode())


def test_every_changed_letter_of_a_signature_is_refused(headers: dict[str, str]) -> None:
    signature = headers["Saleor-Signature"]
    for place, letter in enumerate(signature):
        # The neighbour differs in the lowest bit: in the last letter of a part, one that carries nothing.
        other = "A" if letter == "." else LETTERS[LETTERS.index(letter) ^ 1]
        changed = signature[:place] + other + signature[place + 1 :]
        refused(headers | {"Saleor-Signature": changed, "X-Saleor-Signature": changed})


def test_every_cut_signature_is_refused(headers: dict[str, str]) -> None:
    signature = headers["Saleor-Signature"]
    for end in range(len(signature)):
        cut = signature[:end]
        refused(headers | {"Saleor-Signature": cut, "X-Saleor-Signature": cut})
    for longer in (signature + "A", signature + "=", signature + "..", "." + signature, signature + "," + signature):
        refused(headers | {"Saleor-Signature": longer, "X-Saleor-Signature": longer})


def test_a_signature_of_another_body_is_refused(sender: SigningShop, headers: dict[str, str]) -> None:
    other = sender.sign(b"{}")
    refused(headers | {"Saleor-Signature": other, "X-Saleor-Signature": other})


def test_another_key_of_the_same_name_is_refused(sender: SigningShop, headers: dict[str, str]) -> None:
    thief = SigningShop(sender.api_url)
    refused(forge(thief, good(sender)))
    assert "not in the shop's key set" in refused(thief.headers("checkout_updated", RAW))


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "PS256"},
        {"alg": "RS512"},
        {"alg": "rs256"},
        {"alg": None},
        {"alg": ["RS256"]},
        {"b64": True},
        {"b64": None},
        {"b64": 0},
        {"crit": []},
        {"crit": None},
        {"crit": ["b64", "exp"], "exp": 1},
        {"crit": ["b64", "b64"]},
        {"crit": "b64"},
        {"kid": None},
        {"kid": ""},
        {"kid": 1},
        {"kid": ["x"]},
        {"kid": "x" * 201},
        {"kid": "' OR 1=1"},
        {"kid": "a\x00b"},
    ],
)
def test_every_other_protected_header_is_refused(shop: Shop, sender: SigningShop, changes: dict[str, object]) -> None:
    refused(forge(sender, {**good(sender), **changes}))


@pytest.mark.parametrize("gone", ["alg", "b64", "crit", "kid"])
def test_a_protected_header_without_it_is_refused(shop: Shop, sender: SigningShop, gone: str) -> None:
    refused(forge(sender, {name: value for name, value in good(sender).items() if name != gone}))


@pytest.mark.parametrize("header", [b"", b"{", b"[]", b"null", b"[" * 2000, b"\xff", b'"RS256"'])
def test_a_protected_header_that_is_none_is_refused(shop: Shop, sender: SigningShop, header: bytes) -> None:
    refused(forge(sender, header))


def test_the_public_key_as_an_hmac_secret_is_refused(shop: Shop, sender: SigningShop) -> None:
    secret = json.dumps(sender.public).encode()
    for algorithm in ("HS256", "RS256"):
        start = encode({**good(sender), "alg": algorithm})
        mark = hmac.new(secret, f"{start}.".encode() + RAW, hashlib.sha256).digest()
        refused(signed_with(sender, f"{start}..{encode(mark)}"))


def test_no_signature_at_all_is_refused(shop: Shop, sender: SigningShop) -> None:
    start = encode({"alg": "none", "b64": False, "crit": ["b64"], "kid": sender.kid})
    for signature in ("", "x", ".", "..", "...", f"{start}..", f"{start}.", f"..{start}"):
        refused(signed_with(sender, signature))
    assert "not signed" in refused({"Saleor-Domain": sender.domain})


def test_a_payload_inside_the_signature_is_refused(shop: Shop, sender: SigningShop) -> None:
    compact = api_jws.encode(RAW, sender.key, algorithm="RS256", headers={"kid": sender.kid})
    refused(signed_with(sender, compact))
    start, _, mark = sender.sign(RAW).split(".")
    refused(signed_with(sender, f"{start}.{encode(RAW)}.{mark}"))


@pytest.mark.parametrize("digest", [hashlib.sha256, hashlib.sha1])
def test_a_webhook_with_a_secret_key_is_told_what_to_do(shop: Shop, sender: SigningShop, digest: Any) -> None:
    mark = hmac.new(b"secret", RAW, digest).hexdigest()
    assert "secretKey" in refused(signed_with(sender, mark))
    assert "secretKey" in refused(signed_with(sender, mark.upper()))


@pytest.mark.parametrize(
    "changes",
    [
        {"Saleor-Domain": "other.example.com", "X-Saleor-Domain": "other.example.com"},
        {"Saleor-Api-Url": "https://other.example.com/graphql/"},
        {"Saleor-Api-Url": "http://shop.example.com/graphql/"},
        {"Saleor-Api-Url": "https://shop.example.com:8443/graphql/"},
        {"Saleor-Api-Url": "https://shop.example.com/other/"},
        {"Saleor-Api-Url": "https://user@shop.example.com/graphql/"},
        {"Saleor-Api-Url": "https://shop.example.com/graphql/?x=1"},
        {"Saleor-Api-Url": "https://shop.example.com:99999/graphql/"},
        {"Saleor-Api-Url": "file:///etc/passwd"},
        {"Saleor-Api-Url": "x"},
        {"Saleor-Domain": "", "X-Saleor-Domain": "", "Saleor-Api-Url": ""},
        {"Saleor-Domain": "shop.example.com\x00", "X-Saleor-Domain": "shop.example.com\x00"},
        {"Saleor-Domain": "%", "X-Saleor-Domain": "%", "Saleor-Api-Url": ""},
        {"Saleor-Domain": "shop.example.com, shop.example.com", "X-Saleor-Domain": ""},
        {"X-Saleor-Domain": "other.example.com"},
        {"X-Saleor-Event": "order_created"},
        {"X-Saleor-Signature": "e30..e30"},
        {"X-Saleor-Api-Url": "https://other.example.com/graphql/"},
    ],
)
def test_headers_that_name_another_shop_or_disagree_are_refused(
    headers: dict[str, str], changes: dict[str, str]
) -> None:
    refused(headers | changes)


def test_a_shop_that_was_uninstalled_is_refused(shop: Shop, headers: dict[str, str]) -> None:
    Shop.objects.update(installed=False)
    assert "not installed" in refused(headers)


def test_one_shop_cannot_speak_for_another(shop: Shop, sender: SigningShop) -> None:
    other = SigningShop("https://other.example.com/graphql/")
    installed(other, jwks=other.key_set())
    refused(other.headers("checkout_updated", RAW) | {"Saleor-Domain": sender.domain, "X-Saleor-Domain": sender.domain})
    refused(forge(other, good(sender)) | {"Saleor-Domain": sender.domain, "Saleor-Api-Url": sender.api_url})
    assert check(other.headers("checkout_updated", RAW)).shop.domain == "other.example.com"


def test_either_address_is_enough_and_letter_case_does_not_count(shop: Shop, headers: dict[str, str]) -> None:
    twin = {"X-Saleor-Domain": ""}
    assert check(headers | twin | {"Saleor-Domain": "SHOP.example.com"}).shop == shop
    assert check(headers | twin | {"Saleor-Domain": ""}).shop == shop
    assert check(headers | {"Saleor-Api-Url": ""}).shop == shop
    assert check(headers | {"Saleor-Api-Url": "HTTPS://Shop.Example.com:443/graphql"}).shop == shop


@pytest.mark.parametrize(
    "changes",
    [{"kty": "oct", "k": "AAAA"}, {"use": "enc"}, {"alg": "HS256"}, {"n": ""}, {"n": None}, {"e": 3}, {"kid": "x"}],
)
def test_a_key_that_is_not_for_this_is_not_used(shop: Shop, sender: SigningShop, changes: dict[str, Any]) -> None:
    Shop.objects.update(jwks={"keys": [{**sender.public, **changes}, None, "x", 1]})
    refused(sender.headers("checkout_updated", RAW))


def test_a_key_that_is_too_short_is_not_used(db: None) -> None:
    weak = SigningShop(bits=1024)
    installed(weak, jwks=weak.key_set())
    start = encode(good(weak))
    mark = weak.key.sign(f"{start}.".encode() + RAW, padding.PKCS1v15(), SHA256())
    refused(signed_with(weak, f"{start}..{encode(mark)}"))


def test_where_the_shop_cannot_be_asked_saleor_is_asked_to_send_it_again(db: None, sender: SigningShop) -> None:
    def away(api_url: str) -> Mapping[str, object]:
        raise KeySetUnavailable("it is away")

    installed(sender)
    for _ in range(2):
        with pytest.raises(WebhookRefused) as caught:
            verify(sender.headers("checkout_updated", RAW), RAW, now=NOW, fetch=away)
        assert caught.value.status == 503
