"""``flowsApply``: flows from files, all or none."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.apply import Planned, apply_planned, plan_apply
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.common import Count
from saleor_mailflow.graphql.types.draft import FlowChange, change, people

MOST = 50


class FlowFileInput(graphene.InputObjectType):
    """A flow as a file."""

    class Meta:
        description = "A flow as a file, as Flow.yaml gives it."

    name = graphene.String(required=True, description="The file's name, for sentences about it.")
    yaml = graphene.String(required=True, description="What is in it.")


class FlowFilePlan(graphene.ObjectType):
    """What a file would do."""

    class Meta:
        description = "What a file does, or would do, to its flow."

    name = graphene.String(required=True, description="The file's name.")
    key = graphene.String(required=True, description="The flow's name in code.")
    differs = graphene.Boolean(required=True, description="Whether it differs from what is live.")
    changes = graphene.List(graphene.NonNull(FlowChange), required=True, description="What it changes.")
    people = graphene.List(
        graphene.NonNull(Count), required=True, description="How many people stand at each step that it changes."
    )
    warnings = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What is doubtful, with file and line."
    )


class FlowsApply(BaseMutation):
    """Publish flows from files."""

    class Meta:
        description = (
            "Publish flows from files, those that differ, all or none; or only say what that would come to. People "
            "inside stay in their versions."
        )

    class Arguments:
        files = graphene.List(graphene.NonNull(FlowFileInput), required=True, description=f"The files, {MOST} at most.")
        dry_run = graphene.Boolean(required=True, description="True only says what would be done.")
        note = graphene.String(default_value="", description="What is to be said about it.")

    plans = graphene.List(graphene.NonNull(FlowFilePlan), description="What each file does, or would do.")
    published = graphene.Int(description="How many versions were published.")

    @classmethod
    def perform(cls, context: Context, files: Any, dry_run: bool, note: str) -> dict[str, Any]:  # type: ignore[override]  # named
        """Plan, and publish unless it is a rehearsal."""
        texts = {str(one["name"])[:200]: str(one["yaml"]) for one in files}
        if not 0 < len(files) <= MOST or len(texts) < len(files):
            raise Wrong(f"Give 1 to {MOST} files, each with a name of its own.", field="files")
        planned = plan_apply(context.shop, texts)
        done = () if dry_run else apply_planned(context.shop, planned, actor=context.actor, at=context.now, note=note)
        return {"plans": [_plan(one) for one in planned], "published": len(done)}


def _plan(one: Planned) -> FlowFilePlan:
    return FlowFilePlan(
        name=one.name,
        key=one.flow.key,
        differs=one.differs,
        changes=[change(each) for each in one.changes],
        people=people(one.people),
        warnings=list(one.warnings),
    )
