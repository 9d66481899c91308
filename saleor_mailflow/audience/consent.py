"""What people said about mail: appended, never changed, the newest counts. Refuses to read silence as a yes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from saleor_mailflow.models import Consent

_YES = {"1", "true", "yes", "y", "on", "ja", "oui", "tak", "si", "sí", "granted", "subscribed", "opt-in", "opt_in"}
_NO = {"0", "false", "no", "n", "off", "nein", "non", "nie", "withdrawn", "unsubscribed", "opt-out", "opt_out"}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing a contact said. ``source`` names the place, so that the same word there is not appended twice."""

    contact_id: int
    state: Consent.State
    source: str
    proof: str
    at: datetime


def read_metadata(metadata: Mapping[str, str], key: str) -> Consent.State | None:
    """Return what a metadata value says, None where the key is absent, empty or in words that are no yes and no no."""
    value = str(metadata.get(key, "")).strip().lower()
    if value in _YES:
        return Consent.State.GRANTED
    if value in _NO:
        return Consent.State.WITHDRAWN
    return None


def append(shop_id: int, said: Collection[Said], *, entity: str = "") -> int:
    """Append what is new: a source that repeats its last word adds nothing. Two queries. Return how many were added."""
    if not said:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (contact_id, source) contact_id, source, state FROM mailflow_consent "
            "WHERE contact_id = ANY(%s) AND source = ANY(%s) AND entity = %s "
            "ORDER BY contact_id, source, at DESC, id DESC",
            [[s.contact_id for s in said], [s.source for s in said], entity],
        )
        last = {(contact_id, source): state for contact_id, source, state in cursor.fetchall()}
    fresh: list[Consent] = []
    for one in sorted(said, key=lambda s: s.at):
        if last.get((one.contact_id, one.source)) != one.state:
            last[one.contact_id, one.source] = one.state
            fresh.append(
                Consent(
                    shop_id=shop_id,
                    entity=entity,
                    contact_id=one.contact_id,
                    state=one.state,
                    source=one.source[:200],
                    proof=one.proof[:500],
                    at=one.at,
                )
            )
    Consent.objects.bulk_create(fresh)
    return len(fresh)


def newest(contact_ids: Collection[int], *, entity: str = "") -> Mapping[int, tuple[str, datetime]]:
    """Return {contact id: (granted|withdrawn, when)} of the newest word of each. One query."""
    if not contact_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (contact_id) contact_id, state, at FROM mailflow_consent "
            "WHERE contact_id = ANY(%s) AND topic = 'marketing' AND entity = ANY(%s) "
            "ORDER BY contact_id, at DESC, id DESC",
            [list(contact_ids), ["", entity]],
        )
        return {contact_id: (state, at) for contact_id, state, at in cursor.fetchall()}
