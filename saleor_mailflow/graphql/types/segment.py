"""Segments: people picked out by a saved condition, counted as they are now."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.segment_book import named_in, segments_of
from saleor_mailflow.audience.segment_rows import picked_out
from saleor_mailflow.audience.segments import count
from saleor_mailflow.flows.conditions import condition_from_json
from saleor_mailflow.flows.fact_table import FACTS, OPERATORS
from saleor_mailflow.flows.saying import condition_words
from saleor_mailflow.graphql.connections import page, page_arguments
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.contact import ContactConnection
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import Shown, definition_shown, shown_flows
from saleor_mailflow.models import Segment as Row


class ConditionFact(graphene.ObjectType):
    """Something that a condition may ask about."""

    class Meta:
        description = "Something that a condition may ask about: in segments, filters and branches."

    key = graphene.String(required=True, description="Its name in code, such as contact.tags.")
    words = graphene.String(required=True, description="Its name for people.")
    kind = graphene.String(required=True, description="text, number, money, flag, time or set.")
    of = graphene.String(required=True, description="What of names where there is more than one; else empty.")
    unreliable = graphene.Boolean(required=True, description="Whether it is known to be unreliable.")
    operators = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="How it may be compared, such as has or at_least."
    )
    about_people = graphene.Boolean(required=True, description="Whether segments may ask it, too.")


def condition_facts() -> list[ConditionFact]:
    """Return every fact there is."""
    return [
        ConditionFact(
            key=key,
            words=fact.words,
            kind=str(fact.kind),
            of=fact.of,
            unreliable=fact.unreliable,
            operators=list(OPERATORS[fact.kind]),
            about_people=key.startswith("contact."),
        )
        for key, fact in FACTS.items()
    ]


class SegmentSize(graphene.ObjectType):
    """How many people a condition picks out."""

    class Meta:
        description = "How many people a condition picks out now."

    number = graphene.Int(required=True, description="How many they are.")
    exact = graphene.Boolean(required=True, description="False where the shop is so large that a sample was counted.")


class Segment(graphene.ObjectType):
    """People picked out by a saved condition."""

    class Meta:
        description = "People picked out by a saved condition."

    id = graphene.ID(required=True, description="Its global id.")
    key = graphene.String(required=True, description="Its name in code, which flows use.")
    name = graphene.String(required=True, description="Its name for people.")
    condition = JSONString(required=True, description="Who is in it, as a condition of flows is written.")
    sentence = graphene.String(required=True, description="Who is in it, in words.")
    size = graphene.Field(SegmentSize, required=True, description="How many are in it now. Counted when asked.")
    last_size = graphene.Int(description="How many they were when it was last reckoned; null before that.")
    counted_at = graphene.DateTime(description="When it was last reckoned.")
    flows = graphene.List(
        graphene.NonNull(Flow),
        required=True,
        description="Flows that ask for it: to begin, at entry or on the way. Retired ones are left out.",
    )
    segments = graphene.List(
        graphene.NonNull(lambda: Segment), required=True, description="Other segments that it is part of."
    )
    created_at = graphene.DateTime(required=True, description="When it was made.")
    updated_at = graphene.DateTime(required=True, description="When it was last changed.")
    people = graphene.Field(
        ContactConnection, **page_arguments(), description="Who is in it now; whom we met last is first."
    )

    @staticmethod
    def resolve_id(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Segment", root.key)

    @staticmethod
    def resolve_condition(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the condition as JSON."""
        return root.conditions

    @staticmethod
    def resolve_sentence(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the condition in words."""
        return condition_words(condition_from_json(root.conditions))

    @staticmethod
    def resolve_size(root: Row, info: graphene.ResolveInfo) -> SegmentSize:
        """Count now."""
        found = count(info.context.shop.pk, condition_from_json(root.conditions), now=info.context.now)
        return SegmentSize(number=found.number, exact=found.exact)

    @staticmethod
    def resolve_flows(root: Row, info: graphene.ResolveInfo) -> list[Shown]:
        """Return the flows that ask for it; all flows are read once a request."""
        return [
            one
            for one in shown_flows(info.context)
            if (one.row is None or one.row.retired_at is None) and root.key in segments_of(definition_shown(one))
        ]

    @staticmethod
    def resolve_segments(root: Row, info: graphene.ResolveInfo) -> list[Row]:
        """Return the segments that it is part of; all segments are read once a request."""
        rows = info.context.once(
            "segments", lambda: list(Row.objects.filter(shop=info.context.shop).order_by("name", "key"))
        )
        return [one for one in rows if root.key in named_in(condition_from_json(one.conditions))]

    @staticmethod
    def resolve_last_size(root: Row, info: graphene.ResolveInfo) -> int | None:
        """Return the figure of the last reckoning."""
        return root.size

    @staticmethod
    def resolve_people(root: Row, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Return a page of people."""
        condition = condition_from_json(root.conditions)
        rows = picked_out(info.context.shop.pk, condition, now=info.context.now)
        return page(ContactConnection, rows, arguments, ("-id",))
