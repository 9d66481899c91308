"""``flowMovePeople``: who is inside an older version goes on in the live one."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.move import move_people
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import shown_anew

#: Moved by one call; who are more call again. It keeps one request short.
MOST = 5_000


class StepMoveInput(graphene.InputObjectType):
    """Where people of a step go."""

    class Meta:
        description = "Where those go whose step the live version lacks."

    step = graphene.String(required=True, description="The step at which they stand.")
    to = graphene.String(required=True, description="The step to which they go; empty is the end of the flow.")


class FlowMovePeople(BaseMutation):
    """Move people to the live version."""

    class Meta:
        description = (
            f"Move people who are inside an older version to the live one, {MOST} at most in one call. No step is run "
            "again that they have behind them. Call again until people is 0."
        )

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")
        steps = graphene.List(
            graphene.NonNull(StepMoveInput),
            description="For steps that the live version lacks; else they go to the next.",
        )

    flow = graphene.Field(Flow, description="The flow as it is now.")
    people = graphene.Int(description="How many were moved.")
    stayed = graphene.Int(description="How many of them stand at the same step as before.")

    @classmethod
    def perform(cls, context: Context, key: str, steps: Any = None) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Move them."""
        wanted = {str(one["step"]): str(one["to"]) for one in steps or ()}
        moved = move_people(context.shop, key, actor=context.actor, at=context.now, steps=wanted, most=MOST)
        return {"flow": shown_anew(context, key), "people": moved.people, "stayed": moved.stayed}
