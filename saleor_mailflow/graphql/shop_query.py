"""The questions about the shop's own matters: who asks, settings, health, topics, forms, suppression, the audit."""

from __future__ import annotations

from typing import Any

import graphene
from django.db.models import Count as Counted

from saleor_mailflow.audience.addresses import email_hash, normalise
from saleor_mailflow.audience.forms import read_form
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.graphql.connections import page, page_arguments
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.types.common import Count, Problem, texts
from saleor_mailflow.graphql.types.contact import Suppression, SuppressionConnection
from saleor_mailflow.graphql.types.shop import (
    AuditEntryConnection,
    Channel,
    Finding,
    Health,
    Me,
    Setting,
    SignUpForm,
    Topic,
)
from saleor_mailflow.models import AuditEntry as AuditRow
from saleor_mailflow.models import SignUp as SignUpRow
from saleor_mailflow.models import SignUpForm as FormRow
from saleor_mailflow.models import Suppression as SuppressionRow
from saleor_mailflow.models import Topic as TopicRow
from saleor_mailflow.pages.sign_up_form import OpenForm
from saleor_mailflow.pages.snippet import address
from saleor_mailflow.process.doctor import examine
from saleor_mailflow.process.health import health_of
from saleor_mailflow.shop.channels import channels_of
from saleor_mailflow.shop.settings_edit import shown_settings
from saleor_mailflow.shop.snapshots import ChannelSnapshot


class ShopQueries:
    """Questions about the shop's own matters, mixed into Query."""

    me = graphene.Field(Me, required=True, description="Who asks, and what they may do here.")
    channels = graphene.List(
        graphene.NonNull(Channel),
        required=True,
        description="The shop's channels, by slug; of a shop that only sends webhooks, those that were seen or set.",
    )
    settings = graphene.List(
        graphene.NonNull(Setting), required=True, description="What is set, in the order of the settings page."
    )
    health = graphene.Field(Health, required=True, description="How all is going, and what a person has to do.")
    findings = graphene.List(
        graphene.NonNull(Finding),
        required=True,
        description="Everything that mail depends on, looked at now: address, beat, provider, the sender's DNS.",
    )
    topics = graphene.List(
        graphene.NonNull(Topic), required=True, description="The kinds of mail that people can choose."
    )
    sign_up_forms = graphene.List(
        graphene.NonNull(SignUpForm), required=True, description="The forms by which people ask for mail."
    )
    suppressions = graphene.Field(
        SuppressionConnection,
        email=graphene.String(description="Only this address."),
        **page_arguments(),
        description="Addresses that get no marketing mail, the newest first.",
    )
    audit_entries = graphene.Field(
        AuditEntryConnection,
        subject=graphene.String(description="Only changes to this, such as settings or flow:abandoned_checkout."),
        **page_arguments(),
        description="Who changed what, the newest first.",
    )

    @staticmethod
    def resolve_me(root: None, info: graphene.ResolveInfo) -> Me:
        """Return who asks."""
        caller, shop = info.context.caller, info.context.shop
        return Me(actor=caller.actor, permissions=sorted(caller.permissions), shop=shop.domain)

    @staticmethod
    def resolve_channels(root: None, info: graphene.ResolveInfo) -> list[ChannelSnapshot]:
        """Return the shop's channels."""
        return channels_of(info.context.shop, info.context.gateway, info.context.settings)

    @staticmethod
    def resolve_settings(root: None, info: graphene.ResolveInfo) -> list[Setting]:
        """Return what is set."""
        return settings_list(info.context)

    @staticmethod
    def resolve_health(root: None, info: graphene.ResolveInfo) -> Health:
        """Return how all is going."""
        return health_answer(info.context)

    @staticmethod
    def resolve_findings(root: None, info: graphene.ResolveInfo) -> list[Finding]:
        """Look at everything; the domain name system is asked, for seconds at most."""
        found = examine(info.context.shop, info.context.settings, info.context.now)
        return [Finding(check=one.check, grade=str(one.grade), text=one.text) for one in found]

    @staticmethod
    def resolve_topics(root: None, info: graphene.ResolveInfo) -> list[Topic]:
        """Return every topic, closed ones too."""
        rows = TopicRow.objects.filter(shop=info.context.shop).order_by("position", "id")
        return [topic_answer(row) for row in rows]

    @staticmethod
    def resolve_sign_up_forms(root: None, info: graphene.ResolveInfo) -> list[SignUpForm]:
        """Return every form with how many asked by it. Two queries."""
        return form_answers(info.context)

    @staticmethod
    def resolve_suppressions(root: None, info: graphene.ResolveInfo, email: str | None = None, **arguments: Any) -> Any:
        """Return a page of suppressed addresses."""
        context: Context = info.context
        rows = SuppressionRow.objects.filter(shop=context.shop)
        if email is not None:
            rows = rows.filter(email_hash=email_hash(suppression_key(context.shop.pk), normalise(email) or "-"))

        def dress(found: list[Any]) -> None:
            for row in found:
                row.email = normalise(email) if email is not None else None

        shown = page(SuppressionConnection, rows, arguments, ("-at", "-id"), prepare=dress)
        for edge in shown.edges:
            row = edge.node
            edge.node = Suppression(
                id=global_id("Suppression", row.pk),
                entity=row.entity,
                reason=row.reason,
                detail=row.detail,
                at=row.at,
                email=row.email,
            )
        return shown

    @staticmethod
    def resolve_audit_entries(
        root: None, info: graphene.ResolveInfo, subject: str | None = None, **arguments: Any
    ) -> Any:
        """Return a page of changes."""
        rows = AuditRow.objects.filter(shop=info.context.shop)
        if subject is not None:
            rows = rows.filter(subject=subject)
        return page(AuditEntryConnection, rows, arguments, ("-at", "-id"))


