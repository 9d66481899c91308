"""``contactErase``: take a person's name out of everything."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.process.erasure import erase_contact


class ContactErase(BaseMutation):
    """Erase a person."""

    class Meta:
        description = (
            "Take the name of whoever has an address out of everything we hold. It cannot be taken back; purchases and "
            "figures stay without a name, and the address stays suppressed if it was."
        )

    class Arguments:
        email = graphene.String(required=True, description="The address.")

    contacts = graphene.Int(description="How many contacts were erased: all addresses of the same account.")
    messages = graphene.Int(description="How many mails were emptied.")
    leaving = graphene.Int(description="How many mails were being handed over at this moment; these leave.")

    @classmethod
    def perform(cls, context: Context, email: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Erase them."""
        done = erase_contact(context.shop, email, now=context.now, actor=context.actor)
        return {"contacts": len(done.contacts), "messages": done.messages, "leaving": done.leaving}
