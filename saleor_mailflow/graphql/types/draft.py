"""Flows in the making: what a draft says, what publishing it would change, for whom, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphene

from saleor_mailflow.flows.difference import Change
from saleor_mailflow.flows.publish_draft import Review, review_draft
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.common import Count
from saleor_mailflow.graphql.types.flow_parts import FlowVersion
from saleor_mailflow.graphql.words import words
from saleor_mailflow.models import FlowDraft as Row

FlowChangeKind = words(
    "FlowChangeKind",
    "What became of a step or a setting.",
    {
        "added": "It was not there before.",
        "removed": "It is there no more.",
        "moved": "It stands elsewhere.",
        "changed": "One of its fields has another value.",
        "setting": "Something of the flow itself.",
    },
)
LintLevel = words(
    "LintLevel",
    "How bad a finding is.",
    {"error": "It cannot be published.", "warning": "It can be, and somebody should look."},
)


class FlowChange(graphene.ObjectType):
    """One difference between two flows."""

    class Meta:
        description = "One difference between two versions of a flow."

    kind = FlowChangeKind(required=True, description="What became of it.")
    step = graphene.String(required=True, description="The step; empty for the flow itself.")
    type = graphene.String(required=True, description="The type of the step; empty for the flow itself.")
    field = graphene.String(required=True, description="Which field, where one has another value.")
    before = graphene.String(required=True, description="What it was, in words.")
    after = graphene.String(required=True, description="What it becomes, in words.")
    text = graphene.String(required=True, description="All of it as one line.")


class LintFinding(graphene.ObjectType):
    """Something that is wrong with a draft."""

    class Meta:
        description = "One thing that is wrong or doubtful, with where it is and what to do next."

    level = LintLevel(required=True, description="How bad it is.")
    code = graphene.String(required=True, description="What it is, in code.")
    text = graphene.String(required=True, description="What was seen and what to do, for people.")
    step = graphene.String(required=True, description="The step it is about; empty for the whole.")
    path = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Where it stands in the definition's JSON."
    )


class FlowDraft(graphene.ObjectType):
    """A flow in the making."""

    class Meta:
        description = "A flow in the making: what will be its next version once it is published. One a flow."

    id = graphene.ID(required=True, description="Its global id.")
    key = graphene.String(required=True, description="The flow's name in code.")
    definition = JSONString(required=True, description="All of it; may be unfinished.")
    revision = graphene.Int(required=True, description="Counts saves: send it back with what you save.")
    updated_at = graphene.DateTime(required=True, description="When it was last saved.")
    updated_by = graphene.String(required=True, description="Who saved it last.")
    base = graphene.Field(FlowVersion, description="The version that it was begun from; null for none.")
    live = graphene.Field(FlowVersion, description="The version that people enter now; null before the first.")
    changes = graphene.List(
        graphene.NonNull(FlowChange),
        required=True,
        description="What publishing it would change; empty while it cannot be read.",
    )
    people = graphene.List(
        graphene.NonNull(Count), required=True, description="How many people stand at each step that it changes."
    )
    findings = graphene.List(
        graphene.NonNull(LintFinding), required=True, description="What is wrong or doubtful, the errors first."
    )
    conflict = graphene.String(
        required=True, description="Who published meanwhile, for people; empty where nobody did."
    )
    publishable = graphene.Boolean(required=True, description="Whether it could be published as it is.")

    @staticmethod
    def resolve_id(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("FlowDraft", root.flow_key)

    @staticmethod
    def resolve_key(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the flow's key."""
        return root.flow_key

    @staticmethod
    def resolve_live(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the live version."""
        return _review(info.context, root).live

    @staticmethod
    def resolve_changes(root: Row, info: graphene.ResolveInfo) -> list[FlowChange]:
        """Return what it would change."""
        return [change(one) for one in _review(info.context, root).changes]

    @staticmethod
    def resolve_people(root: Row, info: graphene.ResolveInfo) -> list[Count]:
        """Return whom it would touch."""
        return people(_review(info.context, root).people)

    @staticmethod
    def resolve_findings(root: Row, info: graphene.ResolveInfo) -> list[LintFinding]:
        """Return what speaks against it."""
        return [finding(one) for one in _review(info.context, root).findings]

    @staticmethod
    def resolve_conflict(root: Row, info: graphene.ResolveInfo) -> str:
        """Return who was faster."""
        return _review(info.context, root).conflict

    @staticmethod
    def resolve_publishable(root: Row, info: graphene.ResolveInfo) -> bool:
        """Tell whether it could be published."""
        return _review(info.context, root).publishable


def _review(context: Context, row: Row) -> Review:
    key = ("review", row.flow_key, row.revision)
    return context.once(key, lambda: review_draft(context.shop, row.flow_key))


def change(one: Change) -> FlowChange:
    """Return a difference as the API shows it."""
    return FlowChange(
        kind=str(one.kind),
        step=one.step,
        type=one.type,
        field=one.field,
        before=one.before,
        after=one.after,
        text=one.text,
    )


def finding(one: Any) -> LintFinding:
    """Return a finding of a lint as the API shows it."""
    path = [str(part) for part in getattr(one, "path", ())]
    return LintFinding(level=str(one.level), code=one.code, text=one.text, step=getattr(one, "step", ""), path=path)


def people(counts: Mapping[str, int]) -> list[Count]:
    """Return people by step as the API shows them."""
    return [Count(key=step, count=count, sentence="") for step, count in sorted(counts.items())]