def settings_list(context: Context) -> list[Setting]:
    """Return what is set as the API shows it, with what is wrong beside it."""
    problems: dict[str, list[str]] = {}
    for problem in context.settings.problems:
        problems.setdefault(problem.key, []).append(problem.text)
    return [
        Setting(
            key=one.key,
            label=one.label,
            help=one.help,
            type=one.type,
            value=one.value,
            is_set=one.is_set,
            problems=problems.get(one.key, []),
        )
        for one in shown_settings(context.shop)
    ]


def health_answer(context: Context) -> Health:
    """Return how all is going as the API shows it."""
    found = health_of(context.shop, context.settings, context.now)
    return Health(
        well=found.well,
        paused_at=context.shop.paused_at,
        inside=found.inside,
        waiting_baskets=found.waiting_baskets,
        pending_events=found.pending_events,
        lag_seconds=found.lag_seconds,
        parked_events=found.parked_events,
        oldest_due_seconds=found.oldest_due_seconds,
        unknown=found.unknown,
        ticked_by=[Count(key=key, count=count, sentence="") for key, count in sorted(found.ticked_by.items())],
        messages=[Count(key=key, count=count, sentence="") for key, count in sorted(found.messages.items())],
        reasons=[
            Count(key=key, count=count, sentence=sentence(key))
            for key, count in sorted(found.reasons.items(), key=lambda item: -item[1])
        ],
        problems=[Problem(key=one.key, text=one.text) for one in found.problems],
        nothing_sent=found.nothing_sent,
    )


def topic_answer(row: TopicRow) -> Topic:
    """Return a topic as the API shows it."""
    return Topic(
        id=global_id("Topic", row.key),
        key=row.key,
        names=texts(row.names),
        descriptions=texts(row.descriptions),
        position=row.position,
        active=row.active,
    )


def form_answers(context: Context) -> list[SignUpForm]:
    """Return every form of the shop as the API shows it. Two queries."""
    asked = SignUpRow.objects.filter(shop=context.shop).values("form_id").order_by()
    counts = {
        row["form_id"]: (row["asked"], row["confirmed"])
        for row in asked.annotate(asked=Counted("id"), confirmed=Counted("confirmed_at"))
    }
    rows = FormRow.objects.filter(shop=context.shop).order_by("key")
    return [form_answer(context, row, counts.get(row.pk, (0, 0))) for row in rows]


def form_answer(context: Context, row: FormRow, counts: tuple[int, int]) -> SignUpForm:
    """Return a form as the API shows it; ``counts`` are how many asked by it and confirmed."""
    read = read_form(row.definition)
    one = OpenForm(row=row, shop=context.shop, settings=context.settings, form=read, topics=())
    return SignUpForm(
        id=global_id("SignUpForm", row.key),
        key=row.key,
        channel=row.channel,
        active=row.active,
        definition=row.definition,
        problems=list(read.problems),
        page=address(one, "s") if row.active and context.settings.active else None,
        asked=counts[0],
        confirmed=counts[1],
    )
