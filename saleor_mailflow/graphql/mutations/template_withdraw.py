"""``templateWithdraw``: back to the package's own words."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.messages.wordings import withdraw_wording


class TemplateWithdraw(BaseMutation):
    """Back to the package's own words."""

    class Meta:
        description = "Go back to the package's own words for a mail."

    class Arguments:
        key = graphene.String(required=True, description="The template's name in code.")
        language = graphene.String(required=True, description="In which language.")
        channel = graphene.String(default_value="", description="For this channel; empty is every channel.")

    withdrawn = graphene.Boolean(description="Whether there were own words.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, language: str, channel: str
    ) -> dict[str, Any]:
        """Do it."""
        row = withdraw_wording(
            context.shop, key, language=language, channel=channel, at=context.now, actor=context.actor
        )
        return {"withdrawn": row is not None}
