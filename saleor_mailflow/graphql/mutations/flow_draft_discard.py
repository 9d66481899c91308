"""``flowDraftDiscard``: a draft is thrown away; what is live stays."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.drafts import discard_draft
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import shown_anew


class FlowDraftDiscard(BaseMutation):
    """Throw a draft away."""

    class Meta:
        description = "Throw a draft away. What is live stays."

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")
        revision = graphene.Int(description="Only this revision of it.")

    flow = graphene.Field(Flow, description="The flow as it is; null where it was never published.")

    @classmethod
    def perform(cls, context: Context, key: str, revision: int | None = None) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Throw it away."""
        discard_draft(context.shop, key, actor=context.actor, at=context.now, revision=revision)
        return {"flow": shown_anew(context, key)}
