"""Enrollments: one person inside one flow, where they stand and why they left."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.graphql import loaders
from saleor_mailflow.graphql.connections import CountableConnection
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_parts import FlowVersion
from saleor_mailflow.graphql.types.flow_shown import shown_flow
from saleor_mailflow.graphql.types.message import Message
from saleor_mailflow.graphql.words import EnrollmentState
from saleor_mailflow.models import Enrollment as Row
from saleor_mailflow.models import Message as MessageRow


class Enrollment(graphene.ObjectType):
    """One person inside one flow."""

    class Meta:
        description = "One person inside one flow."

    id = graphene.ID(required=True, description="Its global id.")
    state = EnrollmentState(required=True, description="Whether they are inside.")
    flow = graphene.Field(Flow, description="The flow.")
    version = graphene.Field(FlowVersion, description="The version that they go through.")
    contact = graphene.Field("saleor_mailflow.graphql.types.contact.Contact", description="The person.")
    recipient = graphene.String(required=True, description="The person's address.")
    step = graphene.String(required=True, description="The step at which they stand; empty behind the last one.")
    entered_at = graphene.DateTime(required=True, description="When they entered.")
    due_at = graphene.DateTime(description="When the next step is due; null once they are out.")
    ended_at = graphene.DateTime(description="When they left; null while they are inside.")
    exit_reason = graphene.String(required=True, description="Why they left, in code; empty while they are inside.")
    exit_sentence = graphene.String(description="Why they left, for people; null while they are inside.")
    messages = graphene.List(
        graphene.NonNull(Message), required=True, description="The mails of this enrollment, the oldest first."
    )

    @staticmethod
    def resolve_id(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Enrollment", root.pk)

    @staticmethod
    def resolve_flow(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the flow; the row came with the enrollment."""
        return shown_flow(info.context, root.flow.key)

    @staticmethod
    def resolve_version(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the version, fetched with every other one."""
        return loaders.load(info.context, loaders.versions, root.version_id)

    @staticmethod
    def resolve_contact(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the person, fetched with everybody else."""
        return loaders.load(info.context, loaders.contacts, root.contact_id)

    @staticmethod
    def resolve_recipient(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the address, fetched with everybody else's."""
        return loaders.load(info.context, loaders.contacts, root.contact_id).then(lambda one: one.email if one else "")

    @staticmethod
    def resolve_step(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the step's name."""
        return str(root.cursor.get("at") or "")

    @staticmethod
    def resolve_exit_sentence(root: Row, info: graphene.ResolveInfo) -> str | None:
        """Return why they left."""
        return sentence(root.exit_reason, root.context.get("exit", {})) if root.exit_reason else None

    @staticmethod
    def resolve_messages(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the mails, fetched with every other enrollment's."""
        return loaders.load(info.context, _messages, root.pk)


class EnrollmentConnection(CountableConnection):
    """A page of enrollments."""

    class Meta:
        node = Enrollment


def _messages(context: Any, keys: Any) -> list[list[MessageRow]]:
    found: dict[int, list[MessageRow]] = {key: [] for key in keys}
    rows = MessageRow.objects.filter(shop=context.shop, enrollment_id__in=list(keys)).order_by("planned_at", "id")
    for row in rows:
        found[row.enrollment_id].append(row)
    return [found[key] for key in keys]
