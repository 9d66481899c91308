"""Who opens a widget: the Dashboard posts a form with the token of our own App's frame, and that is all that counts.

Refuses cookies, tokens of other frames and of people signed in elsewhere, and to say more than a sentence to strangers.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, QueryDict

from saleor_mailflow import clock, host
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.graphql.caller import LONGEST_TOKEN, Caller, caller_of
from saleor_mailflow.graphql.permissions import Rule
from saleor_mailflow.models import Shop
from saleor_mailflow.pages.guard import posted, said
from saleor_mailflow.shop.connect import the_shop

#: Headers by which a browser could speak for somebody without their doing anything.
_UNASKED = frozenset({"HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION_BEARER"})
_RELOAD = "This page was open for too long. Reload it."
_REFUSALS: Mapping[str, str] = {
    "expired": _RELOAD,
    "invalid": "The Dashboard's token was not issued by this shop, or counts no longer. Reload the page.",
    "other_app": "This token was made for another app's frame, not for Mailflow's.",
    "not_staff": "Only staff of the shop see this.",
    "busy": "Too many unknown tokens came from this network. Wait a minute.",
    "unreachable": "The shop could not be asked who you are. Try again in a moment.",
}


class Stranger(Exception):
    """Whoever asks may not see this; the text is a sentence for them."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One look at a widget by somebody who may: the form is what the Dashboard, or our own button, posted."""

    shop: Shop
    caller: Caller
    form: QueryDict
    token: str
    now: datetime


def let_in(request: HttpRequest, rule: Rule) -> Visit:
    """Return who opens a widget that asks ``rule`` of them. Raises Stranger with the sentence to show."""
    form = posted(request)
    token = said(form, "accessToken")
    if not token or len(token) > LONGEST_TOKEN:
        raise Stranger("This is shown inside the Saleor Dashboard.")
    if not (_framed(token) or _demo(token)):
        raise Stranger(_REFUSALS["other_app"])
    shop = _shop(said(form, "saleorApiUrl"))
    caller = caller_of(_asking(request, token), shop)
    if not caller.may(rule):
        wanted = " or ".join(sorted(rule or ()))
        raise Stranger(_REFUSALS.get(caller.refusal) or f"To see this you need the permission {wanted}.")
    return Visit(shop=shop, caller=caller, form=form, token=token, now=clock.now())


def _asking(request: HttpRequest, token: str) -> HttpRequest:
    """Return a request that carries the posted token where tokens are looked for, and nothing else of anybody's."""
    asking = HttpRequest()
    asking.method, asking.path, asking.path_info = request.method, request.path, request.path_info
    asking.META = {name: value for name, value in request.META.items() if name not in _UNASKED}
    asking.META["HTTP_AUTHORIZATION_BEARER"] = token
    return asking


def _framed(token: str) -> bool:
    """Tell whether a token says of itself that it is a frame's. That it is true is verified when it is asked about."""
    parts = token.split(".")
    if len(parts) != 3:
        return False
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and claims.get("type") == "thirdparty"


def _demo(token: str) -> bool:
    own = str(getattr(settings, "MAILFLOW_DEMO_TOKEN", ""))
    return bool(own) and not host.inside_saleor() and hmac.compare_digest(own.encode(), token.encode())


def _shop(api_url: str) -> Shop:
    """Return the shop whose Dashboard asks: the only one, else the one that it names."""
    named = Shop.objects.filter(api_url=api_url, installed=True).first() if api_url else None
    if named is not None:
        return named
    try:
        return the_shop()
    except ConfigurationError:
        # Which shops there are is nobody's business here.
        raise Stranger("This shop is not connected to Mailflow.") from None
