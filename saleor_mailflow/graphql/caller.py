"""Who is asking, decided from one header. Refuses cookies, and to guess what a token may do.

Inside Saleor the token is Saleor's to judge (``host_tokens``), outside it the shop's own API is asked (``remote``). The
demo has a token of its own, made when it starts, which counts nowhere else.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from saleor_mailflow import host
from saleor_mailflow.graphql.permissions import STAFF, Rule, may
from saleor_mailflow.graphql.remote import seen_by_shop
from saleor_mailflow.host_tokens import Seen, seen_by_saleor
from saleor_mailflow.models import Shop
from saleor_mailflow.pages.visitor import network_of

#: No token of Saleor's is longer; a longer one is not looked at.
LONGEST_TOKEN = 8_000
#: Everything, for the demo's own token.
_DEMO = Seen(actor="demo", permissions=STAFF)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: ``actor`` for the audit ("" for anybody), what they may do, and why their token does not count."""

    actor: str = ""
    permissions: frozenset[str] = frozenset()
    refusal: str = ""

    def may(self, rule: Rule) -> bool:
        """Tell whether they pass a rule of the table."""
        return may(self.permissions, rule)

    @property
    def permitted(self) -> bool:
        """Tell whether they may ask anything that not everybody may."""
        return self.may(STAFF)


ANYBODY = Caller()


def token_of(request: HttpRequest) -> str:
    """Return the token in ``Authorization-Bearer`` or ``Authorization: Bearer|JWT …``, as Saleor reads it; "" for none.

    Cookies are not looked at: the browser sends them with requests that nobody at the shop meant to make.
    """
    direct = str(request.headers.get("authorization-bearer") or "")
    if direct:
        return direct
    scheme, _, rest = str(request.headers.get("authorization") or "").partition(" ")
    return rest.strip() if scheme.upper() in {"BEARER", "JWT"} else ""


def caller_of(request: HttpRequest, shop: Shop) -> Caller:
    """Return who is asking. Never raises for a bad token: such a caller may do what anybody may."""
    token = token_of(request)
    if not token:
        return ANYBODY
    if len(token) > LONGEST_TOKEN:
        return Caller(refusal="invalid")
    seen = _seen(request, shop, token)
    return Caller(actor=seen.actor, permissions=seen.permissions, refusal=seen.refusal)


def _seen(request: HttpRequest, shop: Shop, token: str) -> Seen:
    if host.inside_saleor():
        return seen_by_saleor(request, token)
    demo = str(getattr(settings, "MAILFLOW_DEMO_TOKEN", ""))
    if demo and hmac.compare_digest(demo.encode(), token.encode()):
        return _DEMO
    return seen_by_shop(shop, token, network=network_of(request))
