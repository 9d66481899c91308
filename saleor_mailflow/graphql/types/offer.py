"""Offers and the codes people were given of them, and how channels' mails look."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql import loaders
from saleor_mailflow.graphql.connections import CountableConnection
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.words import words
from saleor_mailflow.models import Coupon as CouponRow
from saleor_mailflow.models import Offer as OfferRow

CouponState = words(
    "CouponState",
    "How far a code has come.",
    {
        "reserved": "Decided, and unknown to the shop.",
        "minted": "The shop knows the code; the mail has not left yet.",
        "given": "The mail that carries it left.",
        "used": "An order used it.",
        "reaped": "Taken back: never handed off, or its time is over.",
        "none": "No offer paid or fitted; the mail went without.",
    },
)


class Offer(graphene.ObjectType):
    """What a coupon step may give."""

    class Meta:
        description = "What a coupon step may give: a ladder of the shop's vouchers, the most generous first."

    id = graphene.ID(required=True, description="Its global id.")
    key = graphene.String(required=True, description="Its name in code, which coupon steps use.")
    name = graphene.String(required=True, description="Its name for people.")
    vouchers = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="The shop's own global ids of the vouchers."
    )
    shared_code = graphene.String(required=True, description="One code for everybody; empty where each gets their own.")
    days = graphene.Int(required=True, description="How long a code is good.")
    margin_percent = graphene.Int(description="What has to remain above cost, in percent; null does not ask.")
    active = graphene.Boolean(required=True, description="Whether it is given.")

    @staticmethod
    def resolve_id(root: OfferRow, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Offer", root.key)


class Voucher(graphene.ObjectType):
    """A voucher of the shop."""

    class Meta:
        description = "A voucher of the shop, for somebody who chooses."

    ref = graphene.String(required=True, description="The shop's own global id of it.")
    name = graphene.String(required=True, description="Its name in the shop.")
    kind = graphene.String(required=True, description="percentage, fixed or shipping.")
    ends_at = graphene.DateTime(description="When it ends; null where it does not.")


class Coupon(graphene.ObjectType):
    """A code for one person."""

    class Meta:
        description = "A code for one person at one step of a flow."

    id = graphene.ID(required=True, description="Its global id.")
    state = CouponState(required=True, description="How far it has come.")
    offer = graphene.String(required=True, description="The key of its offer.")
    code = graphene.String(required=True, description="The code; empty where there is none.")
    step = graphene.String(required=True, description="The step that reserved it.")
    reason = graphene.String(required=True, description="Why there is no code; empty where there is one.")
    terms = JSONString(required=True, description="What the mail says of it.")
    recipient = graphene.String(required=True, description="Whom it is for.")
    reserved_at = graphene.DateTime(required=True, description="When it was decided.")
    given_at = graphene.DateTime(description="When its mail left.")
    used_at = graphene.DateTime(description="When an order used it.")
    expires_at = graphene.DateTime(description="Until when it is good.")

    @staticmethod
    def resolve_id(root: CouponRow, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Coupon", root.pk)

    @staticmethod
    def resolve_offer(root: CouponRow, info: graphene.ResolveInfo) -> str:
        """Return the offer's key."""
        return root.offer_key

    @staticmethod
    def resolve_recipient(root: CouponRow, info: graphene.ResolveInfo) -> Any:
        """Return the address, fetched with everybody else's."""
        return loaders.load(info.context, loaders.contacts, root.contact_id).then(lambda one: one.email if one else "")


class CouponConnection(CountableConnection):
    """A page of codes."""

    class Meta:
        node = Coupon


class Brand(graphene.ObjectType):
    """How a channel's mails look."""

    class Meta:
        description = "How a channel's mails look and what the merchant says in them of their own."

    channel = graphene.String(required=True, description="The channel; empty is every channel without one of its own.")
    values = JSONString(required=True, description="Logo, colours, font, tone, social links, story and so on.")
    updated_at = graphene.DateTime(required=True, description="When it was last changed.")
