"""``topicClose``: a topic is no longer offered."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.topic_book import close_topic
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context


class TopicClose(BaseMutation):
    """A topic is no longer offered."""

    class Meta:
        description = "Offer a topic no longer. What people said about it is kept."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code.")

    closed = graphene.Boolean(description="Whether it was offered until now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str
    ) -> dict[str, Any]:
        """Do it."""
        return {"closed": close_topic(context.shop, key, actor=context.actor, at=context.now)}
