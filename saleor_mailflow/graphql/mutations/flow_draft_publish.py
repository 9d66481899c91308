"""``flowDraftPublish``: a draft becomes the flow's next version."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.exceptions import MailflowError, Unfinished
from saleor_mailflow.flows.publish_draft import publish_draft
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.common import Count
from saleor_mailflow.graphql.types.draft import FlowChange, LintFinding, change, finding, people
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_parts import FlowVersion
from saleor_mailflow.graphql.types.flow_shown import shown_anew


class FlowDraftPublish(BaseMutation):
    """Publish a draft."""

    class Meta:
        description = (
            "Publish a draft as the flow's next version, for people who enter from now on; those inside stay in theirs "
            "until they are moved. Refused while the lint finds errors, or somebody published meanwhile."
        )

    class Arguments:
        key = graphene.String(required=True, description="The flow's name in code.")
        revision = graphene.Int(description="The revision that was looked at.")
        note = graphene.String(default_value="", description="What is to be said about it, 300 characters at most.")

    flow = graphene.Field(Flow, description="The flow as it is now.")
    version = graphene.Field(FlowVersion, description="The new version.")
    changes = graphene.List(graphene.NonNull(FlowChange), description="What it changed.")
    people = graphene.List(graphene.NonNull(Count), description="How many people stand at each step it changed.")
    findings = graphene.List(
        graphene.NonNull(LintFinding),
        description="Warnings that remain, or the errors that kept it from being published.",
    )

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, note: str, revision: int | None = None
    ) -> dict[str, Any]:
        """Publish it."""
        done = publish_draft(context.shop, key, actor=context.actor, at=context.now, note=note, revision=revision)
        return {
            "flow": shown_anew(context, key),
            "version": done.version,
            "changes": [change(one) for one in done.changes],
            "people": people(done.people),
            "findings": [finding(one) for one in done.warnings],
        }

    @classmethod
    def mutate(cls, root: Any, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Publish it; what is unfinished is answered with every finding."""
        try:
            return cls(errors=[], **cls.perform(info.context, **arguments))
        except Unfinished as error:
            return cls.refused(error, findings=[finding(one) for one in error.findings])
        except MailflowError as error:
            return cls.refused(error)
