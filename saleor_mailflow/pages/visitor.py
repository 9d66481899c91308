"""Who is asking, as far as a page may know: a network address to count by, and the site a form was sent from.

Refuses to store either: what is counted is a keyed hash (``audience.throttle``). A forwarded address is believed only
where the connection itself comes from a private network, which is where a shop's own proxies are.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.http import HttpRequest

from saleor_mailflow.audience.throttle import allowed, throttle_key

#: What one network address may post to a form in a minute.
MOST_A_MINUTE = 60


def network_of(request: HttpRequest) -> str:
    """Return the network that a request comes from: an IPv4 address, or the /64 of an IPv6 one; "" for none.

    Behind proxies of one's own it is the last address of ``X-Forwarded-For`` that is not private, since each proxy adds
    the address it heard from at the end and a client can only write at the beginning.
    """
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if peer is not None and not peer.is_global:
        for text in reversed(request.headers.get("x-forwarded-for", "")[-500:].split(",")):
            found = _address(text)
            if found is None:
                break
            peer = found
            if found.is_global:
                break
    if isinstance(peer, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((peer, 64), strict=False))
    return str(peer or "")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def too_many(request: HttpRequest, shop_id: int, now: datetime) -> bool:
    """Count a post to a shop's forms, and tell whether its network sent more than MOST_A_MINUTE in this minute."""
    key = throttle_key(shop_id, "form", network_of(request))
    return not allowed(key, most=MOST_A_MINUTE, window=timedelta(minutes=1), now=now)


def origin_allowed(request: HttpRequest, origins: tuple[str, ...], link_base: str) -> bool:
    """Tell whether a form may be sent from where it was: the form's ``origins``, our own pages, or no browser at all.

    Browsers name the site in ``Origin`` with every post; programs need not, and are bound by the throttle alone.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return True
    ours = urlsplit(link_base)
    own = {f"{request.scheme}://{request.get_host()}", f"{ours.scheme}://{ours.netloc}"}
    return origin.lower() in {one.lower() for one in (*origins, *own)}
