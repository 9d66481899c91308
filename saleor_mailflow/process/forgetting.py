"""Recorded events that name somebody who is erased: emptied of the person.

Refuses to lose an order that waits to be taken in (it keeps what a purchase is made of), and the word that an account
was deleted: that one keeps it from coming back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from saleor_mailflow.models import Event
from saleor_mailflow.webhooks.kinds import DELETIONS, Family, family_of

#: What a purchase is made of, and nobody's name.
_ORDER_FIELDS = (
    *("id", "number", "status", "origin", "created", "updatedAt", "checkoutId", "channel", "total", "totalRefunded"),
    *("isPaid", "chargeStatus", "lines", "languageCodeEnum"),
)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """Somebody who is erased: their accounts by reference, their normalised addresses, and up to when it counts."""

    refs: Sequence[str]
    emails: Sequence[str]
    at: datetime


# Rare and in the background: it reads the whole table, which holds a month at most.
_PROCESSED = """
UPDATE mailflow_event e SET subject = '', dedupe_key = 'erased:' || e.id, payload = NULL
FROM unnest(%s::text[], %s::timestamptz[]) AS gone (ref, at)
WHERE e.shop_id = %s AND e.subject = gone.ref AND e.occurred_at <= gone.at AND e.kind <> ALL(%s)
  AND e.processed_generation >= e.generation
"""
# That something happened stays true; to whom is forgotten, and there is nothing left to take in.
_DROPPED = """
UPDATE mailflow_event SET subject = '', dedupe_key = 'erased:' || id, payload = NULL, parked = '',
    processed_generation = generation WHERE id = ANY(%s)
"""
# Those that wait and those set aside, each by its own small index.
_NAMING = """
SELECT DISTINCT e.id, e.kind, e.payload::text
FROM (
    SELECT id, kind, payload, occurred_at FROM mailflow_event
    WHERE shop_id = %(shop)s AND processed_generation < generation AND parked = '' AND payload IS NOT NULL
    UNION ALL
    SELECT id, kind, payload, occurred_at FROM mailflow_event
    WHERE shop_id = %(shop)s AND parked <> '' AND payload IS NOT NULL
) e JOIN unnest(%(patterns)s::text[], %(ats)s::timestamptz[]) AS gone (pattern, at)
    ON e.occurred_at <= gone.at AND e.payload::text ILIKE gone.pattern
"""


def events_naming(shop_id: int, gone: Iterable[Gone]) -> list[tuple[int, str, dict[str, object]]]:
    """Return (id, kind, payload) of events that wait or were set aside and name one of these. One query."""
    named = [(pattern, one.at) for one in gone for pattern in _patterns(one)]
    if not named:
        return []
    with connection.cursor() as cursor:
        patterns, ats = [pattern for pattern, _ in named], [at for _, at in named]
        cursor.execute(_NAMING, {"shop": shop_id, "patterns": patterns, "ats": ats})
        return [(event_id, kind, json.loads(payload)) for event_id, kind, payload in cursor.fetchall()]


def forget_events(shop_id: int, gone: Sequence[Gone]) -> None:
    """Take these people out of what was recorded up to their time. A few queries for any number of them."""
    refs = [(ref, one.at) for one in gone for ref in one.refs if ref]
    if refs:
        with connection.cursor() as cursor:
            values: list[Any] = [[ref for ref, _ in refs], [at for _, at in refs], shop_id, list(DELETIONS)]
            cursor.execute(_PROCESSED, values)
    dropped: list[int] = []
    for event_id, kind, payload in events_naming(shop_id, gone):
        if kind in DELETIONS:
            Event.objects.filter(id=event_id).update(payload=None)
        elif family_of(kind) in (Family.ORDER, Family.FULFILLMENT):
            Event.objects.filter(id=event_id).update(payload=_nameless(payload))
        else:
            dropped.append(event_id)
    with connection.cursor() as cursor:
        cursor.execute(_DROPPED, [dropped])


def _nameless(payload: dict[str, object]) -> dict[str, object]:
    order = payload.get("order")
    kept = {name: order[name] for name in _ORDER_FIELDS if name in order} if isinstance(order, dict) else {}
    return {"issuedAt": payload.get("issuedAt"), "order": kept}


def _patterns(gone: Gone) -> list[str]:
    """Return patterns for whole JSON strings: an address in any letter case and either spelling, a reference."""
    found = {*gone.refs, *gone.emails, *(_punycode(email) for email in gone.emails)} - {""}
    escaped = (text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for text in found)
    return [f'%"{text}"%' for text in escaped]


def _punycode(email: str) -> str:
    name, _, domain = email.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""
