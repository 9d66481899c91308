"""Put the table of permissions into a schema: every field asks it before it answers. Refuses a schema with a gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import graphene
from graphql import GraphQLObjectType

from saleor_mailflow.graphql.caller import Caller
from saleor_mailflow.graphql.errors import ApiError, ExpiredToken, InvalidToken, PermissionDenied
from saleor_mailflow.graphql.permissions import EVERYBODY, Rule, rule_of_operation, rule_of_type

_ROOTS = ("Query", "Mutation")
#: What a caller whose token does not count is told, and as what.
_REFUSALS: Mapping[str, tuple[type[ApiError], str]] = {
    "expired": (ExpiredToken, "This token has expired. Get a fresh one and ask again."),
    "invalid": (InvalidToken, "This token was not issued by this shop, or counts no longer."),
    "other_app": (PermissionDenied, "This token was made for another app's frame, not for Mailflow's."),
    "not_staff": (PermissionDenied, "Only staff and apps of the shop may ask this."),
    "busy": (PermissionDenied, "Too many unknown tokens came from this network. Wait a minute."),
    "unreachable": (PermissionDenied, "The shop could not be asked about this token. Try again in a moment."),
}


def guard(schema: graphene.Schema) -> graphene.Schema:
    """Return the schema with every field asking the table first. Raises LookupError for what has no row in it."""
    types = {
        name: kind
        for name, kind in schema.get_type_map().items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
    }
    payloads = payloads_of(types)
    for name, kind in types.items():
        rule_of_type(name, payloads)
        for field_name, field in kind.fields.items():
            rules = {_of_type(field.type, types, payloads)}
            if name in _ROOTS:
                rules.add(rule_of_operation(name, field_name))
            asked = tuple(rule for rule in rules if rule is not EVERYBODY)
            if asked:
                field.resolver = _asking(field.resolver, asked, f"{name}.{field_name}")
    return schema


def payloads_of(types: Mapping[str, Any]) -> Mapping[str, str]:
    """Return {payload type: the mutation that answers with it}."""
    mutation = types.get("Mutation")
    return {_named(field.type).name: name for name, field in mutation.fields.items()} if mutation is not None else {}


def _of_type(kind: Any, types: Mapping[str, Any], payloads: Mapping[str, str]) -> Rule:
    named = _named(kind)
    return rule_of_type(named.name, payloads) if named.name in types else EVERYBODY


def _named(kind: Any) -> Any:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return kind


def _asking(resolver: Callable[..., Any], rules: tuple[Rule, ...], place: str) -> Callable[..., Any]:
    def asked(root: Any, info: Any, **arguments: Any) -> Any:
        caller: Caller = info.context.caller
        if not all(caller.may(rule) for rule in rules):
            raise _refusal(caller, rules, place)
        return resolver(root, info, **arguments)

    return asked


def _refusal(caller: Caller, rules: tuple[Rule, ...], place: str) -> ApiError:
    if caller.refusal in _REFUSALS:
        kind, sentence = _REFUSALS[caller.refusal]
        return kind(sentence)
    wanted = " and ".join(" or ".join(sorted(rule)) for rule in rules if rule is not None and not caller.may(rule))
    return PermissionDenied(f"To use {place} you need one of the following permissions: {wanted}.")
