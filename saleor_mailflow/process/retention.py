"""Let go of what its time is over for (``saleor_mailflow.retention``), nightly and a little at a time.

Refuses to touch what somebody is inside of or waits for, consent and suppression, and rows that a promise still needs.

How this can fail, and who is hurt: the worker dies in the middle (each batch is a transaction of its own; the place is
remembered, the next one goes on there), it meets rows that are in use (they are skipped and found the next night), it
takes long (a tick gives it a few seconds, and mail goes on in between).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.models import Heartbeat, Shop, Watermark
from saleor_mailflow.process.letting_go import WORK, Work, let_go_of_contacts, let_go_of_sign_ups
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.watermarks import Marks, mark_of, night_due

EVERY = timedelta(hours=24)
#: Rows of a table that one statement looks through, and changes at most.
WINDOW = 5000
#: How long a tick may spend on it, in seconds.
TICK_SECONDS = 3.0

_MARK = "purge"
#: Up to when step runs were deleted: ``verify`` does not miss them.
DECISIONS = "purged:decisions"

#: Called with (policy, rows let go of so far).
Progress = Callable[[str, int], None]


@dataclass(kw_only=True)
class PurgeReport:
    """What a purge came to, or would: {policy: rows}. ``finished`` is False where its seconds ran out."""

    counts: dict[str, int] = field(default_factory=dict)
    finished: bool = True


def purge_due(shop: Shop, now: datetime, marks: Marks | None = None) -> bool:
    """Tell whether the nightly purge is due, or was begun and not finished."""
    return night_due(mark_of(shop.pk, _MARK, marks), now, EVERY)


def purge(
    shop: Shop,
    *,
    now: datetime,
    dry_run: bool = False,
    seconds: float | None = None,
    progress: Progress = lambda key, rows: None,
) -> PurgeReport:
    """Let go of what is older than the shop's retention, a short transaction at a time; return how much of what.

    ``dry_run`` only counts. ``seconds`` is the most it may take; the next call goes on where this one stopped.
    """
    days, report = settings_of(shop).retention, PurgeReport(counts={work.policy: 0 for work in WORK})
    if dry_run:
        for work in WORK:
            _add(report, work.policy, _count(shop, work, _values(shop, now, days[work.policy])))
        return report
    mark, _ = Watermark.objects.get_or_create(shop=shop, name=_MARK, defaults={"at": now - EVERY})
    began, (place, after), bounds = time.monotonic(), _place(mark.value), _bounds()
    for number, work in enumerate(WORK):
        if number < place:
            continue
        values = _values(shop, now, days[work.policy])
        for rows, reached in _windows(shop, work, bounds[work.table], values, after if number == place else 0, now):
            _add(report, work.policy, rows)
            progress(work.policy, report.counts[work.policy])
            if seconds is not None and time.monotonic() - began > seconds:
                mark.value, report.finished = f"{number}:{reached}", False
                mark.save(update_fields=["value"])
                return report
        if work.name == "throttles":
            tests = Heartbeat.objects.filter(name="testsend", at__lt=values["before"])
            tests.update(detail={})
        if work.name == "step_runs":
            before = values["before"].isoformat()
            Watermark.objects.update_or_create(shop=shop, name=DECISIONS, defaults={"value": before, "at": now})
    mark.value, mark.at = "", now
    mark.save(update_fields=["value", "at"])
    return report


def _add(report: PurgeReport, policy: str, rows: int) -> None:
    report.counts[policy] += rows


def _place(value: str) -> tuple[int, int]:
    number, _, after = value.partition(":")
    return (int(number), int(after)) if number else (0, 0)


def _values(shop: Shop, now: datetime, days: int) -> dict[str, Any]:
    return {"shop": shop.pk, "now": now, "before": now - timedelta(days=days)}


def _count(shop: Shop, work: Work, values: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {work.table} t WHERE {work.where}", values)  # noqa: S608 - our own text
        return int(cursor.fetchone()[0])


def _bounds() -> Mapping[str, tuple[int, int]]:
    """Return {table: (lowest id, highest id)}, (1, 0) for one that is empty. One query."""
    tables = sorted({work.table for work in WORK})
    ends = ", ".join(f"(SELECT min(id) FROM {table}), (SELECT max(id) FROM {table})" for table in tables)  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ends}")
        row = cursor.fetchone()
    return {table: (row[2 * at] or 1, row[2 * at + 1] or 0) for at, table in enumerate(tables)}


def _windows(
    shop: Shop, work: Work, bounds: tuple[int, int], values: Mapping[str, Any], after: int, now: datetime
) -> Iterator[tuple[int, int]]:
    """Go through a table by id; yield (rows let go of, id reached) for each window."""
    first, last = bounds
    # Numbers go on for ever, and what is below the first was let go of in other nights.
    after = max(after, first - 1)
    while after < last:
        upto = after + WINDOW
        yield _let_go(shop, work, {**values, "after": after, "upto": upto}, now), upto
        after = upto


def _let_go(shop: Shop, work: Work, values: Mapping[str, Any], now: datetime) -> int:
    """Let go of what is over in a window; return how many rows. Most nights nothing is, and nothing is locked then."""
    over = f"FROM {work.table} t WHERE t.id > %(after)s AND t.id <= %(upto)s AND {work.where}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 {over} LIMIT 1", values)
        if cursor.fetchone() is None:
            return 0
        with transaction.atomic():
            cursor.execute(f"SELECT t.id {over} ORDER BY t.id FOR UPDATE OF t SKIP LOCKED", values)
            ids = [one for (one,) in cursor.fetchall()]
            if ids and work.asks_others:
                # A statement sees of other tables what was so when it began. Somebody may have come back until it had
                # its locks; from now on nobody can.
                cursor.execute(f"SELECT t.id {over} AND t.id = ANY(%(ids)s)", {**values, "ids": ids})
                ids = [one for (one,) in cursor.fetchall()]
            if ids and work.name == "contacts":
                let_go_of_contacts(shop, ids, now)
            elif ids and work.name == "sign_ups":
                let_go_of_sign_ups(ids)
            elif ids:
                cursor.execute(work.change, {**values, "ids": ids})
    return len(ids)
