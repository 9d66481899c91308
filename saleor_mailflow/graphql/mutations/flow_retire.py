"""``flowRetire``: nobody enters a flow any more."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.publish import retire
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import shown_anew


class FlowRetire(BaseMutation):
    """Nobody enters a flow any more."""

    class Meta:
        description = "Let nobody enter a flow any more; those inside go on to the end."

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")

    flow = graphene.Field(Flow, description="The flow as it is now.")

    @classmethod
    def perform(cls, context: Context, key: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Do it."""
        retire(context.shop, key, actor=context.actor, at=context.now)
        return {"flow": shown_anew(context, key)}
