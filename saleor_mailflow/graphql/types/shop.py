"""The shop's own matters: settings, health, what is to be mended, topics, forms, who changed what, who asks."""

from __future__ import annotations

import graphene

from saleor_mailflow.graphql.connections import CountableConnection
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.common import Count, Problem, Text
from saleor_mailflow.graphql.words import FindingGrade
from saleor_mailflow.models import AuditEntry as AuditRow


class Me(graphene.ObjectType):
    """Who asks."""

    class Meta:
        description = "Whoever asks, as we see them."

    actor = graphene.String(required=True, description="How the audit names them, such as staff:7.")
    permissions = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Saleor's permission codes that count here."
    )
    shop = graphene.String(required=True, description="The shop's domain.")


class Channel(graphene.ObjectType):
    """One channel of the shop."""

    class Meta:
        description = "One channel of the shop, as far as it is known here."

    slug = graphene.String(required=True, description="Its slug, by which everything here names it.")
    name = graphene.String(required=True, description="Its name for people; empty where only the slug was seen.")
    currency = graphene.String(required=True, description="ISO 4217 code; empty where it is not known.")


class Setting(graphene.ObjectType):
    """One setting."""

    class Meta:
        description = "One setting of the shop."

    key = graphene.String(required=True, description="Its name in code, such as sender_email.")
    label = graphene.String(required=True, description="Its name for people.")
    help = graphene.String(required=True, description="What it is for and how it is written.")
    type = graphene.String(required=True, description="String, Multiline, Boolean, Secret or Password.")
    value = graphene.String(description="What is set, as text; null for secrets, which are never shown.")
    is_set = graphene.Boolean(required=True, description="Whether anything is set.")
    problems = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What is wrong with it, in sentences."
    )


class Health(graphene.ObjectType):
    """How all is going."""

    class Meta:
        description = "How all is going in this shop, and what a person has to do."

    well = graphene.Boolean(required=True, description="Whether there is nothing to do.")
    paused_at = graphene.DateTime(description="Since when all mail is held; null while it is not.")
    inside = graphene.Int(required=True, description="People inside flows.")
    waiting_baskets = graphene.Int(required=True, description="Carts in their quiet hour.")
    pending_events = graphene.Int(required=True, description="Events that wait to be taken in.")
    lag_seconds = graphene.Int(description="The age of the oldest of them; null where there is none.")
    parked_events = graphene.Int(required=True, description="Events that could not be read three times over.")
    oldest_due_seconds = graphene.Int(description="For how long the oldest work has been due; null for none.")
    unknown = graphene.Int(required=True, description="Mails that may or may not have arrived, 7 days.")
    ticked_by = graphene.List(
        graphene.NonNull(Count), required=True, description="Who ticks, and how many seconds ago last."
    )
    messages = graphene.List(
        graphene.NonNull(Count), required=True, description="Mails of the last 7 days by their state."
    )
    reasons = graphene.List(
        graphene.NonNull(Count), required=True, description="Why mails of the last 7 days were not sent."
    )
    problems = graphene.List(
        graphene.NonNull(Problem), required=True, description="What a person has to do, the most urgent first."
    )
    nothing_sent = graphene.String(
        required=True, description="Why nothing has ever been sent; empty once something was."
    )


class Finding(graphene.ObjectType):
    """One thing that was looked at."""

    class Meta:
        description = "One thing that mail depends on, looked at."

    check = graphene.String(required=True, description="What was looked at.")
    grade = FindingGrade(required=True, description="How it came out.")
    text = graphene.String(required=True, description="What was seen and what to do.")


class Topic(graphene.ObjectType):
    """A kind of mail."""

    class Meta:
        description = "A kind of mail that people can choose by itself."

    id = graphene.ID(required=True, description="Its global id.")
    key = graphene.String(required=True, description="Its name in code.")
    names = graphene.List(graphene.NonNull(Text), required=True, description="Its name for people, by language.")
    descriptions = graphene.List(graphene.NonNull(Text), required=True, description="A sentence, by language.")
    position = graphene.Int(required=True, description="The order on the page, the lowest first.")
    active = graphene.Boolean(required=True, description="Whether it is offered.")


class SignUpForm(graphene.ObjectType):
    """A form by which people ask for mail."""

    class Meta:
        description = "A form by which people ask for mail, hosted by us or embedded in the storefront."

    id = graphene.ID(required=True, description="Its global id.")
    key = graphene.String(required=True, description="Its name in code and in its address.")
    channel = graphene.String(required=True, description="The channel it speaks for; may be empty.")
    active = graphene.Boolean(required=True, description="Whether it is open.")
    definition = JSONString(required=True, description="What it asks and promises.")
    problems = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What cannot be read of it, in sentences."
    )
    page = graphene.String(description="The address of its hosted page; null while nobody can use it.")
    asked = graphene.Int(required=True, description="How many people asked by it.")
    confirmed = graphene.Int(required=True, description="How many of them confirmed.")


class AuditEntry(graphene.ObjectType):
    """One change."""

    class Meta:
        description = "One change that a person or a program made to how we work."

    id = graphene.ID(required=True, description="Its global id.")
    at = graphene.DateTime(required=True, description="When.")
    actor = graphene.String(required=True, description="Who: staff:<id>, app:<id>, command line, settings page.")
    action = graphene.String(required=True, description="What, in the past tense, such as flow.published.")
    subject = graphene.String(required=True, description="To what, such as flow:abandoned_checkout.")
    before = JSONString(description="What it was; without secrets.")
    after = JSONString(description="What it became; without secrets.")

    @staticmethod
    def resolve_id(root: AuditRow, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("AuditEntry", root.pk)


class AuditEntryConnection(CountableConnection):
    """A page of changes."""

    class Meta:
        node = AuditEntry
