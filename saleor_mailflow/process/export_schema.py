"""The form of an export as JSON Schema, made from the tables themselves. Refuses to be edited by hand."""

from __future__ import annotations

from typing import Any

from django.db import models

from saleor_mailflow.process.export import FORMAT, SECTIONS, Section

_TIME = {"type": "string", "format": "date-time"}
_MONEY = {
    "type": "object",
    "properties": {"amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}, "currency": {"type": "string"}},
    "required": ["amount", "currency"],
    "additionalProperties": False,
}
_WORDING = {
    "type": ["object", "null"],
    "properties": {"language": {"type": "string"}, "text": {"type": "string"}, "at": _TIME},
}
_LINE = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("variant_ref", "product_ref", "product_name", "variant_name")},
        "quantity": {"type": "integer"},
        "unit_price": _MONEY,
        "total_price": _MONEY,
    },
}
_EVENT = {"type": "object", "properties": {"kind": {"type": "string"}, "payload": {"type": "object"}}}


def export_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every export follows."""
    rows = {name: {"type": "array", "items": _rows(name, section)} for name, section in SECTIONS.items()}
    told = {
        "format": {"const": FORMAT},
        "shop": {"type": "string"},
        "email": {"type": "string"},
        "at": _TIME,
        "held": {"type": "boolean", "description": "False where we know nothing of the address."},
        **rows,
        "pending_events": {"type": "array", "items": _EVENT},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Everything saleor-mailflow holds on one email address",
        "type": "object",
        "properties": told,
        "required": list(told),
        "additionalProperties": False,
    }


def _rows(name: str, section: Section) -> dict[str, Any]:
    told = {column: _column(section, column) for column in section.columns}
    if name == "purchases":
        told["lines"] = {"type": "array", "items": _LINE}
    return {
        "type": "object",
        "description": (section.model.__doc__ or "").strip().splitlines()[0],
        "properties": told,
        "required": list(told),
        "additionalProperties": False,
    }


def _column(section: Section, column: str) -> dict[str, Any]:
    if column == "wording":
        return _WORDING
    if column in section.money:
        return _MONEY
    field = section.model._meta.get_field(column)
    assert isinstance(field, models.Field)
    form = _form(field)
    if field.null and "type" in form:
        return {**form, "type": [form["type"], "null"]}
    return form


def _form(field: models.Field[Any, Any]) -> dict[str, Any]:
    match field:
        case models.JSONField():
            return {}
        case models.BooleanField():
            return {"type": "boolean"}
        case models.DateTimeField():
            return dict(_TIME)
        case models.DateField():
            return {"type": "string", "format": "date"}
        case models.FloatField():
            return {"type": "number"}
        case models.IntegerField() | models.ForeignKey():
            return {"type": "integer"}
        case _:
            return {"type": "string"}
