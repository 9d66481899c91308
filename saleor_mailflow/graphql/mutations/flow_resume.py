"""``flowResume``: a flow that complaints have stopped goes on."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import shown_anew
from saleor_mailflow.process.complaints import resume_flow


class FlowResume(BaseMutation):
    """Let a flow go on."""

    class Meta:
        description = "Let a flow go on that complaints have stopped. Complaints count anew from now."

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")

    flow = graphene.Field(Flow, description="The flow as it is now.")

    @classmethod
    def perform(cls, context: Context, key: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Let it go on."""
        resume_flow(context.shop, key, at=context.now, actor=context.actor)
        return {"flow": shown_anew(context, key)}
