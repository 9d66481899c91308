"""The schema as text, with its descriptions: what is committed, and what ``mailflow schema`` prints.

Refuses what has no description: whoever reads the schema reads nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
)
from graphql.language.printer import print_ast
from graphql.utils.ast_from_value import ast_from_value

#: Scalars of the language itself.
_OWN = frozenset({"String", "Boolean", "Int", "Float", "ID"})


def printed(schema: GraphQLSchema) -> str:
    """Return the schema in GraphQL's schema language, types by the alphabet. Always the same for the same schema."""
    parts = ["schema {\n  query: Query\n  mutation: Mutation\n}\n"]
    types: Mapping[str, Any] = schema.get_type_map()
    for name in sorted(types):
        if not name.startswith("__") and name not in _OWN:
            parts.append("\n".join(_type(types[name])) + "\n")
    return "\n".join(parts)


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Return every type, field, argument and member without a description, such as ``Flow.mode``."""
    found = []
    types: Mapping[str, Any] = schema.get_type_map()
    for name, kind in types.items():
        if name.startswith("__") or name in _OWN:
            continue
        if not kind.description:
            found.append(name)
        if isinstance(kind, GraphQLEnumType):
            found += [f"{name}.{one.name}" for one in kind.values if not one.description]
        for field, what in getattr(kind, "fields", {}).items():
            if not what.description:
                found.append(f"{name}.{field}")
            found += [f"{name}.{field}({key})" for key, one in getattr(what, "args", {}).items() if not one.description]
    return sorted(found)


def _type(kind: Any) -> Iterator[str]:
    yield from _said(kind.description, "")
    if isinstance(kind, GraphQLScalarType):
        yield f"scalar {kind.name}"
    elif isinstance(kind, GraphQLEnumType):
        yield f"enum {kind.name} {{"
        for value in kind.values:
            yield from _said(value.description, "  ")
            yield f"  {value.name}"
        yield "}"
    else:
        assert isinstance(kind, GraphQLObjectType | GraphQLInputObjectType)
        yield f"{'input' if isinstance(kind, GraphQLInputObjectType) else 'type'} {kind.name} {{"
        for name, field in kind.fields.items():
            yield from _said(field.description, "  ")
            yield from _field(name, field)
        yield "}"


def _field(name: str, field: Any) -> Iterator[str]:
    arguments = getattr(field, "args", {})
    if not arguments:
        yield f"  {name}: {field.type}{_default(field)}"
        return
    yield f"  {name}("
    for key, argument in arguments.items():
        yield from _said(argument.description, "    ")
        yield f"    {key}: {argument.type}{_default(argument)}"
    yield f"  ): {field.type}"


def _default(one: Any) -> str:
    value = getattr(one, "default_value", None)
    return "" if value is None else f" = {print_ast(ast_from_value(value, one.type))}"


def _said(text: str | None, indent: str) -> Iterator[str]:
    if text:
        yield f'{indent}"""{" ".join(text.split())}"""'
