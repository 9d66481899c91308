"""Flows: what there is, what is on, what is inside, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import graphene

from saleor_mailflow.flows.as_code import flow_to_yaml
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.figures import Figures, figures
from saleor_mailflow.flows.reasons import Reason, sentence
from saleor_mailflow.flows.steps import Step
from saleor_mailflow.flows.switching import qualifying
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.graphql.connections import CountableConnection, page, page_arguments
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.types.common import Count, Money, money
from saleor_mailflow.graphql.words import FlowMode
from saleor_mailflow.models import Flow as Row
from saleor_mailflow.models import FlowVersion as VersionRow

#: Over how many days figures are counted where nothing is said.
DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A flow as a shop has it: its row where there is one, else the catalogue's as it would be published."""

    key: str
    row: Row | None

    @property
    def definition(self) -> Definition | None:
        """Return what people who enter now go through."""
        if self.row is not None and self.row.version is not None:
            return definition_of(self.row.version.pk, self.row.version.digest)
        return CATALOG.get(self.key)


def shown_flows(context: Context) -> list[Shown]:
    """Return every flow of the catalogue and of the shop, in the merchant's order. One query, once a request."""

    def find() -> list[Shown]:
        rows = {row.key: row for row in Row.objects.filter(shop=context.shop).select_related("version")}
        found = [Shown(key=key, row=rows.get(key)) for key in {**CATALOG, **rows}]
        return sorted((one for one in found if one.definition is not None), key=_rank)

    return context.once("flows", find)


def shown_flow(context: Context, key: str) -> Shown | None:
    """Return one flow by key, None where there is none."""
    return next((one for one in shown_flows(context) if one.key == key), None)


def shown_anew(context: Context, key: str) -> Shown | None:
    """Return one flow as it is now that something was done to it, None where there is nothing of it to show."""
    context.forget("flows")
    return shown_flow(context, key)


def _rank(one: Shown) -> tuple[int, int, str]:
    position = one.row.position if one.row is not None else None
    definition = one.definition
    return (0 if position is None else position, definition.priority if definition else 0, one.key)


def _figures(context: Context, days: int) -> Mapping[str, Figures]:
    since = context.now - timedelta(days=min(max(days, 1), 366))
    return context.once(("figures", since), lambda: figures(context.shop.pk, since=since))


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

    ever = graphene.Int(description="Since ever; null where only the last 30 days are known.")
    lately = graphene.Int(required=True, description="In the last 30 days: who may be let in by flowLetIn.")


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
        if root.row is None or root.row.stopped_at is None:
            return None
        return sentence(Reason.FLOW_STOPPED, root.row.stopped_detail)

    @staticmethod
    def resolve_retired_at(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return when it was retired."""
        return root.row.retired_at if root.row else None

    @staticmethod
    def resolve_trigger(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return the trigger as JSON."""
        return _definition(root).trigger.to_json()

    @staticmethod
    def resolve_definition(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Return all of it as JSON."""
        return _definition(root).to_json()

    @staticmethod
    def resolve_steps(root: Shown, info: graphene.ResolveInfo) -> list[FlowStep]:
        """Return the tree laid out."""
        waiting = _figures(info.context, DAYS).get(root.key, Figures()).waiting
        return list(_laid_out(_definition(root).steps, None, None, waiting))

    @staticmethod
    def resolve_yaml(root: Shown, info: graphene.ResolveInfo) -> str:
        """Return it as a file."""
        return flow_to_yaml(_definition(root))

    @staticmethod
    def resolve_qualifying(root: Shown, info: graphene.ResolveInfo) -> Any:
        """Count who qualifies already."""
        return qualifying(info.context.shop, _definition(root), now=info.context.now)

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
        waiting = _figures(info.context, DAYS).get(root.key, Figures()).waiting
        return [Count(key=step, count=count, sentence="") for step, count in sorted(waiting.items())]

    @staticmethod
    def resolve_figures(root: Shown, info: graphene.ResolveInfo, days: int) -> FlowFigures:
        """Return what it came to."""
        one = _figures(info.context, days).get(root.key, Figures())
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
        return getattr(_definition(root), name)

    return staticmethod(resolve)


# What is told as the definition has it.
for _name in ("name", "description", "purpose", "kind", "topic", "prompt", "priority"):
    setattr(Flow, f"resolve_{_name}", _from_definition(_name))


def _definition(root: Shown) -> Definition:
    found = root.definition
    assert found is not None
    return found


def _laid_out(
    steps: tuple[Step, ...], inside: str | None, way: str | None, waiting: Mapping[str, int]
) -> Iterator[FlowStep]:
    for step in steps:
        said = _own(step.to_json())
        yield FlowStep(
            id=step.id,
            type=step.type,
            inside=inside,
            way=way,
            template=said.get("template"),
            settings=said,
            waiting=waiting.get(step.id, 0),
        )
        for name, behind in step.ways.items():
            yield from _laid_out(behind, step.id, name, waiting)


def _own(said: dict[str, Any]) -> dict[str, Any]:
    """Return a step without the steps on its ways, which come by themselves."""
    kept = {name: value for name, value in said.items() if name not in {"then", "otherwise"}}
    if "ways" in kept:
        kept["ways"] = [{"key": way["key"], "weight": way["weight"]} for way in kept["ways"]]
    return kept
