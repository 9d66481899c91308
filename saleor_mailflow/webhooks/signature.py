"""Read and check the signature of a webhook: a detached JWS as Saleor makes it. Refuses every other kind of signature.

Saleor signs with RFC 7515 appendix F and RFC 7797: RS256, payload not encoded, ``header..signature``. The signature
covers the body only, byte for byte.
"""

from __future__ import annotations

import binascii
import json
import re
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from saleor_mailflow.exceptions import WebhookRefused

_HMAC = re.compile(r"(sha1=|sha256=)?([0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)
#: A header of 100 bytes and a signature of an 8192-bit key stay well below it.
_MAX_SIGNATURE = 4096
#: Base64url (RFC 4648, 5) spells two characters in another way.
_TO_PLAIN, _TO_URL = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")
# RS256 (RFC 7518, 3.3).
_PADDING, _SHA256 = PKCS1v15(), SHA256()


class Signature(NamedTuple):
    """A well-formed detached signature. ``start`` is its protected header as it was sent, ``mark`` the bytes after."""

    kid: str
    start: str
    mark: bytes


def read_signature(text: str) -> Signature:
    """Return what the header Saleor-Signature holds; refuse every other kind before any key is looked for.

    Raises WebhookRefused (401) with a sentence that says what it is instead.
    """
    if not text:
        raise WebhookRefused(401, "The request is not signed: it has no Saleor-Signature header.")
    start, dot, rest = text.partition(".")
    if not dot and _HMAC.fullmatch(text):
        raise WebhookRefused(
            401,
            "The webhook is signed with a secret key (HMAC), which Saleor has deprecated. Remove the webhook's "
            "secretKey in Saleor, then it signs with the shop's own key.",
        )
    payload, second_dot, mark = rest.partition(".")
    if len(text) > _MAX_SIGNATURE or not (dot and second_dot and start and mark) or payload or "." in mark:
        raise WebhookRefused(401, "The Saleor-Signature header is not a detached signature (header..signature).")
    kid = _key_id(start)
    try:
        return Signature(kid=kid, start=start, mark=_decode(mark))
    except ValueError as error:
        raise _damaged() from error


def fits(signature: Signature, raw: bytes, key: RSAPublicKey) -> bool:
    """Tell whether the holder of ``key`` made ``signature`` over the bytes ``raw`` (RFC 7797, 3)."""
    try:
        key.verify(signature.mark, signature.start.encode("ascii") + b"." + raw, _PADDING, _SHA256)
    except InvalidSignature:
        return False
    return True


# A shop sends the same protected header with every webhook, for as long as it keeps its key.
@lru_cache(maxsize=256)
def _key_id(start: str) -> str:
    try:
        # As text: from bytes the library would guess an encoding, and the protected header is UTF-8 (RFC 7515, 3).
        header = json.loads(_decode(start).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged() from error
    if not isinstance(header, dict) or header.get("alg") != "RS256":
        raise WebhookRefused(401, "The signature does not use RS256, the only algorithm that is accepted.")
    # RFC 7797, 6: b64 false and listed as critical. Any other critical extension is one we do not understand.
    if header.get("b64") is not False or header.get("crit") != ["b64"]:
        raise WebhookRefused(401, "The signature must be over the plain body (b64 false) and name no other extension.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= 200:
        raise WebhookRefused(401, "The signature names no key (kid).")
    return kid


def _damaged() -> WebhookRefused:
    return WebhookRefused(401, "The Saleor-Signature header cannot be decoded: it was cut or changed.")


def _decode(part: str) -> bytes:
    """Return what base64url without padding holds. Raises ValueError, also for a second spelling of the same bytes."""
    try:
        sent = part.encode("ascii")
        found = binascii.a2b_base64(sent.translate(_TO_PLAIN) + b"=" * (-len(part) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    # Written again it must be the same: what is no base64url was left out, or is spelt in another way.
    if binascii.b2a_base64(found, newline=False).translate(_TO_URL).rstrip(b"=") != sent:
        raise ValueError("not canonical base64url")
    return found
