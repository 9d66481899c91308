"""What keeps the app's pages shut in: who may frame them, what they may load, and that nobody keeps them.

Refuses scripts from anywhere but here. No page here reads or sets a cookie, so being framed by a stranger gives the
stranger nothing: what a page shows comes with a token that only the Dashboard has.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from django.http import HttpResponse

#: Where the Dashboard lives, in the environment. Several, parted by commas, where there are several.
DASHBOARD_URL = "DASHBOARD_URL"
#: For a Saleor whose own DASHBOARD_URL names something else.
OWN_DASHBOARD_URL = "MAILFLOW_DASHBOARD_URL"


def frame_ancestors() -> str:
    """Return who may frame the pages: the Dashboard's origins and our own, or every web page where none is set.

    Read anew each time: it is a line in the environment, and costs nothing.
    """
    named = os.environ.get(OWN_DASHBOARD_URL) or os.environ.get(DASHBOARD_URL) or ""
    origins = [origin for one in named.split(",") if (origin := _origin(one.strip()))]
    return " ".join(["'self'", *(origins or ["http:", "https:"])])


def screens(response: HttpResponse) -> HttpResponse:
    """Guard the page of the screens. Scripts, requests and fonts come from here only.

    A preview of a mail is a nested frame with an empty sandbox, which takes this policy over: mails carry their styles
    with them and show pictures of the shop, so both are let in, and nothing of a mail can run.
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data: http: https:; font-src 'self'; frame-src 'self' blob:; base-uri 'none'; "
        "form-action 'self'"
    )
    return _guarded(response, policy)


def widget(response: HttpResponse) -> HttpResponse:
    """Guard a widget: one style, one script, its own form, nothing else."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'"
    )
    return _guarded(response, policy)


def _guarded(response: HttpResponse, policy: str) -> HttpResponse:
    response["Content-Security-Policy"] = f"{policy}; frame-ancestors {frame_ancestors()}"
    # The bridge knows the Dashboard by the referrer of the first load; what we load and link to learns nothing.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response


def _origin(address: str) -> str:
    """Return the origin of a web address, "" for what is none or could end the directive."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return ""
    if any(one in parts.netloc for one in " ;,'\"\\"):
        return ""
    return f"{parts.scheme}://{parts.netloc}"
