"""``offerDelete``: an offer is deleted."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.messages.offer_book import delete_offer


class OfferDelete(BaseMutation):
    """An offer is deleted."""

    class Meta:
        description = "Delete an offer. Refused while a flow that is on gives it."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code.")

    key = graphene.String(description="The offer that there was.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str
    ) -> dict[str, Any]:
        """Do it."""
        delete_offer(context.shop, key, actor=context.actor, at=context.now)
        return {"key": key}
