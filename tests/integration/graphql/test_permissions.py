"""Who may what: every operation with every kind of caller, and every way to a person's data. First who may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLObjectType

from saleor_mailflow.graphql import permissions
from saleor_mailflow.graphql.caller import ANYBODY
from saleor_mailflow.graphql.errors import ApiError
from saleor_mailflow.graphql.guard import payloads_of
from saleor_mailflow.graphql.permissions import EVERYBODY, OPERATIONS, TYPES, Rule, rule_of_type
from saleor_mailflow.graphql.schema import schema
from saleor_mailflow.models import Shop
from tests.integration.graphql.conftest import Api
from tests.integration.graphql.shop_door import OTHER_APP, ShopDoor, jwt

REFUSED = {"PermissionDenied", "ExpiredSignatureError", "InvalidTokenError"}
OBJECTS = {
    name: kind
    for name, kind in schema.get_type_map().items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
}
LOCKED = sorted(name for name, rule in OPERATIONS.items() if rule is not EVERYBODY)


def named(kind: Any) -> Any:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return kind


def literal(kind: Any) -> str:
    """Return a value of an input type as it stands in a query."""
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(kind.values[0].name)
    if isinstance(kind, GraphQLInputObjectType):
        needed = [f"{key}: {literal(one.type)}" for key, one in kind.fields.items() if type(one.type) is GraphQLNonNull]
        return "{" + ", ".join(needed) + "}"
    return {"Int": "1", "Boolean": "true", "Float": "1.0", "JSONString": '"{}"'}.get(kind.name, '"x"')


def question(operation: str) -> str:
    """Return a query that asks one operation, with what it needs."""
    root, _, name = operation.partition(".")
    field = OBJECTS[root].fields[name]
    wanted = {key: one for key, one in field.args.items() if isinstance(one.type, GraphQLNonNull) or key == "first"}
    said = ", ".join(f"{key}: {literal(one.type)}" for key, one in wanted.items())
    selects = " { __typename }" if named(field.type).name in OBJECTS else ""
    return f"{root.lower()} {{ {name}{f'({said})' if said else ''}{selects} }}"


def enough(rule: Rule) -> Iterator[str]:
    yield from sorted(rule or ())


CALLERS: dict[str, Callable[[ShopDoor, Rule], Api]] = {
    "anonymous": lambda door, rule: Api(),
    "cookie only": lambda door, rule: Api(
        token="", refreshToken=door.staff(*enough(rule)), token_=door.staff(*enough(rule))
    ),
    "customer": lambda door, rule: Api(door.customer()),
    "staff without": lambda door, rule: Api(door.staff("MANAGE_PRODUCTS", "MANAGE_CHANNELS")),
    "frame of another app": lambda door, rule: Api(door.frame(*enough(rule), app=OTHER_APP)),
    "frame of ours without": lambda door, rule: Api(door.frame("MANAGE_PRODUCTS")),
    "expired": lambda door, rule: Api(door.staff(*enough(rule), lasts=-1)),
    "expired frame": lambda door, rule: Api(door.frame(*enough(rule), lasts=-1)),
    "forged": lambda door, rule: Api(jwt(type="thirdparty", app="QXBwOjE3", user_permissions=list(enough(rule)))),
    "app without": lambda door, rule: Api(door.app("MANAGE_PRODUCTS")),
    "app switched off": lambda door, rule: Api(door.app(*enough(rule), active=False)),
}


@pytest.mark.parametrize("operation", LOCKED)
def test_nobody_asks_who_may_not(operation: str, shop: Shop, door: ShopDoor) -> None:
    for who, make in CALLERS.items():
        answer = make(door, OPERATIONS[operation]).post(question(operation)).json()
        codes = [error["extensions"]["exception"]["code"] for error in answer.get("errors", ())]
        assert codes, (who, answer)
        assert set(codes) <= REFUSED, (who, answer)
        assert not any((answer.get("data") or {}).values()), who


@pytest.mark.parametrize("operation", LOCKED)
def test_each_permission_of_its_row_is_enough(operation: str, shop: Shop, door: ShopDoor) -> None:
    for code in enough(OPERATIONS[operation]):
        for token in (door.staff(code), door.frame(code), door.app(code)):
            assert not REFUSED & set(Api(token).refused(question(operation))), (operation, code)


def test_only_signing_up_is_for_everybody() -> None:
    assert [name for name, rule in OPERATIONS.items() if rule is EVERYBODY] == ["Mutation.subscribe"]
    assert not [name for name, rule in OPERATIONS.items() if rule is not None and not rule]


def test_the_table_and_the_schema_name_the_same() -> None:
    fields = {f"{root}.{name}" for root in ("Query", "Mutation") for name in OBJECTS[root].fields}
    assert fields == set(OPERATIONS)
    payloads = payloads_of(OBJECTS)
    assert {name for name in OBJECTS if name not in payloads and not name.endswith(("Connection", "Edge"))} == set(
        TYPES
    )


def test_every_way_to_a_guarded_type_asks_first() -> None:
    """Not by one query or another: every field of every type that leads to a type with a rule."""
    info = SimpleNamespace(context=SimpleNamespace(caller=ANYBODY))
    payloads = payloads_of(OBJECTS)
    ways = 0
    for kind in OBJECTS.values():
        for field in kind.fields.values():
            target = named(field.type).name
            if target not in OBJECTS or rule_of_type(target, payloads) is EVERYBODY:
                continue
            with pytest.raises(ApiError):
                field.resolver(None, info)
            ways += 1
    assert ways > len(LOCKED) / 2


def test_a_type_or_operation_without_a_row_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    for table, name in (("OPERATIONS", "Query.flows"), ("TYPES", "Contact")):
        rows = dict(getattr(permissions, table))
        rows.pop(name)
        monkeypatch.setattr(permissions, table, rows)
        with pytest.raises(LookupError, match=name):
            permissions.rule_of_operation(*name.split(".")) if "." in name else permissions.rule_of_type(name, {})
        monkeypatch.undo()


def test_somebody_who_sees_mails_does_not_see_people(shop: Shop, door: ShopDoor) -> None:
    clerk = Api(door.staff("MANAGE_ORDERS"))
    assert clerk.refused("{ contacts(first: 1) { edges { node { email } } } }") == ["PermissionDenied"]
    assert clerk.refused('{ why(email: "anna@northmill.example") { known } }') == ["PermissionDenied"]
    assert clerk.refused("{ messages(first: 1) { edges { node { subject } } } }") == []


def test_the_schema_is_shown_to_those_who_may_use_it(shop: Shop, door: ShopDoor) -> None:
    for question_ in ("{ __schema { types { name } } }", '{ __type(name: "Contact") { name } }'):
        assert Api().refused(question_) == ["PermissionDenied"]
        assert Api(door.customer()).refused(question_) == ["PermissionDenied"]
        assert Api(door.staff("MANAGE_ORDERS")).refused(question_) == []
    assert Api().refused("fragment F on Query { ... on Query { __schema { types { name } } } } query { ...F }")
    assert Api().ask("{ __typename }") == {"__typename": "Query"}


def test_somebody_is_named_in_the_audit_by_number(shop: Shop, door: ShopDoor) -> None:
    who = "{ me { actor permissions shop } }"
    assert Api(door.staff("MANAGE_ORDERS", number=42)).ask(who)["me"]["actor"] == "staff:42"
    assert Api(door.app("MANAGE_ORDERS", number=5)).ask(who)["me"]["actor"] == "app:5"
    assert Api(door.frame("MANAGE_ORDERS")).ask(who)["me"] == {
        "actor": "staff:7",
        "permissions": ["MANAGE_ORDERS"],
        "shop": "northmill.example",
    }
