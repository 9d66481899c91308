"""``flowDraftSave``: a draft, finished or not, over the revision that was loaded."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.drafts import save_draft
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.draft import FlowDraft


class FlowDraftSave(BaseMutation):
    """Save a draft."""

    class Meta:
        description = (
            "Save a draft, finished or not. Its revision must be the newest: who was faster is named, and nothing of "
            "theirs is lost."
        )

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")
        definition = JSONString(required=True, description="All of it, as it was loaded and changed.")
        revision = graphene.Int(required=True, description="The revision that was loaded.")

    draft = graphene.Field(FlowDraft, description="The draft as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, definition: Any, revision: int
    ) -> dict[str, Any]:
        """Save it."""
        if not isinstance(definition, dict):
            raise Wrong("A definition is a JSON object.", field="definition")
        draft = save_draft(context.shop, key, definition, revision=revision, actor=context.actor, at=context.now)
        return {"draft": draft}
