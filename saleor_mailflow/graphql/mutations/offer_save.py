"""``offerSave``: an offer, new or changed."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.offer import Offer
from saleor_mailflow.messages.offer_book import save_offer


class OfferSave(BaseMutation):
    """An offer, new or changed."""

    class Meta:
        description = "Save an offer, new or changed. Codes that people have stay theirs."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code, which coupon steps use.")
        name = graphene.String(required=True, description="Its name for people.")
        vouchers = graphene.List(
            graphene.NonNull(graphene.String),
            required=True,
            description="Global ids of vouchers, the most generous first.",
        )
        shared_code = graphene.String(
            default_value="", description="One code for everybody, where no own ones can be made."
        )
        days = graphene.Int(default_value=14, description="How long a code is good.")
        margin_percent = graphene.Int(
            description="What has to remain above cost, in percent; left out, it is not asked."
        )
        active = graphene.Boolean(default_value=True, description="Whether it is given.")

    offer = graphene.Field(Offer, description="The offer as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, name: str, vouchers: list[str], **more: Any
    ) -> dict[str, Any]:
        """Do it."""
        row = save_offer(context.shop, key, name=name, vouchers=vouchers, actor=context.actor, at=context.now, **more)
        return {"offer": row}
