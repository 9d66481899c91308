"""Write down who came into a segment and who left it, for flows that begin with coming in.

Refuses to say that somebody came in when nobody looked before: the first look at a segment, one after its conditions
changed and one after days without any are silent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.audience.condition_sql import where
from saleor_mailflow.audience.contact_facts import COUNTED, PEOPLE
from saleor_mailflow.audience.segment_book import entered_by, flows_on
from saleor_mailflow.audience.segments import saved
from saleor_mailflow.models import Segment

#: After so long without a look nobody can say when somebody came in.
STALE = timedelta(days=3)


def write_next(shop_id: int, *, after: int, window: int, last: int, now: datetime) -> int | None:
    """Look at the next ``window`` of contacts behind id ``after``, for each segment that a flow on now begins with.

    Return up to where it came, None once ``last`` is reached: then the segments were looked at ``now``. A statement for
    each segment, each in a transaction of its own.
    """
    keys = {key for _, definition in flows_on(shop_id) for key in entered_by(definition)}
    segments = list(Segment.objects.filter(shop_id=shop_id, key__in=keys).order_by("id")) if keys else []
    upto = min(after + window, last)
    for segment in segments:
        _look(segment, after, upto, now)
    if segments and upto < last:
        return upto
    for segment in segments:
        size = segment.members.count()
        same = Segment.objects.filter(pk=segment.pk, updated_at=segment.updated_at)
        same.update(members_at=now, size=size, counted_at=now)
    return None


_COUNT = """
WITH inside AS MATERIALIZED (
    -- The window is said of both tables, or all profiles are read for each window.
    SELECT c.id FROM {people} AND p.contact_id > %s AND p.contact_id <= %s
    WHERE c.shop_id = %s AND c.id > %s AND c.id <= %s AND {counted} AND ({asked})
), gone AS (
    DELETE FROM mailflow_segmentmember m WHERE m.segment_id = %s AND m.contact_id > %s AND m.contact_id <= %s
        AND NOT EXISTS (SELECT 1 FROM inside WHERE inside.id = m.contact_id)
), came AS (
    INSERT INTO mailflow_segmentmember (segment_id, contact_id, since)
    SELECT %s, id, %s FROM inside ORDER BY id ON CONFLICT (segment_id, contact_id) DO NOTHING RETURNING contact_id
)
INSERT INTO mailflow_occasion (shop_id, contact_id, kind, of, subject, key, at, learned_at, detail, considered)
SELECT %s, contact_id, 'segment.entered', %s, '', concat_ws(':', 'segment.entered', %s::text, contact_id, %s::text),
    %s, %s, '{{}}', false
FROM came WHERE NOT %s ORDER BY contact_id
ON CONFLICT (shop_id, key) DO NOTHING
"""


def _look(segment: Segment, after: int, upto: int, now: datetime) -> None:
    named = saved(segment.shop_id)
    asked = where(named[segment.key], now=now, named=named)
    silent = segment.members_at is None or now - segment.members_at > STALE
    statement = _COUNT.format(people=PEOPLE, counted=COUNTED, asked=asked.text)
    place = [after, upto]
    values: list[Any] = [
        *(*place, segment.shop_id, *place, *asked.params),
        *(segment.pk, *place),
        *(segment.pk, now),
        *(segment.shop_id, segment.key, segment.pk, now.date().isoformat(), now, now, silent),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
