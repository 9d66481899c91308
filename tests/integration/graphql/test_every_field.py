"""Every field of every type is asked once, in a shop where something happened: none of the answers is our mistake."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLNonNull

from saleor_mailflow.graphql import limits
from saleor_mailflow.graphql.permissions import STAFF
from saleor_mailflow.graphql.schema import schema
from saleor_mailflow.models import (
    Basket,
    Brand,
    Contact,
    Coupon,
    Enrollment,
    FlowDraft,
    Profile,
    Purchase,
    Segment,
    Topic,
)
from saleor_mailflow.testing.world import START, World
from tests.integration.graphql.conftest import Api
from tests.integration.graphql.shop_door import ShopDoor, global_id
from tests.integration.graphql.test_answers import now, world  # noqa: F401 - fixtures
from tests.integration.graphql.test_content_api import condition
from tests.integration.graphql.test_permissions import OBJECTS, literal, named

DEEPEST = 6


@pytest.fixture
def full(world: World) -> World:  # noqa: F811 - the fixture
    """A shop with one of everything."""
    import json

    shop, person = world.shop, Contact.objects.order_by("id").first()
    inside = Enrollment.objects.order_by("id").first()
    assert person is not None
    assert inside is not None
    order = {"shop": shop, "contact": person, "email": person.email, "channel": "default", "currency": "EUR"}
    Purchase.objects.create(
        **order, order_id="1", number="1", status="unfulfilled", created_at=START, updated_at=START, learned_at=START
    )
    Profile.objects.update_or_create(
        contact=person, defaults={"shop": shop, "spent": {"EUR": "12.50"}, "reckoned_at": START}
    )
    Segment.objects.create(
        shop=shop, key="s", name="S", conditions=json.loads(condition()), created_at=START, updated_at=START
    )
    Basket.objects.create(
        **order,
        token="b",
        line_count=1,
        lines=[],
        active_at=START,
        created_at=START,
        last_change=START,
        learned_at=START,
    )
    Topic.objects.create(shop=shop, key="offers", names={"en": "Offers"})
    Brand.objects.create(shop=shop, channel="", values={}, updated_at=START)
    FlowDraft.objects.create(shop=shop, flow_key="vip", definition={"key": "vip"}, updated_at=START)
    Coupon.objects.create(
        shop=shop, enrollment=inside, step="offer", contact=person, offer_key="first", state="none", reserved_at=START
    )
    return world


#: What a question needs to find something; the rest gets a value of its type.
SAID = {
    "flow": 'key: "abandoned_checkout"',
    "flowDraft": 'key: "vip"',
    "flowBacktest": 'key: "abandoned_checkout"',
    "contact": 'email: "p0@northmill.example"',
    "why": 'email: "p0@northmill.example"',
    "message": 'id: "{message}"',
    "orderMail": 'order: "1"',
    "segment": 'key: "s"',
    "segmentSize": "condition: {condition}",
    "template": 'key: "welcome/hello"',
    "templatePreview": 'key: "welcome/hello", language: "en"',
    "mailPreview": 'key: "thank_you/thanks", language: "en", purchase: "{purchase}"',
    "templateLint": 'key: "welcome/hello", language: "en", words: {subject: "A", html: "B", text: "C"}',
}


def selection(kind: Any, depth: int, seen: tuple[str, ...]) -> str:
    """Return every field of a type, and of theirs, until it goes round in circles."""
    parts = []
    for name, field in kind.fields.items():
        target = named(field.type)
        needed = [
            f"{key}: {'2' if key == 'first' else literal(one.type)}"
            for key, one in field.args.items()
            if isinstance(one.type, GraphQLNonNull) or key == "first"
        ]
        said = f"({', '.join(needed)})" if needed else ""
        if target.name not in OBJECTS:
            parts.append(f"{name}{said}")
        elif depth < DEEPEST and target.name not in seen:
            parts.append(f"{name}{said} {{ {selection(target, depth + 1, (*seen, target.name))} }}")
    return " ".join(parts) or "__typename"


@pytest.mark.parametrize("operation", sorted(OBJECTS["Query"].fields))
def test_every_field_answers(operation: str, full: World, door: ShopDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    # This is about answers; what is too much is told elsewhere.
    monkeypatch.setattr(limits, "MAX_COST", 10**9)
    monkeypatch.setattr(limits, "MAX_NODES", 10**6)
    monkeypatch.setattr(limits, "MAX_DEPTH", 30)
    field = OBJECTS["Query"].fields[operation]
    message = global_id("Message", full.shop.pk and _message())
    said = SAID.get(operation, "first: 2" if "first" in field.args else "")
    bought = global_id("Purchase", Purchase.objects.get().pk)
    said = said.replace("{purchase}", bought)
    said = said.replace("{message}", message).replace("{condition}", json.dumps(condition()))
    target = named(field.type)
    shown = f" {{ {selection(target, 2, (target.name,))} }}" if target.name in OBJECTS else ""
    answer = Api(door.staff(*STAFF)).post(f"{{ {operation}{f'({said})' if said else ''}{shown} }}").json()
    assert "errors" not in answer, answer["errors"]
    if operation not in {"vouchers", "suppressions", "auditEntries", "offers", "signUpForms"}:
        assert answer["data"][operation], operation


def _message() -> int:
    from saleor_mailflow.models import Message

    found = Message.objects.order_by("id").first()
    assert found is not None
    return int(found.pk)


def test_the_schema_has_no_field_that_is_never_asked() -> None:
    assert set(SAID) <= set(OBJECTS["Query"].fields)
    assert schema.get_type_map()
