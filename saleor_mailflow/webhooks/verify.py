"""Check that a webhook was signed by an installed shop, on the bytes as they arrived. Refuses everything else.

Saleor signs with a detached JWS (RFC 7515 appendix F, RFC 7797): RS256, payload not encoded, ``header..signature``. The
signature covers the body only. Nothing in the headers is believed but which installed shop's keys to try.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db.models import Q
from jwt import api_jws
from jwt.exceptions import PyJWTError

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.models import Shop
from saleor_mailflow.webhooks.keys import KeyFetcher, fetch_key_set, key_for

_HOST = re.compile(r"[a-z0-9.\-\[\]:]{1,255}")
_HMAC = re.compile(r"(sha1=|sha256=)?([0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)
#: A header of 100 bytes and a signature of an 8192-bit key stay well below it.
_MAX_SIGNATURE = 4096


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A webhook that an installed shop signed. ``event_name`` is its unsigned header, "" where there is none."""

    shop: Shop
    event_name: str


def verify(headers: Mapping[str, str], raw: bytes, *, now: datetime, fetch: KeyFetcher = fetch_key_set) -> Verified:
    """Return who signed ``raw``, the body's bytes as received. ``headers`` are found in any letter case.

    Raises WebhookRefused: 401 where the webhook is not an installed shop's, 503 where its keys cannot be fetched.
    Raises django.db.Error where the database is away.
    """
    found = {name.lower(): value.strip() for name, value in headers.items()}
    signature = _header(found, "saleor-signature")
    kid = _key_id(signature)
    shop = _installed_shop(_header(found, "saleor-domain").lower(), _header(found, "saleor-api-url"))
    key = key_for(shop, kid, now=now, fetch=fetch)
    try:
        api_jws.decode(signature, key, algorithms=["RS256"], detached_payload=raw)
    except PyJWTError as error:
        raise WebhookRefused(
            401, "The signature does not fit the body. Send the body byte for byte as the shop signed it."
        ) from error
    return Verified(shop=shop, event_name=_header(found, "saleor-event"))


def _header(found: Mapping[str, str], name: str) -> str:
    """Return a header, or its deprecated twin with ``x-`` before it; refuse two that disagree."""
    value, twin = found.get(name, ""), found.get(f"x-{name}", "")
    if value and twin and value != twin:
        raise WebhookRefused(401, f"The headers {name} and x-{name} disagree. Send one, or the same in both.")
    return value or twin


def _key_id(signature: str) -> str:
    """Return the key id of a well-formed detached signature; refuse every other kind before any key is looked for."""
    if not signature:
        raise WebhookRefused(401, "The request is not signed: it has no Saleor-Signature header.")
    if _HMAC.fullmatch(signature):
        raise WebhookRefused(
            401,
            "The webhook is signed with a secret key (HMAC), which Saleor has deprecated. Remove the webhook's "
            "secretKey in Saleor, then it signs with the shop's own key.",
        )
    encoded, dot, rest = signature.partition(".")
    payload, second_dot, mark = rest.partition(".")
    if len(signature) > _MAX_SIGNATURE or not (dot and second_dot and encoded and mark) or payload or "." in mark:
        raise WebhookRefused(401, "The Saleor-Signature header is not a detached signature (header..signature).")
    try:
        header = json.loads(_decode(encoded))
        _decode(mark)
    except (ValueError, RecursionError) as error:
        raise WebhookRefused(401, "The Saleor-Signature header cannot be decoded: it was cut or changed.") from error
    if not isinstance(header, dict) or header.get("alg") != "RS256":
        raise WebhookRefused(401, "The signature does not use RS256, the only algorithm that is accepted.")
    # RFC 7797, 6: b64 false and listed as critical. Any other critical extension is one we do not understand.
    if header.get("b64") is not False or header.get("crit") != ["b64"]:
        raise WebhookRefused(401, "The signature must be over the plain body (b64 false) and name no other extension.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= 200:
        raise WebhookRefused(401, "The signature names no key (kid).")
    return kid


def _decode(part: str) -> bytes:
    """Return what base64url without padding holds. Raises ValueError, also for a second spelling of the same bytes."""
    try:
        found = base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != part:
        raise ValueError("not canonical base64url")
    return found


def _installed_shop(domain: str, api_url: str) -> Shop:
    """Return the one installed shop that every address in the headers names."""
    address = _address(api_url)
    host = domain or address.partition("://")[2].partition("/")[0]
    if not _HOST.fullmatch(host) or (api_url and not address):
        raise WebhookRefused(401, "The request does not say which shop sent it (Saleor-Domain, Saleor-Api-Url).")
    of_host = (
        Q(domain__iexact=host) | Q(api_url__istartswith=f"https://{host}/") | Q(api_url__istartswith=f"http://{host}/")
    )
    for shop in Shop.objects.filter(of_host, installed=True).order_by("pk")[:10]:
        own = _address(shop.api_url)
        hosts = {shop.domain.lower(), own.partition("://")[2].partition("/")[0]}
        if (not domain or domain in hosts) and (not address or address == own):
            return shop
    raise WebhookRefused(401, "The shop that the request names is not installed here.")


def _address(url: str) -> str:
    """Return ``scheme://host[:port]/path`` in one spelling, "" for what is not the address of an API."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        return ""
    standard = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{'' if standard else f':{port}'}/{parts.path.strip('/')}"
