"""One JSON with everything we hold on an address, in a form that is written down."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from saleor_mailflow.audience.erasing import erased_mark
from saleor_mailflow.audience.personal import TABLES
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import AuditEntry, Contact, Event, Throttle
from saleor_mailflow.process.export import SECTIONS, export_contact
from saleor_mailflow.process.export_schema import export_schema
from saleor_mailflow.testing.world import START, World
from tests.integration.privacy.canary import CANARY, EMAIL, move_in

pytestmark = pytest.mark.django_db

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "export.schema.json"
#: Tables of a person's rows that are told another way, or of which nobody can tell whose they are.
ELSEWHERE = {"PurchaseLine", "Event", "Throttle", "Heartbeat"}


@pytest.fixture
def world() -> World:
    return World.begin()


def test_the_form_is_the_one_that_is_written_down() -> None:
    text = json.dumps(export_schema(), indent=2, ensure_ascii=False) + "\n"
    assert SCHEMA.read_text(encoding="utf-8") == text, f"Write it anew:\n{text}"
    Draft202012Validator.check_schema(export_schema())


def test_every_table_that_holds_something_of_a_person_is_told() -> None:
    told = {section.model.__name__ for section in SECTIONS.values()}
    personal = {model.__name__ for model, table in TABLES.items() if "*" not in table.kept}
    assert personal == told | ELSEWHERE
    for name, section in SECTIONS.items():
        fields = {field.name for field in section.model._meta.concrete_fields}
        assert set(section.left_out) <= fields, name


def test_everything_is_told_and_nothing_of_somebody_else(world: World) -> None:
    person = move_in(world, START)
    Contact.objects.create(
        shop=world.shop, email="eve@example.com", first_name="Eve", first_seen_at=START, updated_at=START
    )
    told = export_contact(world.shop, EMAIL.upper(), now=START + timedelta(days=1))
    Draft202012Validator(export_schema(), format_checker=FormatChecker()).validate(told)
    assert told["held"]
    assert {name for name, rows in told.items() if rows == []} == set()
    assert "Eve" not in json.dumps(told)
    assert told["purchases"][0]["total"] == {"amount": "12.000", "currency": "USD"}
    assert told["consents"][0]["wording"]["text"] == "I want mail."
    assert told["messages"][0]["html"] == CANARY
    assert told["contacts"][0]["first_seen_at"] == "2026-11-20T09:00:00+00:00"
    assert {event["kind"] for event in told["pending_events"]} == {"order.created", "checkout.updated"}
    assert AuditEntry.objects.get(action="contact.exported").subject == f"contact:{person.contact.pk}"


def test_of_a_stranger_nothing_is_held(world: World) -> None:
    move_in(world, START)
    told = export_contact(world.shop, "stranger@example.com", now=START)
    assert not told["held"]
    assert not AuditEntry.objects.filter(action="contact.exported").exists()
    Draft202012Validator(export_schema()).validate(told)
    with pytest.raises(ConfigurationError):
        export_contact(world.shop, "nobody", now=START)


def test_another_address_of_the_same_account_is_not_told(world: World) -> None:
    """Somebody may read this mailbox and not that one."""
    person = move_in(world, START)
    Contact.objects.create(
        shop=world.shop,
        email="old@example.com",
        user_ref=person.contact.user_ref,
        first_seen_at=START,
        updated_at=START,
    )
    told = export_contact(world.shop, "old@example.com", now=START)
    assert told["baskets"] == told["messages"] == []
    assert EMAIL not in json.dumps(told["contacts"])


def test_after_erasing_there_is_a_suppression_and_nothing_else(world: World) -> None:
    from saleor_mailflow.process.erasure import erase_contact

    move_in(world, START)
    erase_contact(world.shop, EMAIL, now=START)
    told = export_contact(world.shop, EMAIL, now=START)
    assert [name for name, rows in told.items() if isinstance(rows, list) and rows] == ["suppressions"]
    assert Contact.objects.get().email == erased_mark(_key(world), EMAIL)
    assert not Throttle.objects.exists()
    assert not Event.objects.filter(payload__icontains=EMAIL).exists()


def _key(world: World) -> bytes:
    from saleor_mailflow.audience.suppression import suppression_key

    return suppression_key(world.shop.pk)
