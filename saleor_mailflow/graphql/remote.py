"""Ask a shop's own API who stands behind a token, where we are not inside it. Remembers an answer for seconds only.

Refuses to keep a token (answers are kept under its hash), to follow redirects, to take more than a little of an answer,
and to be made to ask the shop by strangers more than a few times a minute.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from saleor_mailflow import clock
from saleor_mailflow.audience.throttle import allowed, throttle_key
from saleor_mailflow.host import PLUGIN_ID
from saleor_mailflow.host_tokens import Seen
from saleor_mailflow.models import Shop

logger = logging.getLogger("saleor_mailflow.graphql")

#: For how long an answer counts, in seconds: a yes is asked again before long, a no spares the shop a flood.
KEEP_YES_S, KEEP_NO_S = 30.0, 10.0
#: How many tokens that are not known one network may have asked about in a minute.
MOST_A_MINUTE = 60
CONNECT_S, READ_S = 2.0, 5.0
MAX_ANSWER_BYTES = 64_000
_MOST_KEPT = 1000

_APP = "query MailflowApp { app { id isActive permissions { code } } }"
_STAFF = "query MailflowStaff { me { id isStaff isActive userPermissions { code } } }"
_FRAME = "query MailflowFrame($app: ID!) { me { id isStaff isActive } app(id: $app) { identifier isActive } }"

_INVALID = Seen(refusal="invalid")
_kept: dict[str, tuple[float, Seen]] = {}
_lock = threading.Lock()


class ShopSilent(Exception):
    """The shop did not answer, or not what was asked."""


def seen_by_shop(shop: Shop, token: str, *, network: str) -> Seen:
    """Return who ``token`` speaks for, as the shop's own API says now or said seconds ago.

    A frame token of the Dashboard must name our own App (the shop says which identifier that App has) and is decided by
    its ``user_permissions``, whose truth the shop has just confirmed by taking the token. One request at most, of a few
    seconds at most; none for what is no token of Saleor's, or where ``network`` has asked too often.
    """
    key = hashlib.sha256(f"{shop.pk} {token}".encode()).hexdigest()
    now = time.monotonic()
    with _lock:
        held = _kept.get(key)
    if held is not None and now < held[0]:
        return held[1]
    claims = _claims(token)
    if not claims and not (len(token) == 30 and token.isalnum()):
        return _INVALID
    if claims and _over(claims):
        return Seen(refusal="expired")
    if not allowed(
        throttle_key(shop.pk, "token", network), most=MOST_A_MINUTE, window=timedelta(minutes=1), now=clock.now()
    ):
        return Seen(refusal="busy")
    try:
        seen = _asked(shop, token, claims)
    except ShopSilent as error:
        logger.warning("The shop %s could not be asked about a token: %s.", shop.domain, error)
        return Seen(refusal="unreachable")
    _keep(key, seen, until=now + (KEEP_NO_S if seen.refusal else min(KEEP_YES_S, _left(claims))))
    return seen


def forget() -> None:
    """Forget every kept answer. For tests."""
    with _lock:
        _kept.clear()


def _asked(shop: Shop, token: str, claims: Mapping[str, Any]) -> Seen:
    if not claims:
        app = _ask(shop, token, _APP, {}).get("app") or {}
        if not app.get("isActive"):
            return _INVALID
        return Seen(actor=f"app:{_pk(app.get('id'))}", permissions=_codes(app.get("permissions")))
    framed = claims.get("type") == "thirdparty"
    said = _ask(shop, token, _FRAME, {"app": str(claims.get("app") or "")}) if framed else _ask(shop, token, _STAFF, {})
    me = said.get("me") or {}
    if not me:
        return _INVALID
    if framed:
        app = said.get("app") or {}
        if app.get("identifier") != PLUGIN_ID or not app.get("isActive"):
            return Seen(refusal="other_app")
    if not me.get("isStaff") or not me.get("isActive"):
        return Seen(refusal="not_staff")
    held = claims.get("user_permissions")
    codes = (
        frozenset(str(code) for code in held)
        if framed and isinstance(held, list)
        else _codes(me.get("userPermissions"))
    )
    return Seen(actor=f"staff:{_pk(me.get('id'))}", permissions=codes)


def _ask(shop: Shop, token: str, query: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the ``data`` of the shop's answer, {} where it has none. Raises ShopSilent."""
    try:
        with requests.post(
            shop.api_url,
            json={"query": query, "variables": dict(variables)},
            headers={"Authorization-Bearer": token, "Accept-Encoding": "identity"},
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,
            stream=True,
        ) as answer:
            # Saleor answers 200 or 400 with JSON; anything else is no word about the token.
            if answer.status_code not in {200, 400, 401, 403}:
                raise ShopSilent(f"it answered with status {answer.status_code}")
            body = answer.raw.read(MAX_ANSWER_BYTES + 1, decode_content=False)
        found = json.loads(body) if len(body) <= MAX_ANSWER_BYTES else None
    except (requests.RequestException, HTTPError, OSError) as error:
        raise ShopSilent(f"asking failed with {type(error).__name__}") from error
    except (ValueError, RecursionError) as error:
        raise ShopSilent("its answer is not JSON") from error
    if not isinstance(found, dict):
        raise ShopSilent("its answer is too large, or no object")
    data = found.get("data")
    return data if isinstance(data, dict) else {}


def _claims(token: str) -> dict[str, Any]:
    """Return what a JWT says of itself, unverified; {} for anything else. The shop verifies it."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _over(claims: Mapping[str, Any]) -> bool:
    return _left(claims) <= 0


def _left(claims: Mapping[str, Any]) -> float:
    """Return for how many seconds a token still counts; one that does not say is not kept at all beyond a yes."""
    expires = claims.get("exp")
    return float(expires) - time.time() if isinstance(expires, int | float) else KEEP_YES_S


def _keep(key: str, seen: Seen, *, until: float) -> None:
    with _lock:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = (until, seen)


def _codes(rows: object) -> frozenset[str]:
    found = rows if isinstance(rows, list) else []
    return frozenset(str(row.get("code")) for row in found if isinstance(row, dict))


def _pk(global_id: object) -> str:
    """Return the number in a global id, such as 7 of ``User:7`` in base64; "?" for what is none."""
    try:
        return base64.b64decode(str(global_id), validate=True).decode().partition(":")[2][:20] or "?"
    except (binascii.Error, UnicodeDecodeError):
        return "?"
