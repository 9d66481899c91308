"""``templateSave``: a merchant's own words for a mail."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.template import TemplateVersion, TemplateWordsInput, words_of
from saleor_mailflow.messages.wordings import save_wording

LONGEST = 200_000


class TemplateSave(BaseMutation):
    """A merchant's own words for a mail."""

    class Meta:
        description = (
            "Keep a merchant's own words for a mail as the next version; published, they count from now on. Words that "
            "cannot be rendered with the example are not published."
        )

    class Arguments:
        key = graphene.String(required=True, description="The template's name in code.")
        language = graphene.String(required=True, description="In which language.")
        channel = graphene.String(default_value="", description="For this channel only; empty is every channel.")
        words = TemplateWordsInput(required=True, description="The words.")
        publish = graphene.Boolean(required=True, description="Whether they count from now on.")

    version = graphene.Field(TemplateVersion, description="The new version.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, language: str, channel: str, words: Any, publish: bool
    ) -> dict[str, Any]:
        """Do it."""
        if any(len(words.get(part) or "") > LONGEST for part in ("html", "text")):
            raise Wrong(f"A part has more than {LONGEST} characters; nobody reads such a mail.", field="words")
        row = save_wording(
            context.shop,
            key,
            words_of(words),
            language=language,
            channel=channel[:255],
            publish=publish,
            at=context.now,
            actor=context.actor,
        )
        return {"version": row}
