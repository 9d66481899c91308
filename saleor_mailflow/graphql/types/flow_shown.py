"""Flows as a shop has them: its own rows over the catalogue, looked up once a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.figures import Figures, figures
from saleor_mailflow.flows.steps import Step
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.flow_parts import FlowStep
from saleor_mailflow.models import Flow as Row

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


def figures_of(context: Context, days: int) -> Mapping[str, Figures]:
    since = context.now - timedelta(days=min(max(days, 1), 366))
    return context.once(("figures", since), lambda: figures(context.shop.pk, since=since))


def definition_shown(root: Shown) -> Definition:
    found = root.definition
    assert found is not None
    return found


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
