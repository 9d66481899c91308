"""Orders and baskets as we know them: to look at mails with, and to see what a flow is about."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql import loaders
from saleor_mailflow.graphql.connections import CountableConnection
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.types.common import Money
from saleor_mailflow.models import Basket as BasketRow
from saleor_mailflow.models import Purchase as PurchaseRow


class Purchase(graphene.ObjectType):
    """An order as we know it."""

    class Meta:
        description = "An order as we know it: our own compact copy."

    id = graphene.ID(required=True, description="The global id of our copy.")
    order = graphene.ID(required=True, description="The shop's own id of the order.")
    number = graphene.String(required=True, description="Its number.")
    email = graphene.String(required=True, description="The buyer's address.")
    channel = graphene.String(required=True, description="The channel's slug.")
    status = graphene.String(required=True, description="The shop's word for how it stands.")
    total = graphene.Field(Money, required=True, description="What it came to.")
    refunded = graphene.Field(Money, required=True, description="What went back of it.")
    created_at = graphene.DateTime(required=True, description="When it was made.")
    contact = graphene.Field("saleor_mailflow.graphql.types.contact.Contact", description="The buyer.")

    @staticmethod
    def resolve_id(root: PurchaseRow, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Purchase", root.pk)

    @staticmethod
    def resolve_order(root: PurchaseRow, info: graphene.ResolveInfo) -> str:
        """Return the shop's own id."""
        return global_id("Order", root.order_id)

    @staticmethod
    def resolve_total(root: PurchaseRow, info: graphene.ResolveInfo) -> Money:
        """Return money."""
        return Money(amount=root.total, currency=root.currency)

    @staticmethod
    def resolve_refunded(root: PurchaseRow, info: graphene.ResolveInfo) -> Money:
        """Return money."""
        return Money(amount=root.total_refunded, currency=root.currency)

    @staticmethod
    def resolve_contact(root: PurchaseRow, info: graphene.ResolveInfo) -> Any:
        """Return the person, fetched with everybody else."""
        return loaders.load(info.context, loaders.contacts, root.contact_id) if root.contact_id else None


class PurchaseConnection(CountableConnection):
    """A page of orders."""

    class Meta:
        node = Purchase


class Basket(graphene.ObjectType):
    """A checkout as we know it."""

    class Meta:
        description = "A checkout as we know it, which outlives it."

    id = graphene.ID(required=True, description="The global id of our copy.")
    state = graphene.String(required=True, description="open, converted, emptied or deleted.")
    email = graphene.String(required=True, description="Whose it is; may be empty.")
    channel = graphene.String(required=True, description="The channel's slug.")
    line_count = graphene.Int(required=True, description="How many lines it has.")
    total = graphene.Field(Money, required=True, description="What it comes to.")
    active_at = graphene.DateTime(required=True, description="When the shopper last did something in it.")
    contact = graphene.Field("saleor_mailflow.graphql.types.contact.Contact", description="Whose it is.")

    @staticmethod
    def resolve_id(root: BasketRow, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Basket", root.pk)

    @staticmethod
    def resolve_total(root: BasketRow, info: graphene.ResolveInfo) -> Money:
        """Return money."""
        return Money(amount=root.total, currency=root.currency)

    @staticmethod
    def resolve_contact(root: BasketRow, info: graphene.ResolveInfo) -> Any:
        """Return the person, fetched with everybody else."""
        return loaders.load(info.context, loaders.contacts, root.contact_id) if root.contact_id else None


class BasketConnection(CountableConnection):
    """A page of baskets."""

    class Meta:
        node = Basket
