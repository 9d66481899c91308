"""Check that a webhook was signed by an installed shop, on the bytes as they arrived. Refuses everything else.

Nothing in the headers is believed but which installed shop's keys to try: the signature covers the body only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.db.models import Q
from django.db.models.expressions import RawSQL

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.models import Shop
from saleor_mailflow.webhooks.keys import KeyFetcher, fetch_key_set, key_for
from saleor_mailflow.webhooks.signature import Signature, fits, read_signature

_HOST = re.compile(r"[a-z0-9.\-\[\]:]{1,255}")


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A webhook that an installed shop signed. ``event_name`` is its unsigned header, "" where there is none."""

    shop: Shop
    event_name: str


@dataclass(frozen=True, kw_only=True)
class Recalled:
    """A webhook signed with a key that the shop had when its row was ``row`` (a version, not an id).

    Good for one thing: to be recorded by a statement that finds the row unchanged and installed (``record_if``).
    """

    shop_id: int
    row: str
    event_name: str


class _Said(NamedTuple):
    """What the headers of a webhook say, none of it signed."""

    domain: str
    api_url: str
    event_name: str
    signature: Signature


#: The headers that are looked at, each with its deprecated twin.
_SIGNATURE, _DOMAIN, _API_URL, _EVENT = (
    (f"saleor-{name}", f"x-saleor-{name}") for name in ("signature", "domain", "api-url", "event")
)
HEADERS = (*_SIGNATURE, *_DOMAIN, *_API_URL, *_EVENT)

#: Who signed before: (domain, api_url, kid) as headers said it -> (shop id, version of its row, key). A guess that
#: spares a query, never a truth: what is recalled counts only where the database finds the row unchanged.
_seen: dict[tuple[str, str, str], tuple[int, str, RSAPublicKey]] = {}
_SEEN_AT_MOST = 1000


def verify(headers: Mapping[str, str], raw: bytes, *, now: datetime, fetch: KeyFetcher = fetch_key_set) -> Verified:
    """Return who signed ``raw``, the body's bytes as received. ``headers`` are found in any letter case.

    Raises WebhookRefused: 401 where the webhook is not an installed shop's, 503 where its keys cannot be fetched.
    Raises django.db.Error where the database is away.
    """
    said = _read(headers)
    shop, row = _installed_shop(said.domain.lower(), said.api_url)
    key = key_for(shop, said.signature.kid, now=now, fetch=fetch)
    if not fits(said.signature, raw, key):
        raise WebhookRefused(
            401, "The signature does not fit the body. Send the body byte for byte as the shop signed it."
        )
    if len(_seen) >= _SEEN_AT_MOST:
        _seen.clear()
    _seen[said.domain, said.api_url, said.signature.kid] = shop.pk, row, key
    return Verified(shop=shop, event_name=said.event_name)


def recall(headers: Mapping[str, str], raw: bytes) -> Recalled | None:
    """Return who signed ``raw`` if ``verify`` found the same before, without asking the database; None to ask it.

    Raises WebhookRefused (401) for a signature that no key could ever fit.
    """
    said = _read(headers)
    seen = _seen.get((said.domain, said.api_url, said.signature.kid))
    if seen is None or not fits(said.signature, raw, seen[2]):
        return None
    return Recalled(shop_id=seen[0], row=seen[1], event_name=said.event_name)


def _read(headers: Mapping[str, str]) -> _Said:
    found = {name.lower(): value.strip() for name, value in headers.items()}
    return _Said(
        signature=read_signature(_header(found, *_SIGNATURE)),
        domain=_header(found, *_DOMAIN),
        api_url=_header(found, *_API_URL),
        event_name=_header(found, *_EVENT),
    )


def _header(found: Mapping[str, str], name: str, deprecated: str) -> str:
    """Return a header, or its deprecated twin with ``x-`` before it; refuse two that disagree."""
    value, twin = found.get(name, ""), found.get(deprecated, "")
    if value and twin and value != twin:
        raise WebhookRefused(401, f"The headers {name} and {deprecated} disagree. Send one, or the same in both.")
    return value or twin


def _installed_shop(domain: str, api_url: str) -> tuple[Shop, str]:
    """Return the one installed shop that every address in the headers names, and the version of its row."""
    address = _address(api_url)
    host = domain or address.partition("://")[2].partition("/")[0]
    if not _HOST.fullmatch(host) or (api_url and not address):
        raise WebhookRefused(401, "The request does not say which shop sent it (Saleor-Domain, Saleor-Api-Url).")
    of_host = (
        Q(domain__iexact=host) | Q(api_url__istartswith=f"https://{host}/") | Q(api_url__istartswith=f"http://{host}/")
    )
    # PostgreSQL gives a row a new xmin with every change (System Columns, 5.5 in its manual).
    versioned = Shop.objects.annotate(row=RawSQL("mailflow_shop.xmin::text", []))
    for shop in versioned.filter(of_host, installed=True).order_by("pk")[:10]:
        own = _address(shop.api_url)
        hosts = {shop.domain.lower(), own.partition("://")[2].partition("/")[0]}
        if (not domain or domain in hosts) and (not address or address == own):
            return shop, shop.row
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
