"""Ask the Saleor we live inside who stands behind a token: staff, an app, or the Dashboard's frame with our own App.

Refuses cookies, tokens of other apps' frames, and to take any word of a token that Saleor itself did not verify.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from saleor_mailflow.host import PLUGIN_ID

#: How long an app's token is in Saleor; everything else is a JWT.
_APP_TOKEN_LENGTH = 30


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Who a token speaks for. ``actor`` is as the audit writes it, such as ``staff:7``; "" where it speaks for nobody.

    ``refusal`` is ``expired``, ``invalid``, ``other_app`` or ``not_staff`` where the token gives no rights here.
    """

    actor: str = ""
    permissions: frozenset[str] = frozenset()
    refusal: str = ""


def seen_by_saleor(request: HttpRequest, token: str) -> Seen:
    """Return who ``token``, the one that the request's headers carry, speaks for and what they may do.

    Permissions are Saleor's codes, such as ``MANAGE_ORDERS``. Third-party tokens (the Dashboard's frame) must name our
    own App and are decided by their ``user_permissions``. Saleor reads the header itself: a request in which it finds
    another token than the caller of this did is refused. A few queries.
    """
    from jwt import ExpiredSignatureError, PyJWTError
    from saleor.core.auth import get_token_from_request

    if get_token_from_request(request) != token:
        return Seen(refusal="invalid")
    if len(token) == _APP_TOKEN_LENGTH:
        return _app(request)
    try:
        return _user(request, token)
    except ExpiredSignatureError:
        return Seen(refusal="expired")
    except PyJWTError:
        return Seen(refusal="invalid")


def own_app_ids() -> frozenset[str]:
    """Return the global ids of our own App in this Saleor (``identifier`` is the plugin's id). One query."""
    from saleor.app.models import App

    rows = App.objects.filter(identifier=PLUGIN_ID, is_active=True, removed_at=None).values_list("pk", flat=True)
    return frozenset(base64.b64encode(f"App:{pk}".encode()).decode() for pk in rows)


def _app(request: HttpRequest) -> Seen:
    from saleor.graphql.app.dataloaders.utils import get_app_promise
    from saleor.graphql.context import get_context_value

    app = get_app_promise(get_context_value(request)).get()
    if app is None or not app.is_active:
        return Seen(refusal="invalid")
    return Seen(actor=f"app:{app.pk}", permissions=_codes(app.permissions.all()))


def _user(request: HttpRequest, token: str) -> Seen:
    from saleor.core.jwt import JWT_THIRDPARTY_ACCESS_TYPE, is_saleor_token, jwt_decode
    from saleor.graphql.context import get_context_value

    claims: dict[str, Any] = jwt_decode(token) if is_saleor_token(token) else {}
    framed = claims.get("type") == JWT_THIRDPARTY_ACCESS_TYPE
    if framed and claims.get("app") not in own_app_ids():
        return Seen(refusal="other_app")
    # Saleor looks at the account: still there, active, and not signed out everywhere since.
    user = get_context_value(request).user
    if not user:
        return Seen(refusal="invalid")
    if not user.is_active or not user.is_staff or (framed and claims.get("is_staff") is not True):
        return Seen(refusal="not_staff")
    held = claims.get("user_permissions") if framed else None
    codes = frozenset(str(code) for code in held or ()) if framed else _codes(user.effective_permissions)
    return Seen(actor=f"staff:{user.pk}", permissions=codes)


def _codes(permissions: Any) -> frozenset[str]:
    """Return Saleor's permission rows as the codes of its API: ``manage_orders`` is ``MANAGE_ORDERS``."""
    return frozenset(str(codename).upper() for codename in permissions.values_list("codename", flat=True))
