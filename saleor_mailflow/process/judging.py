"""Decide of opens and clicks whether a person or a machine made them, a minute after they were heard of.

Refuses to decide before what belongs together has come, and to stand by a verdict that later news speaks against: what
a person was believed to have done is taken back where it turns out to be one touch of many.

How it can fail, and who is hurt: the worker dies in a batch (nothing of it is written, the next tick decides); a
verdict is wrong (a person's click is not counted, or a machine's is: no mail is sent or stopped by it alone, and
``judge_anew`` decides again from what is kept).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from saleor_mailflow.audience.delivery import RANK, Fate, Kind, fate_of
from saleor_mailflow.audience.machines import AROUND, STALL, Score, Touch, score
from saleor_mailflow.models import Shop

BATCH = 500

_UNDECIDED = """
SELECT id FROM mailflow_deliveryevent
WHERE shop_id = %s AND by_machine IS NULL AND kind IN ('opened', 'clicked') AND received_at <= %s
ORDER BY received_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# Twice as far as a verdict looks: what it looks at may have to be decided anew, and that looks as far again. Of each
# person and network one stretch of time is read, however much happened in it.
_AROUND = """
WITH asked AS (SELECT * FROM mailflow_deliveryevent WHERE id = ANY(%(ids)s)),
people AS (
    SELECT contact_id, min(at) - %(span)s AS since, max(at) + %(span)s AS until FROM asked
    WHERE contact_id IS NOT NULL GROUP BY 1
), networks AS (
    SELECT detail ->> 'network' AS network, min(at) - %(span)s AS since, max(at) + %(span)s AS until FROM asked
    WHERE detail ? 'network' GROUP BY 1
), near AS (
    SELECT d.id FROM people p JOIN mailflow_deliveryevent d
        ON d.contact_id = p.contact_id AND d.kind IN ('opened', 'clicked') AND d.at BETWEEN p.since AND p.until
    UNION
    SELECT d.id FROM networks n JOIN mailflow_deliveryevent d
        ON d.shop_id = %(shop)s AND (d.detail ->> 'network') = n.network AND d.source = 'ours'
        AND d.kind IN ('opened', 'clicked')
        AND d.at BETWEEN n.since AND n.until
    UNION
    SELECT id FROM asked
)
SELECT d.id, d.kind, d.at, coalesce('contact ' || d.contact_id, 'event ' || d.id) AS who,
    coalesce(d.link::text, d.detail ->> 'way') AS link, d.detail ->> 'agent', d.detail ->> 'network',
    d.source = 'ours', d.by_machine IS TRUE,
    coalesce(
        least(m.delivered_at, (
            SELECT min(at) FROM mailflow_deliveryevent x WHERE x.message_id = d.message_id AND x.kind = 'delivered'
        )),
        m.ended_at
    )
FROM near JOIN mailflow_deliveryevent d ON d.id = near.id LEFT JOIN mailflow_message m ON m.id = d.message_id
"""
_LOCK = "SELECT id FROM mailflow_deliveryevent WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# A person's is taken in (``process.deliveries``), now that it counts.
_WRITE = """
UPDATE mailflow_deliveryevent d
SET by_machine = v.machine, detail = d.detail || jsonb_build_object('signs', v.signs),
    processed_at = CASE WHEN v.machine THEN d.processed_at END
FROM unnest(%s::bigint[], %s::boolean[], %s::jsonb[]) AS v (id, machine, signs) WHERE d.id = v.id
"""
_BELIEVED = """
SELECT id, delivery, delivered_at FROM mailflow_message
WHERE id IN (SELECT message_id FROM mailflow_deliveryevent WHERE id = ANY(%s))
    AND (opened_at IS NOT NULL OR clicked_at IS NOT NULL)
ORDER BY id FOR NO KEY UPDATE
"""
_TOLD = """
SELECT message_id, kind, at, by_machine FROM mailflow_deliveryevent
WHERE message_id = ANY(%s) AND processed_at IS NOT NULL
"""
_TAKE_BACK = """
UPDATE mailflow_message m SET delivery = f.delivery, opened_at = f.opened_at, clicked_at = f.clicked_at
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[]) AS f (id, delivery, opened_at, clicked_at)
WHERE m.id = f.id
"""
_FORGET = """
UPDATE mailflow_deliveryevent SET by_machine = NULL
WHERE shop_id = %s AND kind IN ('opened', 'clicked') AND at >= %s AND detail ? 'signs'
"""


def judge(shop: Shop, *, now: datetime) -> int:
    """Decide what was heard of at least STALL before ``now``, in batches; return how many verdicts were written."""
    done = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_UNDECIDED, [shop.pk, now - STALL, BATCH])
            ids = [one for (one,) in cursor.fetchall()]
            if ids:
                done += _decide(shop.pk, ids)
        if len(ids) < BATCH:
            return done


def judge_anew(shop: Shop, *, since: datetime, now: datetime) -> int:
    """Decide again of everything that happened since then, such as after the weights of signs changed."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [shop.pk, since])
        return judge(shop, now=now)


def _decide(shop_id: int, ids: Sequence[int]) -> int:
    """Decide of these, and again of what stands around them. What a provider said of itself stays as it is."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"ids": list(ids), "span": 2 * AROUND, "shop": shop_id}
        cursor.execute(_AROUND, values)
        rows = cursor.fetchall()
    scores: Mapping[Any, Score] = score(_touch(row) for row in rows)
    asked, machines_already = set(ids), {row[0] for row in rows if row[8]}
    verdicts = {
        one: found
        for one, found in scores.items()
        # What stands around them only ever turns into a machine's: more news about a moment is more signs.
        if one in asked or (found.by_machine and one not in machines_already)
    }
    machines = [one for one, found in verdicts.items() if found.by_machine]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(verdicts)])
        signs = [Jsonb(list(found.signs)) for found in verdicts.values()]
        cursor.execute(_WRITE, [list(verdicts), [found.by_machine for found in verdicts.values()], signs])
    if machines:
        _take_back(machines)
    return len(verdicts)


def _touch(row: Sequence[Any]) -> Touch:
    one, kind, at, who, link, agent, network, ours, _, delivered_at = row
    return Touch(
        id=one,
        kind=kind,
        at=at,
        who=who,
        link=int(link) if link and link.isdigit() else link,
        agent=agent or "",
        network=network or "",
        ours=ours,
        delivered_at=delivered_at,
    )


def _take_back(events: Collection[int]) -> None:
    """Let what machines did no longer count as a person's, in the messages where it did."""
    with connection.cursor() as cursor:
        cursor.execute(_BELIEVED, [list(events)])
        believed = {message: (delivery, delivered_at) for message, delivery, delivered_at in cursor.fetchall()}
        if not believed:
            return
        fates: dict[int, Fate] = {}
        cursor.execute(_TOLD, [list(believed)])
        for message, kind, at, by_machine in cursor.fetchall():
            fates[message] = fates.get(message, Fate()).join(fate_of(kind, at, by_machine))
        rows = []
        for message, (delivery, _) in believed.items():
            fate = fates.get(message, Fate())
            if delivery in {Kind.OPENED, Kind.CLICKED}:
                # It arrived, whoever touched it.
                delivery = max(fate.delivery, Kind.DELIVERED, key=lambda kind: RANK[kind])
            rows.append((message, delivery, fate.opened_at, fate.clicked_at))
        cursor.execute(_TAKE_BACK, [list(column) for column in zip(*rows, strict=True)])
