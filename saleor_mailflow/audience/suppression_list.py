"""The suppression list as a whole: many at once by hash, taken in from a file, written out to one.

Refuses to weaken a reason by a later, lesser one: a complaint stays a complaint, whatever is told in which order.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

from saleor_mailflow import failpoints
from saleor_mailflow.audience.addresses import normal_hash, normalise
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.models import Contact, Suppression

Reason = Suppression.Reason
#: From weakest to strongest: what a person can take back by a click first, what they may never take back last.
STRENGTH: tuple[str, ...] = (Reason.UNSUBSCRIBED, Reason.BOUNCED, Reason.MANUAL, Reason.COMPLAINED)

_BATCH = 1000
# The stronger reason wins and, of one reason, the earlier time: the same whatever comes first.
_SUPPRESS = """
INSERT INTO mailflow_suppression AS there (shop_id, entity, email_hash, reason, detail, at, learned_at)
SELECT %(shop)s, one.entity, one.digest, one.reason, one.detail, one.at, one.learned_at
FROM (
    SELECT DISTINCT ON (entity, digest) * FROM unnest(
        %(entities)s::text[], %(digests)s::text[], %(reasons)s::text[], %(details)s::text[], %(times)s::timestamptz[],
        %(learned)s::timestamptz[]
    ) AS given (entity, digest, reason, detail, at, learned_at)
    ORDER BY entity, digest, array_position(%(strength)s::text[], reason) DESC, at
) one
ORDER BY one.entity, one.digest
ON CONFLICT (shop_id, entity, email_hash) DO UPDATE
SET reason = excluded.reason, detail = excluded.detail, at = excluded.at,
    learned_at = least(coalesce(there.learned_at, there.at), coalesce(excluded.learned_at, excluded.at))
WHERE array_position(%(strength)s::text[], excluded.reason::text)
    > array_position(%(strength)s::text[], there.reason::text)
    OR (excluded.reason = there.reason AND excluded.at < there.at)
RETURNING 1
"""
# What spreadsheets take for the beginning of a formula, and run.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One address, by its keyed hash, to be suppressed for a sending entity ("" is the whole shop)."""

    digest: str
    reason: str
    at: datetime
    entity: str = ""
    detail: str = ""
    #: When we heard of it, None where that is ``at``.
    learned_at: datetime | None = None


def suppress_all(shop_id: int, entries: Sequence[Entry]) -> int:
    """Suppress all of these at once; return how many are new or stronger than before. One query, safe to repeat."""
    if not entries:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _SUPPRESS,
            {
                "shop": shop_id,
                "strength": list(STRENGTH),
                "entities": [one.entity for one in entries],
                "digests": [one.digest for one in entries],
                "reasons": [one.reason for one in entries],
                "details": [one.detail[:300] for one in entries],
                "times": [one.at for one in entries],
                "learned": [one.learned_at for one in entries],
            },
        )
        written = int(cursor.rowcount)
    failpoints.reach("suppression.written")
    return written


@dataclass(kw_only=True)
class Imported:
    """What an import came to. ``refused`` are (line number, why), without the address."""

    read: int = 0
    new: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_list(
    shop_id: int,
    lines: Iterable[str],
    *,
    now: datetime,
    entity: str = "",
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda lines: None,
) -> Imported:
    """Suppress every address of a CSV of ``address[,reason[,date]]``; a first line of names is passed over.

    The reason is one of STRENGTH (``manual`` where there is none), the date ISO 8601. ``progress`` is told how many
    lines were read. With ``dry_run`` nothing is written, and ``new`` counts what would have been.
    """
    done = Imported()
    key = suppression_key(shop_id)
    waiting: list[Entry] = []
    for number, row in enumerate(csv.reader(lines), start=1):
        if not any(cell.strip() for cell in row) or (number == 1 and "@" not in row[0]):
            continue
        done.read += 1
        try:
            waiting.append(_entry(row, key, entity, now))
        except ValueError as error:
            done.refused.append((number, str(error)))
        if len(waiting) >= _BATCH:
            done.new += _put(shop_id, waiting, dry_run=dry_run)
            waiting = []
            progress(number)
    done.new += _put(shop_id, waiting, dry_run=dry_run)
    progress(done.read)
    return done


def as_cell(text: str) -> str:
    """Return a text for a cell of a CSV that no spreadsheet takes for a formula: ``=x@shop.example`` is an address."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def of_cell(cell: str) -> str:
    """Return the text that ``as_cell`` made a cell of; what it did not make is returned as it is."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def _put(shop_id: int, entries: Sequence[Entry], *, dry_run: bool) -> int:
    if not dry_run:
        return suppress_all(shop_id, entries)
    digests = {(one.entity, one.digest) for one in entries}
    there = Suppression.objects.filter(shop_id=shop_id, email_hash__in={digest for _, digest in digests})
    return len(digests - set(there.values_list("entity", "email_hash")))


def _entry(row: Sequence[str], key: bytes, entity: str, now: datetime) -> Entry:
    cells = [cell.strip() for cell in row] + ["", ""]
    email = normalise(of_cell(cells[0]))
    if not email:
        raise ValueError("The first column is not an email address.")
    reason = cells[1].lower() or Reason.MANUAL
    if reason not in STRENGTH:
        raise ValueError(f"The reason {cells[1][:40]!r} is unknown; use one of {', '.join(STRENGTH)}.")
    digest, at = normal_hash(key, email), _date(cells[2], now)
    return Entry(digest=digest, reason=reason, at=at, entity=entity, detail="import", learned_at=now)


def _date(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"The date {text[:40]!r} is not of the form 2026-11-20 or 2026-11-20T09:30:00+00:00."
        ) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    if at > now:
        raise ValueError(f"The date {text[:40]!r} is in the future.")
    return at


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One suppression as it can be written out. ``address`` is "" where nobody with it is a contact (any more)."""

    address: str
    reason: str
    at: datetime
    entity: str
    digest: str


def export_list(shop_id: int, *, progress: Callable[[int], None] = lambda done: None) -> Iterator[Exported]:
    """Yield every suppression of a shop, oldest first. A keyed hash cannot be turned back, so an address is found by
    hashing the contacts: memory grows with the list, never with the contacts.
    """
    key = suppression_key(shop_id)
    wanted = set(Suppression.objects.filter(shop_id=shop_id).values_list("email_hash", flat=True))
    known: dict[str, str] = {}
    emails = Contact.objects.filter(shop_id=shop_id, erased_at=None).values_list("email", flat=True)
    for number, email in enumerate(emails.iterator(chunk_size=5000), start=1):
        digest = normal_hash(key, email)
        if digest in wanted:
            known[digest] = email
        if number % 5000 == 0:
            progress(number)
    rows = Suppression.objects.filter(shop_id=shop_id).order_by("at", "id")
    for row in rows.iterator(chunk_size=5000):
        yield Exported(
            address=known.get(row.email_hash, ""),
            reason=row.reason,
            at=row.at,
            entity=row.entity,
            digest=row.email_hash,
        )
