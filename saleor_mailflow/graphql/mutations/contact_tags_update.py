"""``contactTagsUpdate``: put marks on a contact and take marks off."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.tags import change_tags
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.find import contact_row
from saleor_mailflow.graphql.types.contact import Contact


class ContactTagsUpdate(BaseMutation):
    """Change marks."""

    class Meta:
        description = "Put marks on a contact and take marks off. A mark that is there already stays as old as it is."

    class Arguments:
        id = graphene.ID(required=True, description="The contact's global id.")
        add = graphene.List(graphene.NonNull(graphene.String), description="Marks to put on, such as vip.")
        remove = graphene.List(graphene.NonNull(graphene.String), description="Marks to take off.")

    contact = graphene.Field(Contact, description="The contact as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, id: str, add: list[str] | None = None, remove: list[str] | None = None
    ) -> dict[str, Any]:
        """Change them."""
        contact = contact_row(context, id)
        change_tags(context.shop, contact, add=add or [], remove=remove or [], actor=context.actor, at=context.now)
        return {"contact": contact}
