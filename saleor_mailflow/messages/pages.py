"""The pages behind our links: stop the mail, and back to the cart. They work while the plugin is switched off.

Refuses to change anything on GET, to ask for cookies or a login, to show anybody's address, and to send people anywhere
but to the merchant's own storefront.

How unsubscribing can fail, and who is hurt: the database does not answer (the page says so and asks to try again, the
provider gets a 503 and tries again; nobody is told "done" who is not); the link is mangled (the page looks the same, so
that nobody can find out who is a contact, and says what to do if mail still comes).
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

from saleor_mailflow import clock
from saleor_mailflow.audience.suppression import suppress, unsuppress
from saleor_mailflow.exceptions import blame
from saleor_mailflow.messages.formats import choose_language
from saleor_mailflow.messages.links import Link, LinkKind, claimed_shop, read
from saleor_mailflow.messages.render import render_page
from saleor_mailflow.messages.words import LANGUAGES, phrase, words
from saleor_mailflow.models import Basket, Contact, Message, Purchase, Shop, Suppression
from saleor_mailflow.shop.settings import settings_of

logger = logging.getLogger("saleor_mailflow.pages")

#: An honest form is a few dozen bytes; of anything longer nothing is read.
_LONGEST_FORM = 10_000
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@csrf_exempt
@login_not_required
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask (GET), stop the mail (POST), or take that back (POST with ``again``). RFC 8058 §3.2.

    The POST needs no cookie and no particular body, answers 200 without a redirect, may be repeated, and answers the
    same for a token that is unknown.
    """
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    form = _form(request)
    try:
        link = read(token, LinkKind.UNSUBSCRIBE, clock.now())
        message = _message(link)
        if request.method == "POST" and link is not None:
            _stop(link, message, again="again" in form)
        if "List-Unsubscribe" in form:
            return _guarded(HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8"))
        language = _language(request, message)
        brand = _brand(claimed_shop(token))
    except DatabaseError as error:
        logger.warning("Unsubscribing failed: %s. Nothing was changed.", blame(error))
        return _page(_language(request, None), "trouble", status=503)
    if request.method != "POST":
        return _page(language, "unsubscribe", brand=brand, button="unsubscribe")
    if "again" in form:
        return _page(language, "again", brand=brand)
    return _page(language, "done", brand=brand, button="again")


@csrf_exempt
@login_not_required
def restore(request: HttpRequest, token: str) -> HttpResponseBase:
    """Lead back to the cart in the channel's storefront, or say in the person's language why that is not possible."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        link = read(token, LinkKind.RESTORE, clock.now())
        message = _message(link)
        language = _language(request, message)
        if link is None:
            return _page(language, "mangled", status=404)
        basket = message.enrollment.basket if message is not None else None
        shop = Shop.objects.get(pk=link.shop_id)
        bought = basket is not None and (
            basket.state == Basket.State.CONVERTED
            or Purchase.objects.filter(shop_id=shop.pk, token=basket.token, counts=True).exists()
        )
        settings = settings_of(shop)
        template = settings.storefront_link(basket.channel if basket is not None else "")
    except DatabaseError as error:
        logger.warning("A cart could not be looked up: %s.", blame(error))
        return _page(_language(request, None), "trouble", status=503)
    brand, home = settings.brand_name, _home(template)
    if bought:
        return _page(language, "bought", brand=brand, home=home)
    if link.expired:
        return _page(language, "expired", brand=brand, home=home, status=410)
    if basket is None or basket.state != Basket.State.OPEN:
        return _page(language, "gone", brand=brand, home=home, status=410)
    if not template:
        return _page(language, "closed", brand=brand, status=404)
    checkout = base64.b64encode(f"Checkout:{basket.token}".encode()).decode()
    target = template.replace("{token}", quote(basket.token, safe="")).replace("{checkout}", quote(checkout, safe=""))
    return _guarded(HttpResponseRedirect(target))


def _stop(link: Link, message: Message | None, *, again: bool) -> None:
    contact = Contact.objects.filter(pk=link.contact_id, shop_id=link.shop_id, erased_at=None).first()
    if contact is None:
        # Erased: there is no address left that mail could go to.
        return
    entity = message.entity if message is not None else ""
    with transaction.atomic():
        if again:
            unsuppress(shop_id=link.shop_id, email=contact.email, entity=entity)
        else:
            suppress(
                shop_id=link.shop_id,
                email=contact.email,
                entity=entity,
                reason=Suppression.Reason.UNSUBSCRIBED,
                at=clock.now(),
                detail=f"by the link in message {link.message}",
            )


def _form(request: HttpRequest) -> Mapping[str, object]:
    length = str(request.META.get("CONTENT_LENGTH") or 0)
    if request.method != "POST" or not length.isdigit() or int(length) > _LONGEST_FORM:
        return {}
    try:
        return request.POST
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        # Whoever posts here wants no more mail, however badly it is put.
        return {}


def _message(link: Link | None) -> Message | None:
    if link is None:
        return None
    return (
        Message.objects.filter(uuid=link.message, shop_id=link.shop_id, contact_id=link.contact_id)
        .select_related("contact", "enrollment__basket")
        .first()
    )


def _language(request: HttpRequest, message: Message | None) -> str:
    wishes = []
    if message is not None:
        # The language of the mail; where it was not kept, chosen again as it was for the mail.
        basket = message.enrollment.basket
        wishes = [message.language, basket.language if basket is not None else "", message.contact.language]
    wishes += [wish.partition(";")[0] for wish in request.headers.get("accept-language", "")[:200].split(",")]
    return choose_language(*wishes, available=LANGUAGES)


def _brand(shop_id: int | None) -> str:
    shop = Shop.objects.filter(pk=shop_id).first() if shop_id is not None else None
    return settings_of(shop).brand_name if shop is not None else ""


def _home(template: str) -> str:
    parts = urlsplit(template.replace("{token}", "").replace("{checkout}", ""))
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""


def _page(
    language: str, name: str, *, brand: str = "", button: str = "", home: str = "", status: int = 200
) -> HttpResponse:
    facts = {
        "language": language,
        "title": phrase(language, f"page:{name}:title"),
        "text": phrase(language, f"page:{name}:text", brand=brand or words(language)["our_shop"]),
        "brand": brand,
        "home": home,
        "to_the_shop": words(language)["to_the_shop"],
        "button": button,
        "label": words(language)[f"page:{name}:button"] if button else "",
    }
    return _guarded(HttpResponse(render_page("notice", facts), status=status))


def _guarded(response: HttpResponse) -> HttpResponse:
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
