"""Pages of a long list, as Relay has them: cursors that stay put while rows come and go, counts only when asked.

Refuses pages without a size and pages of more than a hundred. A cursor is the sorting values of its row, so the next
page begins behind it whatever was added before it, and the database finds it by an index.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import graphene
from django.db.models import Model, Q, QuerySet
from graphene import relay

from saleor_mailflow.graphql.errors import BadRequest, TooMuch
from saleor_mailflow.graphql.limits import MAX_PAGE


class CountableConnection(relay.Connection):
    """A page of rows with the number of all of them."""

    class Meta:
        abstract = True

    @classmethod
    def __init_subclass_with_meta__(cls, node: Any = None, name: str | None = None, **options: Any) -> None:
        """Name and describe the connection after its node."""
        base = node._meta.name
        options.setdefault("description", f"A page of rows of the type {base}.")
        super().__init_subclass_with_meta__(node=node, name=name or f"{base}CountableConnection", **options)
        edges = cls._meta.fields["edges"].type
        # Saleor's connections have no empty places.
        cls._meta.fields["edges"] = graphene.Field(
            graphene.NonNull(graphene.List(graphene.NonNull(edges.of_type.of_type))),
            description="The rows of this page, each with its cursor.",
        )

    total_count = graphene.Int(description="How many rows there are in all. Counted when it is asked for.")

    @staticmethod
    def resolve_total_count(root: Any, info: graphene.ResolveInfo) -> int:
        """Count now."""
        return int(root.count())


def page_arguments() -> dict[str, graphene.Argument]:
    """Return the arguments of a connection's field."""
    return {
        "first": graphene.Int(description=f"The first so many rows, {MAX_PAGE} at most."),
        "after": graphene.String(description="Only rows behind this cursor."),
        "last": graphene.Int(description=f"The last so many rows, {MAX_PAGE} at most."),
        "before": graphene.String(description="Only rows before this cursor."),
    }


def page(
    connection: Any,
    rows: QuerySet[Any],
    arguments: dict[str, Any],
    order: Sequence[str],
    *,
    prepare: Callable[[list[Any]], None] = lambda found: None,
) -> Any:
    """Return a page of ``rows`` sorted by ``order``, such as ``("-at", "-id")``. One query, one more for a count.

    The last name of ``order`` must be unique and none of them nullable. ``arguments`` are the field's own; ``prepare``
    sees the rows before anybody else. Raises BadRequest for a cursor of another list, TooMuch for too large a page.
    """
    size, backwards = _size(arguments)
    wanted = rows
    for name, forward in (("after", True), ("before", False)):
        if arguments.get(name):
            wanted = wanted.filter(_beyond(order, _values(arguments[name], order, rows.model), forward=forward))
    names = [_turned(name) for name in order] if backwards else list(order)
    found = list(wanted.order_by(*names)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    prepare(found)
    edges = [connection.Edge(node=row, cursor=_cursor(row, order)) for row in found]
    info = relay.PageInfo(
        has_next_page=bool(arguments.get("before")) if backwards else more,
        has_previous_page=more if backwards else bool(arguments.get("after")),
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    made = connection(page_info=info, edges=edges)
    made.count = rows.count
    return made


def _size(arguments: dict[str, Any]) -> tuple[int, bool]:
    first, last = arguments.get("first"), arguments.get("last")
    if (first is None) == (last is None):
        raise BadRequest("Say how many rows: first or last, one of them.")
    size = first if last is None else last
    if not isinstance(size, int) or not 0 < size <= MAX_PAGE:
        raise TooMuch(f"A page of {size} rows was asked for; it may hold 1 to {MAX_PAGE}.")
    return size, last is not None


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], values: Sequence[Any], *, forward: bool) -> Q:
    """Return the condition of being sorted behind (or before) a row with these values."""
    found, equal = Q(pk__in=()), Q()
    for name, value in zip(order, values, strict=True):
        field, down = name.lstrip("-"), name.startswith("-")
        side = "gt" if down != forward else "lt"
        found |= equal & Q(**{f"{field}__{side}": value})
        equal &= Q(**{field: value})
    return found


def _cursor(row: Any, order: Sequence[str]) -> str:
    values = [_written(_of(row, name.lstrip("-"))) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _of(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _written(value: Any) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _values(cursor: str, order: Sequence[str], model: type[Model]) -> list[Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(found, list) or len(found) != len(order):
            raise ValueError("another list's")
        return [_read(model, name.lstrip("-"), value) for name, value in zip(order, found, strict=True)]
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise BadRequest("This cursor is not one of this list.") from None


def _read(model: type[Model], name: str, value: Any) -> Any:
    field: Any = model._meta.get_field(name)
    if field.get_internal_type() == "DateTimeField":
        return datetime.fromisoformat(str(value))
    return field.get_prep_value(value)
