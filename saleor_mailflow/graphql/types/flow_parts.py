"""The parts of a flow: its steps, versions and figures."""

from __future__ import annotations

import graphene

from saleor_mailflow.graphql.connections import CountableConnection
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.common import Money
from saleor_mailflow.graphql.words import FlowMode, words
from saleor_mailflow.models import FlowVersion as VersionRow

FlowNextKind = words(
    "FlowNextKind",
    "What is to be done about a flow.",
    {
        "resume": "Complaints stopped it: look, then flowResume.",
        "retired": "It was retired; flowBringBack takes it back.",
        "publish": "A draft waits to be published.",
        "try": "It is off: see what it would do, then try it in shadow.",
        "read": "It is in shadow: read what would have gone out, then go live.",
        "offer": "It would give a code of an offer that nobody set up.",
        "why": "Mails were not sent: see which and why.",
        "nothing": "All is well.",
    },
)


class FlowStep(graphene.ObjectType):
    """One thing a flow does."""

    class Meta:
        description = "One thing a flow does. Steps come in the order in which they are written, ways after their step."

    id = graphene.ID(required=True, description="The step's own name within its flow, such as reminder.")
    type = graphene.String(required=True, description="What kind of step it is: send, wait, branch and so on.")
    inside = graphene.String(description="The step with several ways on that this one stands in; null at the top.")
    way = graphene.String(description="By which way of that step one comes here; null at the top.")
    template = graphene.String(description="The template that a send step mails; null for all others.")
    settings = JSONString(required=True, description="Everything the step says, as it is published.")
    waiting = graphene.Int(required=True, description="How many people stand here now.")


class FlowNext(graphene.ObjectType):
    """The next thing to do about a flow."""

    class Meta:
        description = "The next thing to do about a flow: one at a time, the most urgent first."

    kind = FlowNextKind(required=True, description="What is to be done.")
    sentence = graphene.String(required=True, description="It in a sentence, for people.")


class FlowRevenue(graphene.ObjectType):
    """Orders that followed a click."""

    class Meta:
        description = "Orders within five days after a click in a mail of the flow, the last click before each."

    orders = graphene.Int(required=True, description="How many orders.")
    revenue = graphene.List(
        graphene.NonNull(Money),
        required=True,
        description="What they came to, a sum for each currency, refunds taken off.",
    )


class FlowFigures(graphene.ObjectType):
    """What a flow came to."""

    class Meta:
        description = "What a flow came to over some days."

    days = graphene.Int(required=True, description="Over how many days up to now.")
    sent = graphene.Int(required=True, description="Mails that a provider took.")
    shadowed = graphene.Int(required=True, description="Mails that shadow mode would have sent.")
    delivered = graphene.Int(required=True, description="Mails that the provider said were delivered.")
    clicked = graphene.Int(required=True, description="Mails in which a person clicked; machines do not count.")
    held_back = graphene.Int(required=True, description="Mails that were decided not to be sent, missed or refused.")
    inside = graphene.Int(required=True, description="People inside now.")
    money = graphene.Field(FlowRevenue, description="Orders that followed a click, and what they came to.")


class FlowVersion(graphene.ObjectType):
    """What a flow was when it was published."""

    class Meta:
        description = "What a flow was when it was published. It never changes."

    id = graphene.ID(required=True, description="Its global id.")
    number = graphene.Int(required=True, description="The first is 1.")
    published_at = graphene.DateTime(required=True, description="When it was published.")
    published_by = graphene.String(required=True, description="Who published it, as the audit names them.")
    note = graphene.String(required=True, description="What they wanted to say about it; may be empty.")
    definition = JSONString(required=True, description="All of it, as it runs.")

    @staticmethod
    def resolve_id(root: VersionRow, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("FlowVersion", root.pk)


class FlowVersionConnection(CountableConnection):
    """A page of versions."""

    class Meta:
        node = FlowVersion


class ChannelMode(graphene.ObjectType):
    """A channel in which a flow differs."""

    class Meta:
        description = "A channel in which a flow's switch differs from the whole."

    channel = graphene.String(required=True, description="The channel's slug.")
    mode = FlowMode(required=True, description="Whether the flow is on there.")


class Qualifying(graphene.ObjectType):
    """Who would be inside already."""

    class Meta:
        description = "How many people a flow would have taken in already, had it been on."

    ever = graphene.Int(
        description="Since ever; null where only the last 30 days are known, or a filter narrows the flow."
    )
    lately = graphene.Int(required=True, description="In the last 30 days: who may be let in by flowLetIn.")
