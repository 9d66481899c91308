"""What the buyer of one order got, for the widget beside it. Shows no more of the person than the order page does."""

from __future__ import annotations

import base64
import binascii

import graphene

from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.message import Message
from saleor_mailflow.graphql.types.why import GateRule, TimelineEntry, ask_why
from saleor_mailflow.models import Message as MessageRow
from saleor_mailflow.models import Purchase

#: The newest so many mails; the rest are in the list of messages.
MOST = 50


class OrderMail(graphene.ObjectType):
    """What the buyer of an order got."""

    class Meta:
        description = "What the buyer of an order got, will get and did not get."

    number = graphene.String(required=True, description="The order's number.")
    email = graphene.String(required=True, description="The buyer's address.")
    messages = graphene.List(
        graphene.NonNull(Message), required=True, description=f"Their mails, the newest {MOST} first."
    )
    timeline = graphene.List(
        graphene.NonNull(TimelineEntry), required=True, description="What happened and will, by time, and why."
    )
    rules = graphene.List(
        graphene.NonNull(GateRule), required=True, description="Every rule asked now for the mail that waits."
    )


def order_mail(context: Context, order: str) -> OrderMail | None:
    """Return what the buyer of an order got; ``order`` is the shop's own global id of it, or the bare number of it."""
    purchase = Purchase.objects.filter(shop=context.shop, order_id=_bare(order)).first()
    if purchase is None:
        return None
    answer = ask_why(context, purchase.email) if purchase.email else None
    messages = MessageRow.objects.filter(shop=context.shop, contact=purchase.contact_id or 0)
    return OrderMail(
        number=purchase.number,
        email=purchase.email,
        messages=list(messages.order_by("-planned_at", "-id")[:MOST]),
        timeline=list(answer.timeline) if answer else [],
        rules=list(answer.rules) if answer else [],
    )


def _bare(order: str) -> str:
    try:
        kind, colon, key = base64.b64decode(order, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return order[:36]
    return key[:36] if colon and kind == "Order" else order[:36]
