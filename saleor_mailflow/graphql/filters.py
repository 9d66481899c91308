"""Which rows and in which order: the filters and sorters of the lists. Refuses a search that looks at every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphene
from django.db.models import Q, QuerySet

from saleor_mailflow.graphql.ids import number_of
from saleor_mailflow.graphql.words import EnrollmentState, MessageState, OrderDirection, words

#: A shorter search would match nearly everything.
SHORTEST_SEARCH = 2

ContactSortField = words(
    "ContactSortField",
    "What contacts are sorted by.",
    {
        "first_seen_at": "When we first knew of them.",
        "updated_at": "When we last learned something.",
        "email": "The address.",
    },
)
MessageSortField = words(
    "MessageSortField",
    "What mails are sorted by.",
    {"planned_at": "When it was decided.", "due_at": "When it is or was due."},
)


class ContactFilter(graphene.InputObjectType):
    """Which contacts."""

    class Meta:
        name = "ContactFilterInput"
        description = "Which contacts; all of what is said must be so."

    search = graphene.String(description="Part of an address or name, two characters at least.")
    tags = graphene.List(graphene.NonNull(graphene.String), description="They have one of these tags.")
    language = graphene.String(description="The language they are written to in.")
    country = graphene.String(description="Their country's ISO 3166 code.")
    with_account = graphene.Boolean(description="Whether they have an account in the shop.")
    erased = graphene.Boolean(description="Whether they were erased; those who were are left out without this.")


class ContactSorter(graphene.InputObjectType):
    """The order of contacts."""

    class Meta:
        name = "ContactSortingInput"
        description = "In which order contacts come."

    field = ContactSortField(required=True, description="By what.")
    direction = OrderDirection(required=True, description="Which way.")


class MessageFilter(graphene.InputObjectType):
    """Which mails."""

    class Meta:
        name = "MessageFilterInput"
        description = "Which mails; all of what is said must be so."

    search = graphene.String(description="Part of a subject or of the recipient's address, two characters at least.")
    states = graphene.List(graphene.NonNull(MessageState), description="In one of these states.")
    flow = graphene.String(description="Of the flow of this key.")
    step = graphene.String(description="Of this step of the flow.")
    template = graphene.String(description="Made from this template.")
    contact = graphene.ID(description="To this contact, by global id.")
    reason = graphene.String(description="Held back for this reason, in code.")
    delivery = graphene.String(description="With this as the provider's last word, such as bounced.")
    clicked = graphene.Boolean(description="Whether a person clicked in it.")
    since = graphene.DateTime(description="Decided at this time or later.")
    until = graphene.DateTime(description="Decided before this time.")


class MessageSorter(graphene.InputObjectType):
    """The order of mails."""

    class Meta:
        name = "MessageSortingInput"
        description = "In which order mails come."

    field = MessageSortField(required=True, description="By what.")
    direction = OrderDirection(required=True, description="Which way.")


class EnrollmentFilter(graphene.InputObjectType):
    """Which enrollments."""

    class Meta:
        name = "EnrollmentFilterInput"
        description = "Which enrollments; all of what is said must be so."

    state = EnrollmentState(description="Inside, or out of it.")
    flow = graphene.String(description="Of the flow of this key.")
    step = graphene.String(description="They stand at this step now.")
    contact = graphene.ID(description="Of this contact, by global id.")
    exit_reason = graphene.String(description="They left for this reason, in code.")


def filter_contacts(rows: QuerySet[Any], wanted: Mapping[str, Any]) -> QuerySet[Any]:
    """Return the contacts that a filter wants."""
    search = str(wanted.get("search") or "").strip()
    if len(search) >= SHORTEST_SEARCH:
        for word in search.split()[:5]:
            rows = rows.filter(Q(email__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word))
    if wanted.get("tags"):
        rows = rows.filter(tags__tag__in=list(wanted["tags"])[:50]).distinct()
    for name in ("language", "country"):
        if wanted.get(name) is not None:
            rows = rows.filter(**{name: wanted[name]})
    if wanted.get("with_account") is not None:
        rows = rows.exclude(user_ref="") if wanted["with_account"] else rows.filter(user_ref="")
    return rows.filter(erased_at__isnull=not wanted.get("erased", False))


def filter_messages(rows: QuerySet[Any], wanted: Mapping[str, Any]) -> QuerySet[Any]:
    """Return the mails that a filter wants."""
    search = str(wanted.get("search") or "").strip()
    if len(search) >= SHORTEST_SEARCH:
        rows = rows.filter(Q(subject__icontains=search) | Q(contact__email__icontains=search.lower()))
    if wanted.get("states"):
        rows = rows.filter(state__in=list(wanted["states"]))
    for name, column in (("flow", "flow_key"), ("step", "step"), ("template", "template"), ("reason", "reason")):
        if wanted.get(name) is not None:
            rows = rows.filter(**{column: wanted[name]})
    if wanted.get("delivery") is not None:
        rows = rows.filter(delivery=wanted["delivery"])
    if wanted.get("contact") is not None:
        rows = rows.filter(contact_id=number_of("Contact", wanted["contact"], field="filter"))
    if wanted.get("clicked") is not None:
        rows = rows.filter(clicked_at__isnull=not wanted["clicked"])
    if wanted.get("since") is not None:
        rows = rows.filter(planned_at__gte=wanted["since"])
    if wanted.get("until") is not None:
        rows = rows.filter(planned_at__lt=wanted["until"])
    return rows


def filter_enrollments(rows: QuerySet[Any], wanted: Mapping[str, Any]) -> QuerySet[Any]:
    """Return the enrollments that a filter wants."""
    if wanted.get("state") is not None:
        rows = rows.filter(state=wanted["state"])
    if wanted.get("flow") is not None:
        rows = rows.filter(flow__key=wanted["flow"])
    if wanted.get("step") is not None:
        rows = rows.filter(cursor__at=wanted["step"])
    if wanted.get("contact") is not None:
        rows = rows.filter(contact_id=number_of("Contact", wanted["contact"], field="filter"))
    if wanted.get("exit_reason") is not None:
        rows = rows.filter(exit_reason=wanted["exit_reason"])
    return rows


def contact_order(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what contacts are sorted by."""
    return _order(wanted) or ("-id",)


def message_order(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what mails are sorted by."""
    # They are numbered in the order in which they were planned, and found by their number at once.
    return _order({**wanted, "field": "id"} if wanted.get("field") == "planned_at" else wanted) or ("-id",)


def _order(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    field = wanted.get("field")
    if field is None:
        return ()
    sign = "-" if wanted.get("direction") == "desc" else ""
    return (f"{sign}{field}", f"{sign}id") if field != "id" else (f"{sign}id",)
