"""What every page shares: how it is asked for, in which language it answers, and what keeps it private and inert.

Refuses to change anything on GET, to ask for cookies or a login, and to show anybody's address. Says "nothing was
changed" where the database did not answer, and to nobody "done" who is not.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

from saleor_mailflow.exceptions import blame
from saleor_mailflow.messages.formats import choose_language
from saleor_mailflow.messages.links import Link
from saleor_mailflow.messages.render import render_page
from saleor_mailflow.messages.words import LANGUAGES, phrase, words
from saleor_mailflow.models import Message, Shop
from saleor_mailflow.shop.settings import settings_of

logger = logging.getLogger("saleor_mailflow.pages")

View = Callable[..., HttpResponse]

#: An honest form is a few hundred bytes; of anything longer nothing is read.
LONGEST_FORM = 10_000
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def page(*methods: str) -> Callable[[View], View]:
    """Make a view of ours: open to everybody, by these methods only, with a sentence where the database is silent."""

    def door(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @functools.wraps(view)
        def asked(request: HttpRequest, **named: str) -> HttpResponse:
            if request.method not in methods:
                return guarded(HttpResponseNotAllowed(methods))
            try:
                return view(request, **named)
            except DatabaseError as error:
                # The name of the page, never its address: that holds somebody's signed link.
                logger.warning("The page %s failed: %s. Nothing was changed.", view.__name__, blame(error))
                return notice(language_of(request), "trouble", status=503)

        return asked

    return door


def posted(request: HttpRequest) -> QueryDict:
    """Return what a form sent, empty for anything that is no form or too long to be one."""
    nothing = QueryDict()
    length = str(request.META.get("CONTENT_LENGTH") or 0)
    if request.method != "POST" or not length.isdigit() or int(length) > LONGEST_FORM:
        return nothing
    try:
        return request.POST
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError, BadRequest, LookupError, ValueError):
        # The last three: the sender names the encoding, and may name any codec of Python's, such as rot13.
        return nothing


def said(form: QueryDict, key: str) -> str:
    """Return one field of a form, "" where it was not sent."""
    value = form.get(key)
    return value if isinstance(value, str) else ""


def message_of(link: Link | None) -> Message | None:
    """Return the mail that a link came in, where it is still kept and was to this person. One query."""
    if link is None:
        return None
    return (
        Message.objects.filter(uuid=link.message, shop_id=link.shop_id, contact_id=link.contact_id)
        .select_related("contact", "enrollment__basket")
        .first()
    )


def language_of(request: HttpRequest, *wishes: str, message: Message | None = None) -> str:
    """Return the language to answer in: ``wishes``, else the mail's, else the browser's."""
    wanted = list(wishes)
    if message is not None:
        # The language of the mail; where it was not kept, chosen again as it was for the mail.
        basket = message.enrollment.basket
        wanted += [message.language, basket.language if basket is not None else "", message.contact.language]
    wanted += [wish.partition(";")[0] for wish in request.headers.get("accept-language", "")[:200].split(",")]
    return choose_language(*wanted, available=LANGUAGES)


def brand_of(shop_id: int | None) -> str:
    """Return a shop's public name, "" where there is no such shop."""
    shop = Shop.objects.filter(pk=shop_id).first() if shop_id is not None else None
    return settings_of(shop).brand_name if shop is not None else ""


def home_of(storefront_link: str) -> str:
    """Return the front door of the storefront whose cart address is given, "" for none."""
    parts = urlsplit(storefront_link.replace("{token}", "").replace("{checkout}", ""))
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in {"https", "http"} and parts.netloc else ""


def up(request: HttpRequest, parts: int = 2) -> str:
    """Return the relative way from here to where our addresses begin, ``parts`` path parts up.

    Relative, since a link host may serve us below another path than the one we see; the final slash may have been lost.
    """
    return "../" * (parts if request.path.endswith("/") else parts - 1) or "./"


def texts(language: str, page: str, *, brand: str, **values: str) -> dict[str, str]:
    """Return every phrase of a page by the last part of its key, filled in."""
    begin = f"page:{page}:"
    shown = brand or words(language)["our_shop"]
    return {
        key.removeprefix(begin): phrase(language, key, count=None, brand=shown, **values)
        for key in words(language)
        if key.startswith(begin)
    }


def own_name(language: str) -> str:
    """Return what a language calls itself: Deutsch, English."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]


def notice(
    language: str,
    name: str,
    *,
    brand: str = "",
    button: str = "",
    home: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Return a page that says one thing, perhaps with one button (``button`` is its name) and a way home."""
    facts: dict[str, Any] = {
        "button": button,
        "again": button == "again",
        "home": home,
        "note": "",
        "link": "",
        "farewell": None,
        **more,
    }
    return show("notice", language, name, brand=brand, status=status, facts=facts)


def show(
    template: str, language: str, name: str, *, brand: str, facts: Mapping[str, Any], status: int = 200, **values: str
) -> HttpResponse:
    """Return the page ``name`` (its phrases are ``page:<name>:…``) in a template, with its headers."""
    base = {
        "language": language,
        "brand": brand,
        "to_the_shop": words(language)["to_the_shop"],
        "t": texts(language, name, brand=brand, **values),
    }
    return guarded(HttpResponse(render_page(template, {**base, **facts}), status=status))


def guarded(response: HttpResponse) -> HttpResponse:
    """Add what keeps a link private and the page inert: no referrer, no cache, no index, no script, no frame."""
    style = _STYLE.search(response.content.decode())
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() if style else ""
    allowed = f"'sha256-{digest}'" if digest else "'none'"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {allowed}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response["X-Content-Type-Options"] = "nosniff"
    return response
