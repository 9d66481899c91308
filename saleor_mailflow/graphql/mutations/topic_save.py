"""``topicSave``: a topic, new or changed."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.topic_book import save_topic
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.shop_query import topic_answer
from saleor_mailflow.graphql.types.common import TextInput
from saleor_mailflow.graphql.types.shop import Topic


class TopicSave(BaseMutation):
    """A topic, new or changed."""

    class Meta:
        description = "Save a kind of mail that people can choose by itself, new or changed, and offer it."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code.")
        names = graphene.List(
            graphene.NonNull(TextInput), required=True, description="Its name by language; English at least."
        )
        descriptions = graphene.List(graphene.NonNull(TextInput), description="A sentence, by language.")
        position = graphene.Int(default_value=0, description="The order on the page, the lowest first.")

    topic = graphene.Field(Topic, description="The topic as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, names: Any, position: int, descriptions: Any = None
    ) -> dict[str, Any]:
        """Do it."""
        row = save_topic(
            context.shop,
            key,
            names={one["language"]: one["text"] for one in names},
            descriptions={one["language"]: one["text"] for one in descriptions or ()},
            position=position,
            actor=context.actor,
            at=context.now,
        )
        return {"topic": topic_answer(row)}
