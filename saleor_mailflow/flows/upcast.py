"""Bring the JSON of earlier releases forward, in one place. Refuses JSON of a later release. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The schema this release writes.
SCHEMA = 2


def upcast(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``data`` in the present schema. Raises ValueError naming the schema seen when it is not known."""
    schema = data.get("schema")
    if schema == 1:
        data, schema = _to_2(data), 2
    if schema != SCHEMA:
        raise ValueError(
            f"The flow was written with schema {schema!r}; this release reads up to {SCHEMA}. "
            "Upgrade saleor-mailflow, or publish the flow again."
        )
    return data


def _to_2(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Schema 2 says what the law calls the mail, which topic it is of, and who goes first."""
    kind = "cart" if data["trigger"]["type"] == "idle_basket" else "marketing"
    return {"kind": kind, "topic": "marketing", "priority": 100, "lane": "", **data, "schema": 2}
