"""Write down who changed what, when, from what to what. Refuses secrets and people's addresses: contacts go by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from saleor_mailflow.models import AuditEntry, Shop
from saleor_mailflow.vault import REFERENCES, is_secret

#: Actors that are no person.
COMMAND_LINE = "command line"
SETTINGS_PAGE = "settings page"
MAILFLOW = "mailflow"

_SET, _CHANGED = "(set)", "(changed)"
_acting: ContextVar[str] = ContextVar("mailflow_acting", default="")


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """Let ``actor`` be named for what is done within, by code that cannot be told: Saleor saves settings through us."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def actor_or(otherwise: str) -> str:
    """Return who acts (``acting``), else ``otherwise``."""
    return _acting.get() or otherwise


def record_audit(
    shop: Shop,
    actor: str,
    action: str,
    subject: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Append one entry and return it. ``at`` is aware and must be given.

    ``actor`` is ``staff:<id>``, ``app:<id>`` or one of the constants here; ``action`` is in the past tense
    (``suppression.added``); ``subject`` is ``contact:<id>``, ``flow:<key>``, ``settings`` and so on. Values whose names
    sound secret become ``(set)`` or ``(changed)``, and lines of ``provider_options`` likewise.
    Raises ValueError for an address where an id belongs: that is a mistake of the caller, and the change with it.
    """
    if at is None or at.tzinfo is None:
        raise ValueError("An audit entry needs the aware time of the change.")
    if "@" in subject or "@" in actor:
        raise ValueError("An audit entry names a contact by id (contact:17), never by address.")
    return AuditEntry.objects.create(
        shop=shop,
        at=at,
        actor=actor[:100],
        action=action[:60],
        subject=subject[:200],
        before=None if before is None else _plain(before, {}),
        after=None if after is None else _plain(after, before or {}),
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return only what differs, as (before, after). What is missing on one side is left out there; "" is missing."""
    names = [name for name in {**before, **after} if (before.get(name) or "") != (after.get(name) or "")]
    return (
        {name: before[name] for name in names if before.get(name) not in (None, "")},
        {name: after[name] for name in names if after.get(name) not in (None, "")},
    )


def _plain(values: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` as they may be kept. ``other`` is what they were before, to tell "set" from "changed"."""
    shown: dict[str, Any] = {}
    for name, value in values.items():
        was = other.get(name)
        if isinstance(value, Mapping):
            shown[name] = _plain(value, was if isinstance(was, Mapping) else {})
        elif name == "provider_options":
            shown[name] = "\n".join(_line(line, str(was or "")) for line in str(value).splitlines())
        else:
            shown[name] = _hidden(str(value), str(was or "")) if value and is_secret(name) else value
    return shown


def _line(line: str, was: str) -> str:
    """Return a ``name = value`` line without its secret. A line that is none may be a secret typed in a wrong form."""
    name, equals, value = line.partition("=")
    if not equals:
        return _SET
    if not is_secret(name):
        return line
    old = next((one.partition("=")[2] for one in was.splitlines() if one.partition("=")[0].strip() == name.strip()), "")
    return f"{name.strip()} = {_hidden(value.strip(), old.strip())}"


def _hidden(value: str, was: str) -> str:
    if value.startswith(REFERENCES[:2]):
        # It says where the secret is; that is what somebody who looks for a mistake wants to read.
        return value
    return _CHANGED if was and was != value else _SET
