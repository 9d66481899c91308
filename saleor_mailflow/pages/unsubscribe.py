"""Stop the mail: the page behind the link in every marketing mail, and the RFC 8058 endpoint at the same address.

Refuses to change anything on GET, to make leaving depend on an answer, and to show whether an address is known.

How unsubscribing can fail, and who is hurt: the database does not answer (the page says so and asks to try again, the
provider gets a 503 and tries again; nobody is told "done" who is not); the link is mangled (the page looks the same, so
that nobody can find out who is a contact, and says what to do if mail still comes).
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict

from saleor_mailflow import clock
from saleor_mailflow.audience import leaving
from saleor_mailflow.audience.leaving import UNSUBSCRIBE_LINK
from saleor_mailflow.messages.links import Link, LinkKind, claimed_shop, read
from saleor_mailflow.messages.words import words
from saleor_mailflow.models import Contact, Farewell, Frequency, Message
from saleor_mailflow.pages.guard import brand_of, guarded, language_of, message_of, notice, page, posted, said

#: What the page after leaving offers instead.
LESS = (Frequency.WEEKLY.value, Frequency.MONTHLY.value)


@page("GET", "HEAD", "POST")
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask (GET), stop the mail (POST), or take that back (POST with ``again`` or ``less``). RFC 8058 §3.2.

    The POST needs no cookie and no particular body, answers 200 without a redirect, may be repeated, and answers the
    same for a token that is unknown.
    """
    form = posted(request)
    link = read(token, LinkKind.UNSUBSCRIBE, clock.now())
    message = message_of(link)
    less = said(form, "less") if said(form, "less") in LESS else ""
    if request.method == "POST" and link is not None:
        _act(link, message, form, less=less)
    if "List-Unsubscribe" in form:
        return guarded(HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8"))
    language = language_of(request, message=message)
    brand = brand_of(claimed_shop(token))
    if request.method != "POST":
        return notice(language, "unsubscribe", brand=brand, button="unsubscribe")
    if "again" in form:
        return notice(language, "again", brand=brand)
    if less:
        return notice(language, f"less_{less}", brand=brand)
    if said(form, "reason") in Farewell.Reason.values:
        return notice(language, "thanks", brand=brand)
    return notice(language, "done", brand=brand, button="again", farewell=farewell(language))


def farewell(language: str, *, less: bool = True) -> Mapping[str, object]:
    """Return what the page after leaving asks and offers, each a button of its own."""
    known = words(language)
    return {
        "title": known["farewell:title"],
        "reasons": [{"key": reason, "label": known[f"farewell:{reason}"]} for reason in Farewell.Reason.values],
        "less_title": known["farewell:less"] if less else "",
        "less": [{"key": key, "label": known[f"often:{key}"]} for key in LESS],
    }


def _act(link: Link, message: Message | None, form: QueryDict, *, less: str) -> None:
    contact = Contact.objects.filter(pk=link.contact_id, shop_id=link.shop_id, erased_at=None).first()
    if contact is None:
        # Erased: there is no address left that mail could go to.
        return
    now, proof = clock.now(), f"message {link.message}"
    entity = message.entity if message is not None else ""
    with transaction.atomic():
        if "again" in form or less:
            leaving.undo(contact, entity=entity, source=UNSUBSCRIBE_LINK, proof=proof, now=now)
            if less:
                Contact.objects.filter(pk=contact.pk).update(frequency=less, updated_at=now)
            return
        leaving.leave(contact, entity=entity, source=UNSUBSCRIBE_LINK, proof=proof, now=now)
        flow_key = message.flow_key if message is not None else ""
        leaving.say_why(contact, said(form, "reason"), flow_key=flow_key, now=now)
