"""``flowRollBack``: an earlier version once more, as the newest."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.publish import roll_back
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_parts import FlowVersion
from saleor_mailflow.graphql.types.flow_shown import shown_anew


class FlowRollBack(BaseMutation):
    """Go back to an earlier version."""

    class Meta:
        description = "Publish an earlier version once more, as the newest. People inside stay in theirs."

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")
        number = graphene.Int(required=True, description="The number of the version to go back to.")
        note = graphene.String(default_value="", description="What is to be said about it.")

    flow = graphene.Field(Flow, description="The flow as it is now.")
    version = graphene.Field(FlowVersion, description="The new version.")

    @classmethod
    def perform(cls, context: Context, key: str, number: int, note: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Go back."""
        version = roll_back(context.shop, key, number, actor=context.actor, at=context.now, note=note)
        return {"flow": shown_anew(context, key), "version": version}
