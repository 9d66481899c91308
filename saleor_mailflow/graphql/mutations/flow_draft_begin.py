"""``flowDraftBegin``: a draft of a flow, or the one that there is."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.drafts import begin_draft
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.draft import FlowDraft


class FlowDraftBegin(BaseMutation):
    """Begin a draft."""

    class Meta:
        description = (
            "Begin a draft of a flow from its live version, from the catalogue, or of a flow of one's own. A draft "
            "that there is already is returned as it is."
        )

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code; a new one for one's own.")
        catalogue = graphene.Boolean(
            default_value=False, description="Begin from the catalogue's flow, not the live one."
        )
        definition = JSONString(description="Begin a flow of one's own with this definition.")

    draft = graphene.Field(FlowDraft, description="The draft.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, catalogue: bool, definition: Any = None
    ) -> dict[str, Any]:
        """Begin it."""
        if definition is not None and not isinstance(definition, dict):
            raise Wrong("A definition is a JSON object.", field="definition")
        draft = begin_draft(
            context.shop,
            key,
            actor=context.actor,
            at=context.now,
            catalogue=catalogue,
            definition=definition,
        )
        return {"draft": draft}
