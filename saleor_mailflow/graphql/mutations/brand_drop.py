"""``brandDrop``: a channel looks as all others."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.messages.look_book import drop_look


class BrandDrop(BaseMutation):
    """A channel looks as all others."""

    class Meta:
        description = "Take a channel's own look back, so that its mails look as all others."

    class Arguments:
        channel = graphene.String(required=True, description="The channel; empty is the look of all.")

    dropped = graphene.Boolean(description="Whether it had a look of its own.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, channel: str
    ) -> dict[str, Any]:
        """Do it."""
        return {"dropped": drop_look(context.shop, channel, actor=context.actor, at=context.now)}
