"""``brandSave``: how a channel's mails look."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.offer import Brand
from saleor_mailflow.messages.look_book import save_look


class BrandSave(BaseMutation):
    """How a channel's mails look."""

    class Meta:
        description = "Keep how a channel's mails look, in place of what it was."

    class Arguments:
        channel = graphene.String(default_value="", description="The channel; empty is every one without its own.")
        values = JSONString(
            required=True, description="The whole look: brand, story, season, draw, promises, addresses."
        )

    brand = graphene.Field(Brand, description="The look as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, channel: str, values: Any
    ) -> dict[str, Any]:
        """Do it."""
        if not isinstance(values, dict):
            raise Wrong("A look is a JSON object.", field="values")
        return {"brand": save_look(context.shop, channel, values, actor=context.actor, at=context.now)}
