"""Check the ledger's invariants, in production too. Refuses to mend anything: it counts what must not be.

Each statement returns at most a few offending ids and their number; none locks a row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.flows.steps import Send, Split, walk
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import FlowVersion
from saleor_mailflow.process.invariants import (
    ENROLLMENTS,
    MESSAGES,
    OF_ENROLLMENTS,
    OF_MESSAGES,
    OF_ROWS,
    OF_STEPS,
    STEPS,
)
from saleor_mailflow.process.invariants_people import AT_ONCE, MOST_A_WEEK, OF_PEOPLE
from saleor_mailflow.statements import array, run

#: Rows read at a time.
PAGE = 10_000
#: How far apart the times of two workers mean anything: a tick's time is when it began, by its own host's clock.
GRACE = timedelta(minutes=5)
#: What must not be → the ids that break it.
INVARIANTS: Mapping[str, str] = {**OF_ROWS, **OF_PEOPLE}
#: What must not be said of single rows, what a row is called, and where it is read, once for all of them.
GROUPS = ((OF_MESSAGES, "m", MESSAGES), (OF_ENROLLMENTS, "e", ENROLLMENTS), (OF_STEPS, "r", STEPS))

SUPPRESSED = "a marketing mail was handed over to somebody suppressed before (ids of contacts)"
EDITED = "a version of a flow is not what it was when it was published (ids of versions)"
OTHER_WAY = "somebody got a mail of a way that they were not sent by, such as one who was to get none"
#: How many invariants there are, those that are reckoned here included.
COUNT = sum(len(predicates) for predicates, *_ in GROUPS) + len(INVARIANTS) + 3


@dataclass(frozen=True, kw_only=True)
class Violation:
    """An invariant that does not hold: what is wrong, how often, and a few of the rows."""

    invariant: str
    count: int
    examples: tuple[int, ...]


def verify(shop_id: int) -> list[Violation]:
    """Return what is wrong in a shop's ledger, [] when nothing is."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Sorted and hashed in memory, it takes two thirds of the time.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        return _verify(shop_id)


def _verify(shop_id: int) -> list[Violation]:
    values: dict[str, Any] = {"shop": shop_id, "grace": GRACE, "at_once": list(AT_ONCE), "most_a_week": MOST_A_WEEK}
    found = [one for group in GROUPS for one in _one_by_one(*group, values)]
    for invariant, statement in INVARIANTS.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), (array_agg(id ORDER BY id))[1:5] FROM ({statement}) AS broken (id)",  # noqa: S608 - our own text
                values,
            )
            count, examples = cursor.fetchone()
        if count:
            found.append(Violation(invariant=invariant, count=count, examples=tuple(examples)))
    for said, broken in (
        (SUPPRESSED, _mailed_although_suppressed(shop_id)),
        (EDITED, _edited(shop_id)),
        (OTHER_WAY, _other_way(shop_id)),
    ):
        if broken:
            found.append(Violation(invariant=said, count=len(broken), examples=tuple(sorted(broken)[:5])))
    return found


def _one_by_one(predicates: Mapping[str, str], row: str, source: str, values: dict[str, Any]) -> Iterator[Violation]:
    """Yield what holds of single rows and must not: the table is read once for all of them."""
    asked = ", ".join(
        f"count(*) FILTER (WHERE {one}), (array_agg({row}.id ORDER BY {row}.id) FILTER (WHERE {one}))[1:5]"
        for one in predicates.values()
    )
    any_of = " OR ".join(f"({one})" for one in predicates.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked} FROM {source} AND ({any_of})", values)  # noqa: S608 - our own text
        told = cursor.fetchone()
    for invariant, count, examples in zip(predicates, told[::2], told[1::2], strict=True):
        if count:
            yield Violation(invariant=invariant, count=count, examples=tuple(examples))


def _mailed_although_suppressed(shop_id: int) -> Sequence[int]:
    """Return to whom marketing mail went after we knew that the address is suppressed. Hashes are keyed: made here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT email_hash, entity, coalesce(learned_at, at) FROM mailflow_suppression WHERE shop_id = %s",
            [shop_id],
        )
        since: dict[str, dict[str, datetime]] = {}
        for digest, entity, at in cursor.fetchall():
            since.setdefault(digest, {})[entity] = at + GRACE
        if not since:
            return []
        key = suppression_key(shop_id)
        cursor.execute(
            "SELECT m.contact_id, c.email, m.entity, m.at FROM ("
            "SELECT contact_id, entity, max(coalesce(intent_at, claimed_at)) AS at FROM mailflow_message "
            "WHERE shop_id = %s AND purpose = 'marketing' AND state IN ('accepted', 'sending', 'unknown') "
            "AND claimed_at > %s GROUP BY 1, 2) m JOIN mailflow_contact c ON c.id = m.contact_id",
            [shop_id, min(at for entities in since.values() for at in entities.values())],
        )
        broken = []
        while rows := cursor.fetchmany(PAGE):
            for contact_id, email, entity, intent_at in rows:
                digest = email.split(":")[1] if email.startswith("erased:") else normal_hash(key, email)
                entities = since.get(digest)
                if entities and any(at < intent_at for one, at in entities.items() if one in ("", entity)):
                    broken.append(contact_id)
    return broken


def _edited(shop_id: int) -> Sequence[int]:
    """Return versions whose definition has another digest than they were published with."""
    broken = []
    for version in FlowVersion.objects.filter(shop_id=shop_id).iterator(chunk_size=200):
        # As ``Definition.digest``, of what is stored: an upgrade of the package may read it otherwise.
        text = json.dumps(version.definition, sort_keys=True)
        if hashlib.sha256(text.encode()).hexdigest() != version.digest:
            broken.append(version.pk)
    return broken


# Who was moved to a version entered before it was published, and may have gone another way in the one before.
_OTHER_WAY = """
SELECT m.id FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS shut (version_id, split, way, step)
JOIN mailflow_flowversion v ON v.id = shut.version_id
JOIN mailflow_enrollment e ON e.version_id = v.id AND e.entered_at >= v.published_at
JOIN mailflow_steprun r ON r.enrollment_id = e.id AND r.step = shut.split AND r.outcome = shut.way
JOIN mailflow_message m ON m.enrollment_id = e.id AND m.step = shut.step
"""


def _other_way(shop_id: int) -> Sequence[int]:
    shut = list(_shut(shop_id))
    if not shut:
        return []
    versions, splits, ways, steps = zip(*shut, strict=True)
    rows = run(_OTHER_WAY, [array(versions), list(splits), list(ways), list(steps)]).rows
    return [message_id for (message_id,) in rows]


def _shut(shop_id: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield (version, split, way, a step that sends by another way of it) of all versions that can be read."""
    for version_id, digest in FlowVersion.objects.filter(shop_id=shop_id).values_list("id", "digest"):
        try:
            flow = definition_of(version_id, digest)
        except ValueError:
            # Whoever is inside it is set aside, which says so; ``_edited`` sees it too.
            continue
        for split in (step for step in walk(flow.steps) if isinstance(step, Split)):
            for way, (other, steps) in product(split.ways, split.ways.items()):
                if other != way:
                    yield from ((version_id, split.id, way, s.id) for s in walk(steps) if isinstance(s, Send))
