"""``flowLetIn``: who qualified lately enters a flow, so many a day."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.switching import let_in
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import shown_anew


class FlowLetIn(BaseMutation):
    """Let in who qualified lately."""

    class Meta:
        description = (
            "Let those who qualified in the last 30 days into a flow that is on, so many a day from now on. Nobody "
            "enters twice, however often this is asked."
        )

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")
        per_day = graphene.Int(required=True, description="How many a day, 1 to 10000.")

    flow = graphene.Field(Flow, description="The flow as it is now.")
    people = graphene.Int(description="How many were let in.")

    @classmethod
    def perform(cls, context: Context, key: str, per_day: int) -> dict[str, Any]:  # type: ignore[override]  # named
        """Let them in."""
        people = let_in(
            context.shop, key, per_day=per_day, now=context.now, gateway=context.gateway, actor=context.actor
        )
        return {"flow": shown_anew(context, key), "people": people}
