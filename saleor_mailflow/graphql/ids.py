"""Global ids: the type and the row, as Saleor and Relay write them. Refuses an id of another type in its place."""

from __future__ import annotations

import base64
import binascii

from saleor_mailflow.graphql.answer import Wrong


def global_id(kind: str, key: object) -> str:
    """Return the global id of a row, such as ``Contact:7`` in base64."""
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


def key_of(kind: str, given: str, *, field: str = "id") -> str:
    """Return what ``given``, a global id, names. Raises Wrong where it is none of ``kind``, naming ``field``."""
    try:
        named, colon, key = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        named, colon, key = "", "", ""
    if not colon or named != kind or not key:
        raise Wrong(
            f"{given[:60]!r} is no id of a {kind}. Use one that this API gave.", field=field, code="GRAPHQL_ERROR"
        )
    return key


def number_of(kind: str, given: str, *, field: str = "id") -> int:
    """Return the row number that ``given`` names. Raises Wrong as ``key_of``."""
    key = key_of(kind, given, field=field)
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        raise Wrong(f"{given[:60]!r} is no id of a {kind}.", field=field, code="GRAPHQL_ERROR")
    return int(key)
