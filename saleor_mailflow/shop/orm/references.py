"""Ids as the outside world writes them, to and from Saleor's primary keys. Leaves out what it cannot read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from uuid import UUID


def reference(kind: str, pk: object) -> str:
    """Return the global id (Relay: base64 of ``Kind:pk``) that Saleor's API gives to a row; "" where ``pk`` is None."""
    return "" if pk is None else base64.b64encode(f"{kind}:{pk}".encode()).decode()


def primary_key(kind: str, ref: str) -> int | None:
    """Return the integer key that a global id of ``kind`` stands for, or None where it is something else."""
    try:
        found, _, pk = base64.b64decode(ref, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return int(pk) if found == kind and pk.isdecimal() else None


def primary_keys(kind: str, refs: Collection[str]) -> set[int]:
    """Return the integer keys among ``refs``."""
    return {pk for ref in refs if (pk := primary_key(kind, ref)) is not None}


def uuids(values: Collection[str]) -> set[UUID]:
    """Return the UUIDs among ``values``; PostgreSQL would refuse a whole batch for one that is none."""
    found = set()
    for value in values:
        try:
            found.add(UUID(value))
        except ValueError:
            continue  # no such row can exist
    return found


def texts(metadata: object) -> dict[str, str]:
    """Return Saleor's public metadata as text by key; an absent row (None) has none."""
    return {str(key): str(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {}
