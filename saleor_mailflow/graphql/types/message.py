"""Mails: what was decided, what left, what became of it, and the mail as it was sent."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.flows.resend import times_sent_again
from saleor_mailflow.graphql import loaders
from saleor_mailflow.graphql.connections import CountableConnection
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import Shown, shown_flow
from saleor_mailflow.graphql.words import MessageState
from saleor_mailflow.models import DeliveryEvent as EventRow
from saleor_mailflow.models import Message as Row

#: How a mail stands, for people, where there is no reason to tell.
_STANDS = {
    Row.State.PLANNED: "It waits for its turn.",
    Row.State.CLAIMED: "It is being sent.",
    Row.State.SENDING: "It is being handed over.",
    Row.State.ACCEPTED: "The provider took it.",
    Row.State.SHADOWED: "Everything was done but the sending (shadow mode).",
}
_DELIVERED = {
    "delivered": "It was delivered.",
    "opened": "It was opened.",
    "clicked": "They clicked in it.",
    "bounced": "It was returned: the mailbox does not exist.",
    "soft_bounced": "It was returned: the mailbox could not take it.",
    "rejected": "The other side did not take it.",
    "complained": "They called it spam.",
    "unsubscribed": "They unsubscribed by it.",
    "deferred": "The provider is still trying.",
}


class DeliveryEvent(graphene.ObjectType):
    """What became of a mail."""

    class Meta:
        description = "One thing that became of a mail after the provider took it."

    kind = graphene.String(required=True, description="Such as delivered, bounced, opened, clicked, complained.")
    at = graphene.DateTime(required=True, description="When it happened.")
    by_machine = graphene.Boolean(description="Whether a scanner or mail proxy did it; null while that is undecided.")
    link = graphene.Int(description="Which link was followed, by its place in the mail.")


class Message(graphene.ObjectType):
    """One mail to one person."""

    class Meta:
        description = "One mail to one person, from the decision to send it until the provider's last word."

    id = graphene.ID(required=True, description="Its global id.")
    uuid = graphene.UUID(required=True, description="What the mail's Message-ID and the provider know it by.")
    state = MessageState(required=True, description="How far it has come.")
    sentence = graphene.String(required=True, description="How it stands, or why it was not sent, for people.")
    reason = graphene.String(required=True, description="The reason in code; empty where there is none.")
    delivery = graphene.String(required=True, description="The provider's last word; empty before the first.")
    flow = graphene.Field(Flow, description="The flow that it belongs to.")
    flow_key = graphene.String(required=True, description="That flow's name in code.")
    step = graphene.String(required=True, description="The step that planned it.")
    template = graphene.String(required=True, description="The template that it was made from.")
    recipient = graphene.String(required=True, description="The address that it goes to.")
    contact = graphene.Field("saleor_mailflow.graphql.types.contact.Contact", description="The person that it goes to.")
    enrollment = graphene.ID(required=True, description="The global id of the enrollment that it belongs to.")
    purpose = graphene.String(required=True, description="marketing or transactional.")
    topic = graphene.String(required=True, description="The kind of mail that people can choose by itself.")
    basis = graphene.String(required=True, description="The rule of the law table by which it was sent.")
    language = graphene.String(required=True, description="The language that it was written in; empty before that.")
    subject = graphene.String(required=True, description="Its subject; empty before it was written.")
    html = graphene.String(
        required=True, description="The HTML as it was sent; show it in a frame with an empty sandbox only."
    )
    text = graphene.String(required=True, description="The text part as it was sent.")
    provider = graphene.String(required=True, description="Who took it; empty before that.")
    attempts = graphene.Int(required=True, description="How often it was tried.")
    planned_at = graphene.DateTime(required=True, description="When it was decided.")
    due_at = graphene.DateTime(required=True, description="When it is or was due.")
    expires_at = graphene.DateTime(required=True, description="After this it would be late mail that nobody wants.")
    ended_at = graphene.DateTime(description="When it was sent, or decided not to be.")
    delivered_at = graphene.DateTime(description="When it was delivered, as the provider says.")
    opened_at = graphene.DateTime(description="When a person first opened it. Unreliable.")
    clicked_at = graphene.DateTime(description="When a person first clicked in it.")
    times_resent = graphene.Int(
        required=True, description="How often it was sent again by hand; messageResend wants the next number."
    )
    events = graphene.List(
        graphene.NonNull(DeliveryEvent), required=True, description="What became of it, the oldest first."
    )

    @staticmethod
    def resolve_id(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Message", root.pk)

    @staticmethod
    def resolve_enrollment(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the enrollment's global id."""
        return global_id("Enrollment", root.enrollment_id)

    @staticmethod
    def resolve_sentence(root: Row, info: graphene.ResolveInfo) -> str:
        """Return how it stands."""
        if root.reason:
            return sentence(root.reason, root.detail)
        return _DELIVERED.get(root.delivery) or _STANDS.get(Row.State(root.state), "")

    @staticmethod
    def resolve_flow(root: Row, info: graphene.ResolveInfo) -> Shown | None:
        """Return the flow, looked up once a request."""
        return shown_flow(info.context, root.flow_key)

    @staticmethod
    def resolve_recipient(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the address, fetched with everybody else's."""
        return loaders.load(info.context, loaders.contacts, root.contact_id).then(lambda one: one.email if one else "")

    @staticmethod
    def resolve_contact(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the person, fetched with everybody else."""
        return loaders.load(info.context, loaders.contacts, root.contact_id)

    @staticmethod
    def resolve_times_resent(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return how often, counted with every other mail."""
        return loaders.load(info.context, _resent, root.uuid)

    @staticmethod
    def resolve_events(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return what became of it, fetched with every other mail's."""
        return loaders.load(info.context, _events, root.pk)


class MessageConnection(CountableConnection):
    """A page of mails."""

    class Meta:
        node = Message


def _events(context: Any, keys: Any) -> list[list[EventRow]]:
    found: dict[int, list[EventRow]] = {key: [] for key in keys}
    rows = EventRow.objects.filter(shop=context.shop, message_id__in=list(keys)).order_by("at", "id")
    for row in rows[:5000]:
        if row.message_id is not None:
            found[row.message_id].append(row)
    return [found[key] for key in keys]


def _resent(context: Any, keys: Any) -> list[int]:
    found = times_sent_again(list(keys))
    return [found[key] for key in keys]
