"""Flows: what there is, what is on, what is inside, and what it came to."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.as_code import flow_to_yaml
from saleor_mailflow.flows.figures import Figures
from saleor_mailflow.flows.next_thing import NextThing
from saleor_mailflow.flows.switching import qualifying
from saleor_mailflow.graphql.connections import page, page_arguments
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.common import Count, money
from saleor_mailflow.graphql.types.flow_parts import (
    ChannelMode,
    FlowFigures,
    FlowNext,
    FlowRevenue,
    FlowStep,
    FlowVersion,
    FlowVersionConnection,
    Qualifying,
)
from saleor_mailflow.graphql.types.flow_shown import (
    DAYS,
    Shown,
    definition_shown,
    figures_of,
    laid_out,
    next_of,
    stopped_sentence,
)
from saleor_mailflow.graphql.words import FlowMode
from saleor_mailflow.models import Flow as Row
from saleor_mailflow.models import FlowVersion as VersionRow


class Flow(graphene.ObjectType):
    """A tree of steps that a person goes through."""

    class Meta:
        description = "A tree of steps that a person goes through, begun by a trigger."

    id = graphene.ID(required=True, description="Its global id.")
    key = graphene.String(required=True, description="Its name in code, such as abandoned_checkout.")
    name = graphene.String(required=True, description="Its name for people.")
    description = graphene.String(required=True, description="What it does, in a sentence or two.")
    mode = FlowMode(required=True, description="Whether it is on.")
    channels = graphene.List(
        graphene.NonNull(ChannelMode), required=True, description="Channels in which the switch differs."
    )
    enabled_at = graphene.DateTime(description="When it was last switched on: only crossings after that enter.")
    stopped_at = graphene.DateTime(description="When complaints stopped it; null while they have not.")
    stopped_sentence = graphene.String(description="Why it was stopped, for people.")
    retired_at = graphene.DateTime(description="When it was retired: nobody enters any more.")
    purpose = graphene.String(required=True, description="marketing or transactional.")
    kind = graphene.String(required=True, description="What the law calls its mails.")
    topic = graphene.String(required=True, description="The kind of mail that people can choose by itself.")
    prompt = graphene.Boolean(required=True, description="Whether its mails come when due, whatever the hour.")
    priority = graphene.Int(required=True, description="Of two flows that want one person, the lower number is first.")
    trigger = JSONString(required=True, description="What lets people cross into it.")
    definition = JSONString(required=True, description="All of it, as it is published or would be.")
    steps = graphene.List(graphene.NonNull(FlowStep), required=True, description="What it does, step by step.")
    yaml = graphene.String(required=True, description="All of it as a file: always the same bytes for the same flow.")
    qualifying = graphene.Field(
        Qualifying,
        description="Who would be inside, had it been on before; null where its past is nobody's business any more.",
    )
    version = graphene.Field(FlowVersion, description="The version that people enter now; null before the first.")
    versions = graphene.Field(
        FlowVersionConnection, **page_arguments(), description="Every version there was, the newest first."
    )
    waiting = graphene.List(
        graphene.NonNull(Count), required=True, description="How many people stand at each step now."
    )
    next = graphene.Field(FlowNext, required=True, description="The next thing to do about it, as of the last 30 days.")
    figures = graphene.Field(
        FlowFigures,
        required=True,
        days=graphene.Int(default_value=DAYS, description="Over how many days, 366 at most."),
        description="What it came to over some days.",
    )

    @staticmethod
    def resolve_id(root: Shown, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Flow", root.key)

    @staticmethod
    def resolve_mode(root: Shown, info: graphene.ResolveInfo) -> str:
        """Return the switch; without a row it is off."""
        return root.row.mode if root.row else Row.Mode.OFF

    @staticmethod
    def resolve_channels(root: Shown, info: graphene.ResolveInfo) -> list[ChannelMode]:
        """Return the channels that differ, by the alphabet."""
        own = root.row.channels if root.row else {}
        return [ChannelMode(channel=channel, mode=mode) for channel, mode in sorted(own.items())]

    @staticmethod
    def resolve_enabled_at(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return when it was switched on."""
        return root.row.enabled_at if root.row else None

    @staticmethod
    def resolve_stopped_at(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return when complaints stopped it."""
        return root.row.stopped_at if root.row else None

    @staticmethod
    def resolve_stopped_sentence(root: Shown, info: graphene.ResolveInfo) -> str | None:
        """Return why it was stopped."""
        return stopped_sentence(root) or None

    @staticmethod
    def resolve_retired_at(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return when it was retired."""
        return root.row.retired_at if root.row else None

    @staticmethod
    def resolve_trigger(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return the trigger as JSON."""
        return definition_shown(root).trigger.to_json()

    @staticmethod
    def resolve_definition(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return all of it as JSON."""
        return definition_shown(root).to_json()

    @staticmethod
    def resolve_steps(root: Shown, info: graphene.ResolveInfo) -> list[FlowStep]:
        """Return the tree laid out."""
        waiting = figures_of(info.context, DAYS).get(root.key, Figures()).waiting
        return list(laid_out(definition_shown(root).steps, None, None, waiting))

    @staticmethod
    def resolve_yaml(root: Shown, info: graphene.ResolveInfo) -> str:
        """Return it as a file."""
        return flow_to_yaml(definition_shown(root))

    @staticmethod
    def resolve_qualifying(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Count who qualifies already."""
        return qualifying(info.context.shop, definition_shown(root), now=info.context.now)

    @staticmethod
    def resolve_version(root: Shown, info: graphene.ResolveInfo) -> VersionRow | None:
        """Return the version that people enter now."""
        return root.row.version if root.row else None

    @staticmethod
    def resolve_versions(root: Shown, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Return a page of versions."""
        rows = VersionRow.objects.filter(shop=info.context.shop, flow_key=root.key)
        return page(FlowVersionConnection, rows, arguments, ("-number",))

    @staticmethod
    def resolve_waiting(root: Shown, info: graphene.ResolveInfo) -> list[Count]:
        """Return people by step."""
        waiting = figures_of(info.context, DAYS).get(root.key, Figures()).waiting
        return [Count(key=step, count=count, sentence="") for step, count in sorted(waiting.items())]

    @staticmethod
    def resolve_next(root: Shown, info: graphene.ResolveInfo) -> NextThing:
        """Return the next thing to do."""
        return next_of(info.context, root)

    @staticmethod
    def resolve_figures(root: Shown, info: graphene.ResolveInfo, days: int) -> FlowFigures:
        """Return what it came to."""
        one = figures_of(info.context, days).get(root.key, Figures())
        return FlowFigures(
            days=min(max(days, 1), 366),
            sent=one.sent,
            shadowed=one.shadowed,
            delivered=one.delivered,
            clicked=one.clicked,
            held_back=one.held_back,
            inside=one.inside,
            money=FlowRevenue(orders=one.orders, revenue=money(one.revenue)),
        )


def _from_definition(name: str) -> Any:
    def resolve(root: Shown, info: graphene.ResolveInfo) -> Any:
        return getattr(definition_shown(root), name)

    return staticmethod(resolve)


# What is told as the definition has it.
for _name in ("name", "description", "purpose", "kind", "topic", "prompt", "priority"):
    setattr(Flow, f"resolve_{_name}", _from_definition(_name))
