"""How much one request may ask for: fields written, depth, repetition and cost, counted before anything is run.

Refuses to run first and stop later. Costs are counted on the text with its fragments unfolded and its variables filled
in, each page of a connection as large as it was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql.language import ast

from saleor_mailflow.graphql.errors import BadRequest, TooMuch

MAX_DEPTH = 15
#: Field nodes in the text, fragments counted once: what validation has to look at, pair by pair.
MAX_NODES = 1_000
#: Fields at the root of a query, and of a mutation (as in Saleor).
MAX_ROOT_FIELDS, MAX_MUTATIONS = 20, 4
#: How often one field may stand under another by different aliases.
MAX_ALIASES = 10
MAX_COST = 20_000
#: A page of a connection.
MAX_PAGE = 100
#: What a list that is not paged is taken to hold.
LIST = 10

#: What costs more than reading a column, counted once for every time it is asked.
COSTS: Mapping[str, int] = {
    "figures": 20,
    "why": 100,
    "health": 20,
    "findings": 200,
    "size": 100,
    "segmentSize": 100,
    "people": 20,
    "preview": 50,
    "templatePreview": 50,
    "mailPreview": 50,
    "vouchers": 20,
    "orderMail": 50,
    "timeline": 20,
    "waiting": 2,
    "qualifying": 100,
    "flowBacktest": 5_000,
    "yaml": 10,
    "templateLint": 200,
    "changes": 20,
    "publishable": 20,
    "conflict": 20,
    "totalCount": 10,
    "html": 5,
    "steps": 5,
}
#: Lists of introspection that lead from types to types: once on a way is all that anybody needs.
_ONCE = frozenset({"types", "fields", "possibleTypes", "interfaces", "inputFields", "enumValues"})


@dataclass
class _Walk:
    fragments: Mapping[str, ast.FragmentDefinition]
    variables: Mapping[str, Any]
    cost: int = 0
    #: Fragments on the way to here: one inside itself would never end.
    inside: list[str] = field(default_factory=list)


def check(document: ast.Document, operation: ast.OperationDefinition, variables: Mapping[str, Any]) -> int:
    """Return the cost of an operation. Raises TooMuch with the figure seen and the limit, BadRequest for a loop.

    To be called before validation, whose own work grows with the square of what is written.
    """
    nodes = sum(_nodes(definition.selection_set) for definition in document.definitions if _selects(definition))
    if nodes > MAX_NODES:
        raise TooMuch(f"The text holds {nodes} fields; at most {MAX_NODES} are allowed. Ask for less at once.")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, ast.FragmentDefinition)}
    walk = _Walk(fragments=fragments, variables={**_defaults(operation), **variables})
    roots = _walk(walk, operation.selection_set, depth=1, times=1, introspected=())
    most = MAX_MUTATIONS if operation.operation == "mutation" else MAX_ROOT_FIELDS
    if roots > most:
        raise TooMuch(f"{roots} fields at the root of a {operation.operation}; at most {most} are allowed.")
    return walk.cost


def introspects(document: ast.Document) -> bool:
    """Tell whether a document asks for the schema itself. ``__typename`` is no such question."""
    return any(_asks_schema(one.selection_set) for one in document.definitions if _selects(one))


def _selects(definition: Any) -> bool:
    return isinstance(definition, ast.OperationDefinition | ast.FragmentDefinition)


def _asks_schema(selection: ast.SelectionSet | None) -> bool:
    for one in selection.selections if selection else ():
        if isinstance(one, ast.Field) and one.name.value in {"__schema", "__type"}:
            return True
        if not isinstance(one, ast.FragmentSpread) and _asks_schema(one.selection_set):
            return True
    return False


def _nodes(selection: ast.SelectionSet | None) -> int:
    if selection is None:
        return 0
    return sum(
        1 if isinstance(one, ast.FragmentSpread) else 1 + _nodes(one.selection_set) for one in selection.selections
    )


def _defaults(operation: ast.OperationDefinition) -> dict[str, Any]:
    found = {}
    for one in operation.variable_definitions or ():
        if isinstance(one.default_value, ast.IntValue):
            found[one.variable.name.value] = int(one.default_value.value)
    return found


def _walk(
    walk: _Walk, selection: ast.SelectionSet | None, *, depth: int, times: int, introspected: tuple[str, ...]
) -> int:
    """Add up what a selection costs, ``times`` over; return how many fields it holds, fragments unfolded."""
    if selection is None:
        return 0
    if depth > MAX_DEPTH:
        raise TooMuch(f"The query is more than {MAX_DEPTH} levels deep.")
    count = 0
    seen: dict[str, int] = {}
    for one in selection.selections:
        if isinstance(one, ast.Field):
            name = one.name.value
            count += 1
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > MAX_ALIASES:
                raise TooMuch(f"The field {name} is asked for more than {MAX_ALIASES} times side by side.")
            _field(walk, one, depth=depth, times=times, introspected=introspected)
        elif isinstance(one, ast.InlineFragment):
            count += _walk(walk, one.selection_set, depth=depth, times=times, introspected=introspected)
        else:
            count += _spread(walk, one.name.value, depth=depth, times=times, introspected=introspected)
    return count


def _spread(walk: _Walk, name: str, *, depth: int, times: int, introspected: tuple[str, ...]) -> int:
    if name in walk.inside:
        raise BadRequest(f"The fragment {name} holds itself.")
    fragment = walk.fragments.get(name)
    if fragment is None:
        raise BadRequest(f"There is no fragment {name}.")
    walk.inside.append(name)
    count = _walk(walk, fragment.selection_set, depth=depth, times=times, introspected=introspected)
    walk.inside.pop()
    return count


def _field(walk: _Walk, one: ast.Field, *, depth: int, times: int, introspected: tuple[str, ...]) -> None:
    name = one.name.value
    if introspected or name in {"__schema", "__type"}:
        if name in _ONCE and name in introspected:
            raise TooMuch(f"Introspection asks for {name} inside {name}.")
        introspected = (*introspected, name)
    walk.cost += times * COSTS.get(name, 1)
    if walk.cost > MAX_COST:
        raise TooMuch(f"The request costs more than {MAX_COST}. Ask for smaller pages, or fewer fields.")
    page = _page(walk, one)
    # Introspection is read from memory, and bounded by its own rule.
    factor = page if page is not None else LIST if name.endswith("s") and one.selection_set and not introspected else 1
    if name in {"errors", "edges"}:
        factor = 1
    _walk(walk, one.selection_set, depth=depth + 1, times=times * factor, introspected=introspected)


def _page(walk: _Walk, one: ast.Field) -> int | None:
    """Return how many rows a connection was asked for, None where it was not said."""
    for argument in one.arguments or ():
        if argument.name.value in {"first", "last"}:
            value = argument.value
            if isinstance(value, ast.IntValue):
                return min(abs(int(value.value)), 10**9)
            given = walk.variables.get(value.name.value) if isinstance(value, ast.Variable) else None
            if isinstance(given, int):
                return min(abs(given), 10**9)
    return None
