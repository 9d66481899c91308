"""Contacts: people as the shop knows them, what they said about mail, and what became of it."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.suppression import suppressions
from saleor_mailflow.graphql import loaders
from saleor_mailflow.graphql.connections import CountableConnection, page, page_arguments
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.types.common import Money, money
from saleor_mailflow.graphql.types.enrollment import EnrollmentConnection
from saleor_mailflow.graphql.types.message import MessageConnection
from saleor_mailflow.graphql.types.why import Why, ask_why
from saleor_mailflow.graphql.words import ConsentState, Lifecycle, SuppressionReason
from saleor_mailflow.models import Consent as ConsentRow
from saleor_mailflow.models import Contact as Row
from saleor_mailflow.models import Enrollment as EnrollmentRow
from saleor_mailflow.models import Message as MessageRow
from saleor_mailflow.models import Profile as ProfileRow


class ImportRefusal(graphene.ObjectType):
    """A line of a file that was refused."""

    class Meta:
        description = "A line of an imported file that was refused, without the address."

    line = graphene.Int(required=True, description="Its number in what was sent, the header being 1.")
    because = graphene.String(required=True, description="Why, in a sentence.")


class ContactTag(graphene.ObjectType):
    """A mark on a contact."""

    class Meta:
        description = "A mark on a contact that knows since when it is there."

    tag = graphene.String(required=True, description="The mark, such as engaged.")
    source = graphene.String(required=True, description="Who set it: a flow's key, hygiene, import, merchant.")
    at = graphene.DateTime(required=True, description="Since when it is there.")


class Consent(graphene.ObjectType):
    """What a contact said about mail."""

    class Meta:
        description = "One thing a contact said about mail. The newest counts; none is ever changed."

    state = ConsentState(required=True, description="Yes or no.")
    topic = graphene.String(required=True, description="What it is about; marketing is all of it.")
    entity = graphene.String(required=True, description="The sending entity; empty is the whole shop.")
    source = graphene.String(required=True, description="Where it was said.")
    basis = graphene.String(required=True, description="What it rests on, such as double_opt_in.")
    proof = graphene.String(required=True, description="The words as they were seen.")
    wording = graphene.String(description="The text that they agreed to, where it was ours.")
    at = graphene.DateTime(required=True, description="When it was said.")
    expires_at = graphene.DateTime(description="When the law lets it run out; null is never.")

    @staticmethod
    def resolve_wording(root: ConsentRow, info: graphene.ResolveInfo) -> str | None:
        """Return the text agreed to; its row came along."""
        return root.wording.text if root.wording is not None else None


class Suppression(graphene.ObjectType):
    """An address that gets no marketing mail."""

    class Meta:
        description = "An address that gets no marketing mail, kept as a keyed hash so that it survives erasure."

    id = graphene.ID(description="Its global id; null where it is shown with a contact.")
    entity = graphene.String(required=True, description="The sending entity; empty is the whole shop.")
    reason = SuppressionReason(required=True, description="Why it gets none.")
    detail = graphene.String(required=True, description="Where it came from; may be empty.")
    at = graphene.DateTime(required=True, description="Since when.")
    email = graphene.String(description="The address, where a contact has it; null once nobody has.")


class SuppressionConnection(CountableConnection):
    """A page of suppressed addresses."""

    class Meta:
        node = Suppression


class Profile(graphene.ObjectType):
    """What is reckoned about a contact."""

    class Meta:
        description = "What a contact's orders and signs of life come to. Reckoned every night."

    lifecycle = Lifecycle(required=True, description="How far they have come with the shop.")
    orders = graphene.Int(required=True, description="How many orders, ever.")
    orders_12m = graphene.Int(required=True, name="orders12m", description="How many orders in twelve months.")
    spent = graphene.List(
        graphene.NonNull(Money), required=True, description="What they spent, by currency, refunds taken off."
    )
    spent_12m = graphene.List(
        graphene.NonNull(Money), required=True, name="spent12m", description="The same over twelve months."
    )
    first_order_at = graphene.DateTime(description="When they first ordered.")
    last_order_at = graphene.DateTime(description="When they last ordered.")
    last_active_at = graphene.DateTime(description="Their last order, cart or click.")
    gap_days = graphene.Float(description="Their own usual gap between orders; null below three of them.")
    recency = graphene.Int(description="Fifth of the shop's buyers by last order, 5 the latest; null who never bought.")
    frequency = graphene.Int(description="Fifth by how often they order, 5 the most often.")
    monetary = graphene.Int(description="Fifth by what they spent, 5 the most.")
    vip_since = graphene.DateTime(description="Since when they stand above the line of the VIP flow.")
    reckoned_at = graphene.DateTime(required=True, description="When this was reckoned.")

    @staticmethod
    def resolve_spent(root: ProfileRow, info: graphene.ResolveInfo) -> list[Money]:
        """Return money by currency."""
        return money(root.spent)

    @staticmethod
    def resolve_spent_12m(root: ProfileRow, info: graphene.ResolveInfo) -> list[Money]:
        """Return money by currency."""
        return money(root.spent_12m)


class Contact(graphene.ObjectType):
    """A person as the shop knows them."""

    class Meta:
        description = "A person as the shop knows them, by email address."

    id = graphene.ID(required=True, description="Its global id.")
    email = graphene.String(required=True, description="The address; erased:… once the person was erased.")
    first_name = graphene.String(required=True, description="May be empty.")
    last_name = graphene.String(required=True, description="May be empty.")
    customer = graphene.String(required=True, description="The shop's own id of the account; empty for guests.")
    language = graphene.String(required=True, description="The language they are written to in; may be empty.")
    country = graphene.String(required=True, description="ISO 3166 code; may be empty.")
    timezone = graphene.String(required=True, description="IANA name of their own zone, where it is known.")
    birthday = graphene.Date(description="Where it is known.")
    is_staff = graphene.Boolean(required=True, description="Whether they work in the shop: they get no such mail.")
    is_role = graphene.Boolean(required=True, description="Whether the address looks like an office's.")
    frequency = graphene.String(required=True, description="How often they want promotional mail: weekly, monthly.")
    paused_until = graphene.DateTime(description="No marketing mail before this, by their own wish.")
    first_seen_at = graphene.DateTime(required=True, description="When we first knew of them.")
    updated_at = graphene.DateTime(required=True, description="When we last learned something.")
    erased_at = graphene.DateTime(description="When they were erased.")
    profile = graphene.Field(Profile, description="What their orders and signs of life come to; null before that.")
    tags = graphene.List(graphene.NonNull(ContactTag), required=True, description="Marks, by the alphabet.")
    consents = graphene.List(
        graphene.NonNull(Consent), required=True, description="What they said about mail, the newest first."
    )
    suppressions = graphene.List(
        graphene.NonNull(Suppression), required=True, description="Where and why they get no marketing mail."
    )
    messages = graphene.Field(MessageConnection, **page_arguments(), description="Their mails, the newest first.")
    enrollments = graphene.Field(
        EnrollmentConnection, **page_arguments(), description="The flows that they are or were in, the newest first."
    )
    why = graphene.Field(Why, required=True, description="What they got, will get and did not get, and why.")

    @staticmethod
    def resolve_id(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Contact", root.pk)

    @staticmethod
    def resolve_customer(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the shop's id of the account."""
        return root.user_ref

    @staticmethod
    def resolve_profile(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return what is reckoned, fetched with everybody else's."""
        return loaders.load(info.context, _profiles, root.pk)

    @staticmethod
    def resolve_tags(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the tags, fetched with everybody else's."""
        return loaders.load(info.context, loaders.tags, root.pk)

    @staticmethod
    def resolve_consents(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return what they said, fetched with everybody else's."""
        return loaders.load(info.context, _consents, root.pk)

    @staticmethod
    def resolve_suppressions(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return where they are suppressed, fetched with everybody else's."""
        return loaders.load(info.context, _suppressions, root.email)

    @staticmethod
    def resolve_messages(root: Row, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Return a page of their mails."""
        rows = MessageRow.objects.filter(shop=info.context.shop, contact=root)
        return page(MessageConnection, rows, arguments, ("-planned_at", "-id"))

    @staticmethod
    def resolve_enrollments(root: Row, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Return a page of their flows."""
        rows = EnrollmentRow.objects.filter(shop=info.context.shop, contact=root).select_related("flow")
        return page(EnrollmentConnection, rows, arguments, ("-entered_at", "-id"))

    @staticmethod
    def resolve_why(root: Row, info: graphene.ResolveInfo) -> Any:
        """Return the whole answer."""
        return ask_why(info.context, root.email)


def _profiles(context: Any, keys: Any) -> list[ProfileRow | None]:
    found = ProfileRow.objects.filter(shop=context.shop).in_bulk(list(keys))
    return [found.get(key) for key in keys]


class ContactConnection(CountableConnection):
    """A page of contacts."""

    class Meta:
        node = Contact


def _consents(context: Any, keys: Any) -> list[list[ConsentRow]]:
    found: dict[int, list[ConsentRow]] = {key: [] for key in keys}
    rows = ConsentRow.objects.filter(shop=context.shop, contact_id__in=list(keys)).select_related("wording")
    for row in rows.order_by("-at", "-id"):
        found[row.contact_id].append(row)
    return [found[key] for key in keys]


def _suppressions(context: Any, keys: Any) -> list[list[Suppression]]:
    found = suppressions(context.shop.pk, list(keys))
    return [
        [
            Suppression(entity=entity, reason=reason, detail="", at=at, email=key)
            for entity, (reason, at) in sorted(found.get(key, {}).items())
        ]
        for key in keys
    ]
