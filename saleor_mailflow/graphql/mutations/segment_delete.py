"""``segmentDelete``: a segment is deleted."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.segment_book import delete
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context


class SegmentDelete(BaseMutation):
    """A segment is deleted."""

    class Meta:
        description = "Delete a segment. Refused while a flow that is on, or another segment, asks for it."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code.")

    key = graphene.String(description="The segment that there was.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str
    ) -> dict[str, Any]:
        """Do it."""
        delete(context.shop, key, at=context.now, actor=context.actor)
        return {"key": key}
