"""The questions of the API. Each finds rows of its own shop only, and leaves what they mean to the layers below."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.graphql.backtest_query import BacktestQueries
from saleor_mailflow.graphql.connections import page, page_arguments
from saleor_mailflow.graphql.content_query import ContentQueries
from saleor_mailflow.graphql.errors import BadRequest
from saleor_mailflow.graphql.filters import (
    ContactFilter,
    ContactSorter,
    EnrollmentFilter,
    MessageFilter,
    MessageSorter,
    contact_order,
    filter_contacts,
    filter_enrollments,
    filter_messages,
    message_order,
)
from saleor_mailflow.graphql.ids import key_of, number_of
from saleor_mailflow.graphql.preview_query import PreviewQueries
from saleor_mailflow.graphql.shop_query import ShopQueries
from saleor_mailflow.graphql.types.contact import Contact, ContactConnection
from saleor_mailflow.graphql.types.draft import FlowDraft
from saleor_mailflow.graphql.types.enrollment import EnrollmentConnection
from saleor_mailflow.graphql.types.flow import Flow
from saleor_mailflow.graphql.types.flow_shown import Shown, shaped_flows, shown_flow
from saleor_mailflow.graphql.types.message import Message, MessageConnection
from saleor_mailflow.graphql.types.order import OrderMail, order_mail
from saleor_mailflow.graphql.types.why import Why, ask_why
from saleor_mailflow.models import Contact as ContactRow
from saleor_mailflow.models import Enrollment as EnrollmentRow
from saleor_mailflow.models import FlowDraft as DraftRow
from saleor_mailflow.models import Message as MessageRow


class Query(BacktestQueries, ContentQueries, PreviewQueries, ShopQueries, graphene.ObjectType):
    """What can be asked."""

    class Meta:
        description = "What can be asked."

    flows = graphene.List(
        graphene.NonNull(Flow),
        required=True,
        description="Every flow that one may switch and shape, in the order in which they come first.",
    )
    flow = graphene.Field(
        Flow,
        id=graphene.ID(description="Its global id."),
        key=graphene.String(description="Or its name in code, such as abandoned_checkout."),
        description="One flow; null where there is none.",
    )
    flow_drafts = graphene.List(
        graphene.NonNull(FlowDraft), required=True, description="Every flow in the making, by key."
    )
    flow_draft = graphene.Field(
        FlowDraft,
        key=graphene.String(required=True, description="The flow's name in code."),
        description="A flow in the making; null where there is no draft.",
    )
    enrollments = graphene.Field(
        EnrollmentConnection,
        filter=EnrollmentFilter(description="Which ones."),
        **page_arguments(),
        description="People inside flows, or who were; who came last is first.",
    )
    contacts = graphene.Field(
        ContactConnection,
        filter=ContactFilter(description="Which ones."),
        sort_by=ContactSorter(description="In which order; without it, whom we met last is first."),
        **page_arguments(),
        description="People as the shop knows them.",
    )
    contact = graphene.Field(
        Contact,
        id=graphene.ID(description="The contact's global id."),
        email=graphene.String(description="Or the address."),
        customer=graphene.ID(description="Or the shop's own global id of the account, such as a widget is given."),
        description="One person; null where we know of none.",
    )
    why = graphene.Field(
        Why,
        required=True,
        email=graphene.String(required=True, description="The address; it need not be known."),
        description="What somebody got, will get and did not get, and why.",
    )
    messages = graphene.Field(
        MessageConnection,
        filter=MessageFilter(description="Which ones."),
        sort_by=MessageSorter(description="In which order; without it, the newest first."),
        **page_arguments(),
        description="Mails: sent, waiting and not sent.",
    )
    message = graphene.Field(
        Message,
        required=False,
        id=graphene.ID(required=True, description="Its global id."),
        description="One mail; null where there is none.",
    )
    order_mail = graphene.Field(
        OrderMail,
        order=graphene.ID(required=True, description="The shop's own global id of the order, as a widget is given it."),
        description="What the buyer of an order got, will get and did not get; null for an order we do not know.",
    )

    @staticmethod
    def resolve_flows(root: None, info: graphene.ResolveInfo) -> list[Shown]:
        """Return every flow."""
        return shaped_flows(info.context)

    @staticmethod
    def resolve_flow(
        root: None, info: graphene.ResolveInfo, id: str | None = None, key: str | None = None
    ) -> Shown | None:
        """Return one flow by id or key."""
        if (id is None) == (key is None):
            raise BadRequest("Say which flow: id or key, one of them.")
        return shown_flow(info.context, key_of("Flow", id) if id is not None else str(key))

    @staticmethod
    def resolve_flow_drafts(root: None, info: graphene.ResolveInfo) -> list[DraftRow]:
        """Return every draft."""
        rows = DraftRow.objects.filter(shop=info.context.shop).select_related("base")
        return list(rows.order_by("flow_key")[:200])

    @staticmethod
    def resolve_flow_draft(root: None, info: graphene.ResolveInfo, key: str) -> DraftRow | None:
        """Return one draft."""
        return DraftRow.objects.filter(shop=info.context.shop, flow_key=key).select_related("base").first()

    @staticmethod
    def resolve_enrollments(root: None, info: graphene.ResolveInfo, filter: Any = None, **arguments: Any) -> Any:
        """Return a page of enrollments."""
        rows = EnrollmentRow.objects.filter(shop=info.context.shop).select_related("flow")
        return page(EnrollmentConnection, filter_enrollments(rows, filter or {}), arguments, ("-id",))

    @staticmethod
    def resolve_contacts(
        root: None, info: graphene.ResolveInfo, filter: Any = None, sort_by: Any = None, **arguments: Any
    ) -> Any:
        """Return a page of people."""
        rows = filter_contacts(ContactRow.objects.filter(shop=info.context.shop), filter or {})
        return page(ContactConnection, rows, arguments, contact_order(sort_by or {}))

    @staticmethod
    def resolve_contact(
        root: None,
        info: graphene.ResolveInfo,
        id: str | None = None,
        email: str | None = None,
        customer: str | None = None,
    ) -> ContactRow | None:
        """Return one person by id, address or account."""
        if sum(one is not None for one in (id, email, customer)) != 1:
            raise BadRequest("Say who: id, email or customer, one of them.")
        rows = ContactRow.objects.filter(shop=info.context.shop)
        if id is not None:
            return rows.filter(pk=number_of("Contact", id)).first()
        if email is not None:
            return rows.filter(email=normalise(email) or "-").first()
        return rows.filter(user_ref=customer or "-").order_by("-updated_at").first()

    @staticmethod
    def resolve_why(root: None, info: graphene.ResolveInfo, email: str) -> Any:
        """Return the whole answer for an address."""
        return ask_why(info.context, email)

    @staticmethod
    def resolve_messages(
        root: None, info: graphene.ResolveInfo, filter: Any = None, sort_by: Any = None, **arguments: Any
    ) -> Any:
        """Return a page of mails."""
        rows = filter_messages(MessageRow.objects.filter(shop=info.context.shop), filter or {})
        return page(MessageConnection, rows.defer("links"), arguments, message_order(sort_by or {}))

    @staticmethod
    def resolve_message(root: None, info: graphene.ResolveInfo, id: str) -> MessageRow | None:
        """Return one mail."""
        return MessageRow.objects.filter(shop=info.context.shop, pk=number_of("Message", id)).first()

    @staticmethod
    def resolve_order_mail(root: None, info: graphene.ResolveInfo, order: str) -> OrderMail | None:
        """Return what the buyer of an order got."""
        return order_mail(info.context, order)
