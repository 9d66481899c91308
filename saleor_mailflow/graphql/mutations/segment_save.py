"""``segmentSave``: a segment, new or changed."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.segment_book import read_condition, save
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.segment import Segment


class SegmentSave(BaseMutation):
    """A segment, new or changed."""

    class Meta:
        description = "Save a segment, new or changed. Changed, it begins anew for flows that start with entering it."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code.")
        name = graphene.String(required=True, description="Its name for people.")
        condition = JSONString(required=True, description="Who is in it, as a condition of flows is written.")

    segment = graphene.Field(Segment, description="The segment as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, name: str, condition: Any
    ) -> dict[str, Any]:
        """Do it."""
        read = read_condition(condition)
        row = save(context.shop, key, name=name, condition=read, at=context.now, actor=context.actor)
        return {"segment": row}
