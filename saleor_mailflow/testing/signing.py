"""Sign webhooks as a Saleor does, for tests of whoever receives them. Refuses to store keys: they live in memory."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import api_jws
from jwt.algorithms import RSAAlgorithm


class SigningShop:
    """A shop with a key of its own that signs what it sends."""

    def __init__(self, api_url: str = "https://shop.example.com/graphql/", *, bits: int = 2048) -> None:
        self.api_url = api_url
        self.domain = api_url.partition("://")[2].partition("/")[0]
        self.rotate(bits=bits)

    def rotate(self, *, bits: int = 2048) -> None:
        """Make a new key of ``bits`` bits, as a shop does whose RSA_PRIVATE_KEY was replaced."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        numbers: dict[str, str] = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        # RFC 7638: the id of a key is the hash of its required members in alphabetical order.
        required = json.dumps({name: numbers[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
        self.kid = base64.urlsafe_b64encode(hashlib.sha256(required.encode()).digest()).rstrip(b"=").decode()
        self.public = {
            "kty": "RSA",
            "n": numbers["n"],
            "e": numbers["e"],
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
        }

    def key_set(self) -> dict[str, object]:
        """Return what the shop answers at ``/.well-known/jwks.json``."""
        return {"keys": [dict(self.public)]}

    def sign(self, raw: bytes) -> str:
        """Return the detached signature of a body's bytes, as in the header Saleor-Signature."""
        headers = {"kid": self.kid, "crit": ["b64"], "b64": False}
        return api_jws.encode(raw, self.key, algorithm="RS256", headers=headers, is_payload_detached=True)

    def headers(self, event: str, raw: bytes) -> dict[str, str]:
        """Return the headers of a webhook of ``event`` (such as ``order_created``) with the body ``raw``."""
        own = {"Event": event, "Domain": self.domain, "Signature": self.sign(raw)}
        twins = {f"X-Saleor-{name}": value for name, value in own.items()}
        return {f"Saleor-{name}": value for name, value in own.items()} | twins | {"Saleor-Api-Url": self.api_url}

    def post(self, event: str, body: Mapping[str, object] | bytes) -> tuple[dict[str, str], bytes]:
        """Return headers and bytes of a webhook of ``event``; a mapping is written as Saleor writes it."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.headers(event, raw), raw
