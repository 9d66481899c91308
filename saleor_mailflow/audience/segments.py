"""Segments: people picked out by a saved condition, counted and listed as they are now.

Refuses conditions that are not about a contact, and to count for longer than a screen waits: then a sample says it.
Erased people and staff are in no segment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction

from saleor_mailflow.audience.condition_sql import Named, where
from saleor_mailflow.audience.contact_facts import COUNTED, PEOPLE, Sql
from saleor_mailflow.flows.conditions import Condition, condition_from_json
from saleor_mailflow.models import Segment

#: Above so many contacts a live count is that of a sample of about so many.
EXACT_UP_TO, SAMPLE = 1_000_000, 200_000
#: A count that takes longer gives way to a sample, in milliseconds.
PATIENCE_MS = 4_000
#: The sample's own time, behind which something is wrong with the server, in milliseconds.
SAMPLE_MS = 20_000


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many people a condition picks out; ``exact`` is False for a figure projected from a sample."""

    number: int
    exact: bool = True


def saved(shop_id: int) -> Named:
    """Return {key: condition} of a shop's segments. One query."""
    rows = Segment.objects.filter(shop_id=shop_id).values_list("key", "conditions")
    return {key: condition_from_json(data) for key, data in rows}


def count(
    shop_id: int, condition: Condition, *, now: datetime, named: Named | None = None, patience_ms: int = PATIENCE_MS
) -> Count:
    """Return how many people ``condition`` picks out now, exactly where the shop is not too large for that.

    Above EXACT_UP_TO contacts, and where the exact count takes longer than ``patience_ms``, a sample is counted and
    projected. Raises ConfigurationError as ``condition_sql.where`` does.
    """
    asked = where(condition, now=now, named=saved(shop_id) if named is None else named)
    about = _about()
    if about <= EXACT_UP_TO:
        try:
            return Count(number=_counted(shop_id, asked, patience_ms))
        except OperationalError:
            # Cancelled by its own timeout: half the contacts at most is what there is time for.
            about = max(about, 2 * SAMPLE)
    share = min(100.0, 100 * SAMPLE / about)
    return Count(number=round(_counted(shop_id, asked, SAMPLE_MS, share=share) * 100 / share), exact=False)


def _about() -> int:
    """Return about how many contacts there are, as the server's own statistics know."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'mailflow_contact'::regclass")
        return int(cursor.fetchone()[0])


def _counted(shop_id: int, asked: Sql, patience_ms: int, *, share: float | None = None) -> int:
    people = PEOPLE if share is None else PEOPLE.replace(" c ", " c TABLESAMPLE SYSTEM (%s) REPEATABLE (7) ", 1)
    params: list[Any] = [shop_id, *asked.params] if share is None else [share, shop_id, *asked.params]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(patience_ms)])
        cursor.execute(
            f"SELECT count(*) FROM {people} WHERE c.shop_id = %s AND {COUNTED} AND ({asked.text})",  # noqa: S608 - our own names
            params,
        )
        found = int(cursor.fetchone()[0])
        # Within a longer transaction ours ends before it.
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    return found


def members(
    shop_id: int,
    condition: Condition,
    *,
    now: datetime,
    after_id: int = 0,
    limit: int = 1000,
    named: Named | None = None,
) -> list[int]:
    """Return the ids of those whom ``condition`` picks out now, in id order behind ``after_id``, ``limit`` at most."""
    asked = where(condition, now=now, named=saved(shop_id) if named is None else named)
    params = [after_id, *asked.params, limit]
    return _ids(shop_id, f"c.id > %s AND {COUNTED} AND ({asked.text}) ORDER BY c.id LIMIT %s", params)


def matches(
    shop_id: int, condition: Condition, contact_ids: Collection[int], *, now: datetime, named: Named | None = None
) -> set[int]:
    """Return those of ``contact_ids`` whom ``condition`` picks out now. One query, one more for ``named``."""
    if not contact_ids:
        return set()
    asked = where(condition, now=now, named=saved(shop_id) if named is None else named)
    params = [list(contact_ids), *asked.params]
    return set(_ids(shop_id, f"c.id = ANY(%s) AND {COUNTED} AND ({asked.text})", params))


def _ids(shop_id: int, chosen: str, params: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id FROM {PEOPLE} WHERE c.shop_id = %s AND {chosen}", [shop_id, *params])  # noqa: S608 - our own names
        return [contact_id for (contact_id,) in cursor.fetchall()]


def matches_by_key(
    shop_id: int, keys: Collection[str], contact_ids: Collection[int], now: datetime
) -> Mapping[str, set[int]]:
    """Return {segment key: those of ``contact_ids`` who are in it now}; a key that is no segment's has nobody.

    One query, and one for each segment.
    """
    named = saved(shop_id)
    return {
        key: matches(shop_id, named[key], contact_ids, now=now, named=named) if key in named else set() for key in keys
    }
