"""``contactExport``: everything we hold on a person."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.process.export import export_contact


class ContactExport(BaseMutation):
    """Export a person."""

    class Meta:
        description = (
            "Everything we hold on whoever has an address, as one JSON object. That it was asked for is noted."
        )

    class Arguments:
        email = graphene.String(required=True, description="The address.")

    held = graphene.Boolean(description="Whether anything is held.")
    document = JSONString(description="Everything, by kind; docs/reference has its schema.")

    @classmethod
    def perform(cls, context: Context, email: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Export them."""
        told = export_contact(context.shop, email, now=context.now, actor=context.actor)
        return {"held": bool(told["held"]), "document": told}
