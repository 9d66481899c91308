"""Why somebody got, will get or did not get a mail, as ``flows.why`` tells it. Adds nothing to it."""

from __future__ import annotations

import graphene

from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.flows.why import Why as Answer
from saleor_mailflow.flows.why import why
from saleor_mailflow.graphql.context import Context


class TimelineEntry(graphene.ObjectType):
    """One thing that happened."""

    class Meta:
        description = "One thing that happened to a person, or did not, or will."

    at = graphene.DateTime(required=True, description="When it happened, or is due.")
    flow = graphene.String(required=True, description="The flow's name in code.")
    what = graphene.String(required=True, description="What it was, in a word or two.")
    sentence = graphene.String(required=True, description="The reason, for people.")
    to_come = graphene.Boolean(required=True, description="Whether it has not happened yet.")

    @staticmethod
    def resolve_to_come(root: object, info: graphene.ResolveInfo) -> bool:
        """Compare with the request's time."""
        return bool(root.at > info.context.now)  # type: ignore[attr-defined]  # a flows.why.Entry


class GateRule(graphene.ObjectType):
    """One rule of the gate."""

    class Meta:
        description = "One rule that a waiting mail has to pass, asked now."

    message = graphene.String(required=True, description="Which mail.")
    rule = graphene.String(required=True, description="Which rule.")
    sentence = graphene.String(required=True, description="What holds it back; empty where the rule lets it pass.")


class Why(graphene.ObjectType):
    """Everything about one address."""

    class Meta:
        description = "Everything a person got, will get and did not get, each with its reason."

    email = graphene.String(required=True, description="The address, as we keep it.")
    known = graphene.Boolean(required=True, description="Whether we know of anybody there.")
    says = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="What is known of the person: permission, law, wishes, stage, the time where they are.",
    )
    timeline = graphene.List(
        graphene.NonNull(TimelineEntry), required=True, description="What happened and will, by time."
    )
    rules = graphene.List(
        graphene.NonNull(GateRule), required=True, description="Every rule asked now for the mail that waits."
    )


def ask_why(context: Context, email: str) -> Answer:
    """Return the whole answer for an address, once a request."""

    def ask() -> Answer:
        facts = context.once("shop facts", lambda: shop_facts(context.shop, context.settings, context.gateway))
        return why(
            context.shop,
            email,
            settings=context.settings,
            shop_facts=facts,
            gateway=context.gateway,
            now=context.now,
        )

    return context.once(("why", email), ask)
