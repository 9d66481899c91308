"""The shop's public keys: kept in our database, asked for again when a webhook names a key we do not know.

Refuses to ask a shop more than once a minute, however many forged key ids arrive in however many processes at once; to
follow redirects; and to hold a lock on any row while it waits for an answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.db.models import Q
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from urllib3.exceptions import HTTPError

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.models import Shop
from saleor_mailflow.webhooks.body import UNSTORABLE

#: How to get a key set: the shop's API address in, the parsed JSON out. Raises KeySetUnavailable.
KeyFetcher = Callable[[str], Mapping[str, object]]

ASK_AGAIN_AFTER = timedelta(minutes=1)
#: Seconds to connect, to wait for the next bytes, and for the whole answer.
CONNECT_S, READ_S, ANSWER_S = 2.0, 3.0, 5.0
MAX_KEY_SET_BYTES = 64_000
#: How long a request waits for the answer that another one is already asking for, in seconds.
OTHERS_WAIT_S = 2.0
MIN_KEY_BITS = 2048

# The members of a public RSA key (RFC 7517, 4; RFC 7518, 6.3.1).
_KEPT = ("kty", "kid", "use", "alg", "n", "e")
#: A member beside ``keys`` (RFC 7517, 5: others are ignored) that says how the last asking went.
_STATE = "mailflow_asked"


class KeySetUnavailable(Exception):
    """The shop's key set could not be fetched; the text is half a sentence that says why."""


def key_for(shop: Shop, kid: str, *, now: datetime, fetch: KeyFetcher) -> RSAPublicKey:
    """Return the shop's public key named ``kid``, asking the shop for its key set where it is not known.

    Asks at most once in ``ASK_AGAIN_AFTER``, guarded by one conditional update. Raises WebhookRefused: 401 where the
    shop says that there is no such key, 503 where the shop could not be asked (Saleor then tries again).
    """
    found = _find(shop.jwks, kid)
    if found is not None:
        return found
    if _may_ask(shop, now):
        _ask(shop, fetch)
    else:
        _wait_for_the_one_who_asks(shop)
    found = _find(shop.jwks, kid)
    if found is not None:
        return found
    if shop.jwks.get(_STATE) in {"asking", "failed"}:
        raise WebhookRefused(
            503, "The shop's key set cannot be fetched now, so the signature cannot be checked. Try again in a minute."
        )
    raise WebhookRefused(
        401, f"The signature names the key {kid[:100]!r}, which is not in the shop's key set. Sign with the shop's key."
    )


def fetch_key_set(api_url: str) -> Mapping[str, object]:
    """Return the JSON at ``/.well-known/jwks.json`` of the origin of ``api_url``. Raises KeySetUnavailable.

    Follows no redirect, reads at most ``MAX_KEY_SET_BYTES`` and waits at most ``ANSWER_S`` seconds (plus one read).
    """
    parts = urlsplit(api_url)
    deadline = time.monotonic() + ANSWER_S
    body = b""
    try:
        with requests.get(
            f"{parts.scheme}://{parts.netloc}/.well-known/jwks.json",
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,
            stream=True,
            # Compressed, a few bytes could unfold to many.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        ) as answer:
            if answer.status_code != 200:  # a redirect too: only the shop's own address is asked
                raise KeySetUnavailable(f"it answered with status {answer.status_code}")
            # Byte by byte (out of a buffer): a longer read would wait for all of it, past the deadline.
            while chunk := answer.raw.read(1, decode_content=False):
                body += chunk
                if len(body) > MAX_KEY_SET_BYTES:
                    raise KeySetUnavailable(f"its key set is larger than {MAX_KEY_SET_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise KeySetUnavailable(f"it took longer than {ANSWER_S:.0f} seconds")
        found = json.loads(body)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise KeySetUnavailable(f"asking failed with {type(error).__name__}") from error
    except (ValueError, RecursionError) as error:
        raise KeySetUnavailable("its key set is not JSON") from error
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise KeySetUnavailable("its key set has no list of keys")
    return {"keys": found["keys"]}


def _find(key_set: Mapping[str, object], kid: str) -> RSAPublicKey | None:
    for entry in _objects(key_set.get("keys")):
        if entry.get("kid") != kid:
            continue
        if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
            continue
        try:
            key = PyJWK({name: entry.get(name) for name in ("kty", "n", "e")}, algorithm="RS256").key
        except (PyJWTError, ValueError, TypeError, AttributeError):
            # A key that cannot be read verifies nothing; another with the same id may.
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= MIN_KEY_BITS:
            return key
    return None


def _may_ask(shop: Shop, now: datetime) -> bool:
    """Claim the right to ask: true for one request a minute, whatever the number of processes."""
    long_ago = Q(jwks_fetched_at__isnull=True) | Q(jwks_fetched_at__lte=now - ASK_AGAIN_AFTER)
    # A time from the future (the clock was set back) must not lock the door for ever.
    claimed = Shop.objects.filter(long_ago | Q(jwks_fetched_at__gt=now + ASK_AGAIN_AFTER), pk=shop.pk).update(
        jwks_fetched_at=now, jwks={**shop.jwks, _STATE: "asking"}
    )
    return bool(claimed)


def _ask(shop: Shop, fetch: KeyFetcher) -> None:
    try:
        shop.jwks = {"keys": _public(fetch(shop.api_url).get("keys")), _STATE: "answered"}
    except KeySetUnavailable:
        # The keys we hold stay good; the state makes the caller answer 503 and not 401.
        shop.jwks = {**shop.jwks, _STATE: "failed"}
    Shop.objects.filter(pk=shop.pk).update(jwks=shop.jwks)


def _public(entries: object) -> list[dict[str, str]]:
    """Return the keys of a set with what is needed of them, without any that the database could not hold."""
    # So no private part of a key is kept that a shop gives out by mistake, and no entry spoils the others.
    found = [{name: entry[name] for name in _KEPT if name in entry} for entry in _objects(entries)]
    return [one for one in found if all(isinstance(text, str) and not UNSTORABLE.search(text) for text in one.values())]


def _objects(entries: object) -> list[dict[str, str]]:
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _wait_for_the_one_who_asks(shop: Shop) -> None:
    deadline = time.monotonic() + OTHERS_WAIT_S
    while True:
        shop.refresh_from_db(fields=["jwks"])
        if shop.jwks.get(_STATE) != "asking" or time.monotonic() > deadline:
            return
        time.sleep(0.05)
