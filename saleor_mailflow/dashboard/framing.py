"""Look at our screens as a browser gets them: whether a proxy on the way forbids the Dashboard to show them.

Refuses to follow redirects and to read more than headers. For the command line only: a server that asked itself over
HTTP while it answers would wait for itself.
"""

from __future__ import annotations

import re

import requests

from saleor_mailflow.host_dashboard import app_address
from saleor_mailflow.process.doctor import Finding, Grade

CONNECT_S, READ_S = 3.0, 5.0
_CHECK = "Dashboard frame"


def framing_findings() -> list[Finding]:
    """Return what a look at the screens came to, nothing outside Saleor. One request to the shop's own address."""
    address = app_address()
    return [look(address)] if address else []


def look(address: str) -> Finding:
    """Return whether the page at ``address`` may be shown in the Dashboard's frame. Never raises."""
    try:
        with requests.get(address, timeout=(CONNECT_S, READ_S), allow_redirects=False, stream=True) as answer:
            status, headers = answer.status_code, answer.headers
    except requests.RequestException as error:
        text = f"{address} could not be looked at from here ({type(error).__name__}): open it in a browser."
        return Finding(check=_CHECK, grade=Grade.HINT, text=text)
    if status != 200:
        text = (
            f"{address} answers {status}: is PUBLIC_URL how browsers reach this Saleor, and does its proxy pass it on?"
        )
        return Finding(check=_CHECK, grade=Grade.BROKEN, text=text)
    told = headers.get("X-Frame-Options", "")
    if told:
        text = (
            f"A proxy adds X-Frame-Options: {told[:40]}, so the Dashboard shows an empty frame. Take it off {address}."
        )
        return Finding(check=_CHECK, grade=Grade.BROKEN, text=text)
    # Ours says it once; every further one makes it narrower.
    if len(re.findall(r"frame-ancestors", headers.get("Content-Security-Policy", ""))) != 1:
        text = (
            f"A proxy changes Content-Security-Policy of {address}: browsers keep to the narrower of both. Take it off."
        )
        return Finding(check=_CHECK, grade=Grade.HINT, text=text)
    return Finding(check=_CHECK, grade=Grade.FINE, text=f"The Dashboard may show {address}.")
