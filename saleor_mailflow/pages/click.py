"""Where a link of a mail leads, and the picture that says a mail was opened.

Refuses to lead anywhere but where the link led when the mail was made, to let anybody wait or fail because a click
could not be recorded, and to change anything for HEAD, for a browser that only looks ahead, or for a forged link.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from saleor_mailflow import clock, conf
from saleor_mailflow.audience.delivery import Kind
from saleor_mailflow.audience.touches import record_touch
from saleor_mailflow.exceptions import blame
from saleor_mailflow.messages.links import Link, LinkKind, read
from saleor_mailflow.messages.tracking import is_plain
from saleor_mailflow.models import Message, Shop
from saleor_mailflow.pages.guard import guarded, home_of, language_of, notice, page
from saleor_mailflow.pages.visitor import network_of
from saleor_mailflow.shop.settings import settings_of

logger = logging.getLogger("saleor_mailflow.pages")

#: One transparent point (GIF 89a).
_POINT = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


@page("GET", "HEAD")
def click(request: HttpRequest, token: str) -> HttpResponse:
    """Lead where a link of a mail leads; where that is not kept any more, to the shop's front door."""
    now = clock.now()
    link = read(token, LinkKind.CLICK, now)
    if link is None:
        return notice(language_of(request), "mangled", status=404)
    message_id, links = _message(link)
    target = str(links[link.number]) if link.number < len(links) else ""
    if not is_plain(target):
        target = _front_door(link.shop_id)
    if message_id is not None:
        remember(request, link, message_id, Kind.CLICKED, now, number=link.number)
    if not target:
        return notice(language_of(request), "closed", status=404)
    return guarded(HttpResponseRedirect(target))


@page("GET", "HEAD")
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with one transparent point, the same for a token that nobody signed."""
    now = clock.now()
    link = read(token, LinkKind.OPEN, now)
    message_id = _message(link)[0] if link is not None else None
    if link is not None and message_id is not None:
        remember(request, link, message_id, Kind.OPENED, now)
    answer = HttpResponse(_POINT, content_type="image/gif")
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def remember(
    request: HttpRequest,
    link: Link,
    message_id: int,
    kind: Kind,
    now: datetime,
    *,
    number: int | None = None,
    way: str = "",
) -> None:
    """Record who asked, where that says something; whatever happens, the answer is not the worse for it."""
    ahead = any("prefetch" in request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    # A mail that was redirected says nothing of whom it was meant for.
    if request.method != "GET" or ahead or conf.redirect_to():
        return
    try:
        record_touch(
            shop_id=link.shop_id,
            message_id=message_id,
            contact_id=link.contact_id,
            kind=kind,
            agent=request.headers.get("user-agent", "")[:500],
            network=network_of(request),
            now=now,
            link=number,
            way=way,
        )
    except DatabaseError as error:
        logger.warning("A %s was not recorded: %s. The person went on.", kind.value, blame(error))


def _message(link: Link) -> tuple[int | None, list[str]]:
    rows = Message.objects.filter(uuid=link.message, shop_id=link.shop_id, contact_id=link.contact_id)
    return rows.values_list("id", "links").first() or (None, [])


def _front_door(shop_id: int) -> str:
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        return ""
    settings = settings_of(shop)
    return home_of(settings.storefront_link("") or next(iter(settings.storefront_links.values()), ""))
