"""Flows as a shop has them: its own rows over the catalogue, looked up once a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Model

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.figures import Figures, figures
from saleor_mailflow.flows.next_thing import FlowFacts, NextThing, next_thing
from saleor_mailflow.flows.reasons import Reason, sentence
from saleor_mailflow.flows.resend import KEY as SENT_AGAIN
from saleor_mailflow.flows.steps import Coupon, Step, walk
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow_parts import FlowStep
from saleor_mailflow.models import Flow as Row
from saleor_mailflow.models import FlowDraft, Offer

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


def shaped_flows(context: Context) -> list[Shown]:
    """Return the flows that a merchant switches and shapes: all but the one that carries what is sent again by hand."""
    return [one for one in shown_flows(context) if one.key != SENT_AGAIN]


def shown_flow(context: Context, key: str) -> Shown | None:
    """Return one flow by key, None where there is none."""
    return next((one for one in shown_flows(context) if one.key == key), None)


def shown_anew(context: Context, key: str) -> Shown | None:
    """Return one flow as it is now that something was done to it, None where there is nothing of it to show."""
    context.forget("flows")
    return shown_flow(context, key)


def _rank(one: Shown) -> tuple[int, int, str]:
    """Order as the merchant put them, then as the catalogue tells them, a shop's own behind, by key."""
    position = one.row.position if one.row is not None else None
    told = list(CATALOG)
    return (0 if position is None else position, told.index(one.key) if one.key in CATALOG else len(told), one.key)


def figures_of(context: Context, days: int) -> Mapping[str, Figures]:
    since = context.now - timedelta(days=min(max(days, 1), 366))
    return context.once(("figures", since), lambda: figures(context.shop.pk, since=since))


def definition_shown(root: Shown) -> Definition:
    found = root.definition
    assert found is not None
    return found


def stopped_sentence(root: Shown) -> str:
    """Return why complaints stopped it, "" while they have not."""
    stopped = root.row is not None and root.row.stopped_at is not None
    return sentence(Reason.FLOW_STOPPED, root.row.stopped_detail) if stopped and root.row is not None else ""


def next_of(context: Context, root: Shown) -> NextThing:
    """Return the next thing to do about a flow. Two queries a request beside those for the figures."""
    row, figures = root.row, figures_of(context, DAYS).get(root.key, Figures())
    return next_thing(
        FlowFacts(
            mode=row.mode if row is not None else Row.Mode.OFF,
            stopped=stopped_sentence(root),
            retired_at=row.retired_at if row is not None else None,
            inside=figures.inside,
            shadowed=figures.shadowed,
            sent=figures.sent,
            held_back=figures.held_back,
            draft=root.key in context.once("drafts", lambda: _keys(FlowDraft, "flow_key", context)),
            offers={step.offer for step in walk(definition_shown(root).steps) if isinstance(step, Coupon)},
            set_up=context.once("offers", lambda: _keys(Offer, "key", context)),
        )
    )


def _keys(model: type[Model], name: str, context: Context) -> frozenset[str]:
    return frozenset(model._default_manager.filter(shop=context.shop).values_list(name, flat=True))


def laid_out(
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
            yield from laid_out(behind, step.id, name, waiting)


def _own(said: dict[str, Any]) -> dict[str, Any]:
    """Return a step without the steps on its ways, which come by themselves."""
    kept = {name: value for name, value in said.items() if name not in {"then", "otherwise"}}
    if "ways" in kept:
        kept["ways"] = [{"key": way["key"], "weight": way["weight"]} for way in kept["ways"]]
    return kept
