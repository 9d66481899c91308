"""``flowBringBack``: a retired flow is back."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.publish import bring_back
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import shown_anew


class FlowBringBack(BaseMutation):
    """A retired flow is back."""

    class Meta:
        description = "Take a retired flow back. It is as it was, and takes in who crosses from now on."

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")

    flow = graphene.Field(Flow, description="The flow as it is now.")

    @classmethod
    def perform(cls, context: Context, key: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Do it."""
        bring_back(context.shop, key, actor=context.actor, at=context.now)
        return {"flow": shown_anew(context, key)}
