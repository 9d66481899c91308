"""``flowSwitch``: a flow off, to shadow or live."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import shown_anew
from saleor_mailflow.graphql.words import FlowMode


class FlowSwitch(BaseMutation):
    """Switch a flow."""

    class Meta:
        description = "Switch a flow off, to shadow or live. Only people who cross from now on enter."

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code, such as abandoned_checkout.")
        mode = FlowMode(required=True, description="What it shall be.")
        channel = graphene.String(
            default_value="", description="Only in this channel, by slug; empty is the whole flow."
        )

    flow = graphene.Field(Flow, description="The flow as it is now.")

    @classmethod
    def perform(cls, context: Context, key: str, mode: str, channel: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Switch it."""
        set_mode(context.shop, key, mode, at=context.now, actor=context.actor, channel=channel)
        return {"flow": shown_anew(context, key)}
