"""The widgets beside an order, beside a customer and on the home page: small pages rendered here, whole in one answer.

Refuses to answer a GET with anything but an empty page (its script posts the token that the Dashboard hands it: only so
does a widget learn of the Dashboard's theme, and a token never stands in an address), and to show anything before it is
known who asks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from saleor_mailflow import host
from saleor_mailflow.dashboard.assets import widget_asset
from saleor_mailflow.dashboard.door import Stranger, Visit, let_in
from saleor_mailflow.dashboard.home import today
from saleor_mailflow.dashboard.person import SHOWN, Mails, Row, buyer_of, customer_of, mails_of
from saleor_mailflow.dashboard.policy import widget as guarded
from saleor_mailflow.dashboard.views import mount_of
from saleor_mailflow.exceptions import blame
from saleor_mailflow.flows.resend import Again, send_again
from saleor_mailflow.graphql.permissions import PEOPLE, STAFF, Rule
from saleor_mailflow.messages.render import render_page
from saleor_mailflow.models import Contact, Message
from saleor_mailflow.pages.guard import said

logger = logging.getLogger("saleor_mailflow.dashboard")

#: Beside an order stands what whoever may see orders may see.
ORDERS: Rule = frozenset({"MANAGE_ORDERS"})

Content = tuple[str, Mapping[str, Any]]


def order(visit: Visit) -> Content:
    """Return what the buyer of an order got, will get and did not get."""
    reference = said(visit.form, "orderId")
    purchase = buyer_of(visit.shop, reference)
    if purchase is None:
        return _nobody("Mailflow has not heard of this order yet. It looks for what it missed every half minute.")
    if purchase.contact is None:
        return _nobody("This order has no email address, or its buyer was erased: nobody gets mail about it.")
    return _person(visit, purchase.contact, {"orderId": reference}, says=False)


def customer(visit: Visit) -> Content:
    """Return what the owner of an account got, will get and did not get, and what counts for them."""
    reference = said(visit.form, "customerId")
    contact = customer_of(visit.shop, reference)
    if contact is None:
        return _nobody("Mailflow has not heard of this customer: no cart, order or change of theirs was seen.")
    return _person(visit, contact, {"customerId": reference}, says=True)


def home(visit: Visit) -> Content:
    """Return today's figures, and what needs somebody."""
    return "home", today(visit)


def _nobody(sentence: str) -> Content:
    return "note", {"sentence": sentence}


def _person(visit: Visit, contact: Contact, asked_for: Mapping[str, str], *, says: bool) -> Content:
    pressed = _pressed(visit, contact)
    mails = mails_of(visit.shop, contact, visit.now)
    facts: dict[str, Any] = {
        "pressed": None if pressed is None else {"said": pressed.sentence, "good": pressed.begun},
        "groups": _groups(mails),
        "says": list(mails.says) if says else [],
        # The token goes on in the body of the form, never in an address, which logs would keep.
        "carried": [
            {"name": name, "value": value}
            for name, value in (
                ("accessToken", visit.token),
                ("saleorApiUrl", said(visit.form, "saleorApiUrl")),
                ("appId", said(visit.form, "appId")),
                *asked_for.items(),
            )
        ],
    }
    return "person", facts


def _pressed(visit: Visit, contact: Contact) -> Again | None:
    """Send again what was asked for, None where nothing was. Only a mail of the very person that is shown."""
    asked, nth = said(visit.form, "again"), said(visit.form, "nth")
    if not asked:
        return None
    try:
        uuid = UUID(asked)
    except ValueError:
        return Again(begun=False, sentence="There is no such mail. Reload the page.")
    if not Message.objects.filter(shop=visit.shop, uuid=uuid, contact=contact).exists():
        return Again(begun=False, sentence="There is no such mail of this person. Reload the page.")
    number = int(nth) if nth.isdigit() and len(nth) < 3 else 1
    return send_again(visit.shop, uuid, nth=number, actor=visit.caller.actor, at=visit.now)


def _groups(mails: Mails) -> list[dict[str, Any]]:
    named: tuple[tuple[str, list[Row], str], ...] = (
        ("Will get", mails.coming, ""),
        ("Got", mails.got, "No mail of ours yet."),
        ("Did not get", mails.missing, ""),
    )
    return [
        {
            "title": title,
            "rows": [row.facts() for row in rows[:SHOWN]],
            "more": [row.facts() for row in rows[SHOWN:]],
            "empty": empty,
        }
        for title, rows, empty in named
        if rows or empty
    ]


def _door(name: str, content: Callable[[Visit], Content], rule: Rule) -> Callable[[HttpRequest], HttpResponse]:
    @csrf_exempt
    @login_not_required
    def asked(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return _page(request, "wait", {})
        if request.method != "POST":
            answer = _page(request, *_nobody("This is shown inside the Saleor Dashboard."), status=405)
            answer["Allow"] = "GET, HEAD, POST"
            return answer
        try:
            with host.writer():
                visit = let_in(request, rule)
                return _page(request, *content(visit))
        except Stranger as stranger:
            return _page(request, *_nobody(str(stranger)), status=403)
        except DatabaseError as error:
            logger.warning("The widget %s failed: %s. Nothing was changed.", name, blame(error))
            return _page(request, *_nobody("Mailflow does not answer at this moment. Reload the page."), status=503)

    asked.__name__ = name
    return asked


order_widget = _door("order", order, ORDERS)
customer_widget = _door("customer", customer, PEOPLE)
home_widget = _door("home", home, STAFF)


def _page(request: HttpRequest, name: str, facts: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    # …/app/widgets/order: the last two parts are the widget's own.
    mount = mount_of(request, request.path.split("/app/", 1)[-1])
    own = {
        "style": f"{mount}/static/{widget_asset('widget.css')}",
        "script": f"{mount}/static/{widget_asset('widget.js')}",
    }
    return guarded(HttpResponse(render_page(f"widget_{name}", {**own, **facts}), status=status))
