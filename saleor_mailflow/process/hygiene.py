"""Tag who has not answered, nightly: two promotional mails, and no click, order or new cart by a person since.

Refuses to stop anybody's mail by that alone: the tag is a fact for segments and screens, and goes at any sign of life.

How it can fail, and who is hurt: the worker dies in the middle (each batch stands by itself and the place is
remembered; nobody is sent anything by it); a sign of life comes while a batch is written (the next night takes the tag
off).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.models import Shop, Watermark
from saleor_mailflow.watermarks import Marks, mark_of, night_due

#: The tag, and who sets it. Tags of the same name that somebody else set are left alone.
INACTIVE, SOURCE = "inactive", "hygiene"
#: So many promotional mails, each given so long to be answered.
UNANSWERED, ANSWERED_WITHIN = 2, timedelta(days=14)
EVERY = timedelta(hours=24)
#: Contacts that one statement looks at.
WINDOW = 5_000
#: How long a tick may spend on it, in seconds.
TICK_SECONDS = 3.0

_MARK = "hygiene"

# A basket's own time counts, and not that of its first sight: somebody who fills an old cart is alive.
_LIFE = """
SELECT c.id, greatest(
    (SELECT max(created_at) FROM mailflow_purchase WHERE contact_id = c.id AND counts),
    (SELECT max(active_at) FROM mailflow_basket WHERE contact_id = c.id),
    (SELECT max(clicked_at) FROM mailflow_message WHERE contact_id = c.id)
) AS at
FROM mailflow_contact c
WHERE c.shop_id = %(shop)s AND c.id > %(after)s AND c.id <= %(upto)s AND c.erased_at IS NULL
"""
# Mail counts from when it arrived; what bounced or may never have left was not left unanswered.
_SILENT = f"""
WITH life AS MATERIALIZED ({_LIFE}), silent AS (
    SELECT life.id FROM life
    WHERE (
        SELECT count(*) FROM mailflow_message m
        WHERE m.contact_id = life.id AND m.promotional AND m.state = 'accepted' AND m.ended_at <= %(before)s
            AND m.delivery NOT IN ('bounced', 'soft_bounced', 'rejected', 'deferred')
            AND m.ended_at > coalesce(life.at, '-infinity')
    ) >= %(unanswered)s
), tagged AS (
    INSERT INTO mailflow_contacttag (contact_id, tag, source, at)
    SELECT id, %(tag)s, %(source)s, %(now)s FROM silent ORDER BY id
    ON CONFLICT (contact_id, tag) DO NOTHING RETURNING 1
), untagged AS (
    DELETE FROM mailflow_contacttag t USING life
    WHERE t.contact_id = life.id AND t.tag = %(tag)s AND t.source = %(source)s
        AND NOT EXISTS (SELECT 1 FROM silent WHERE silent.id = life.id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM tagged), (SELECT count(*) FROM untagged)
"""  # noqa: S608 - put together from our own text


def hygiene_due(shop: Shop, now: datetime, marks: Marks | None = None) -> bool:
    """Tell whether the nightly look is due, or was begun and not finished."""
    return night_due(mark_of(shop.pk, _MARK, marks), now, EVERY)


def tidy(shop: Shop, *, now: datetime, seconds: float | None = None) -> tuple[int, int]:
    """Set and take off the tag; return how many of each. One statement for each WINDOW of contacts.

    ``seconds`` is the most it may take; the next call goes on where this one stopped.
    """
    mark, _ = Watermark.objects.get_or_create(shop=shop, name=_MARK, defaults={"at": now - EVERY})
    began, tagged, untagged, after = time.monotonic(), 0, 0, int(mark.value or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM mailflow_contact WHERE shop_id = %s", [shop.pk]
        )
        first, last = cursor.fetchone()
        # Numbers go on for ever, and those before the first are nobody's of this shop.
        after = max(after, first - 1)
        while after < last:
            upto = after + WINDOW
            values: dict[str, Any] = {
                "shop": shop.pk,
                "after": after,
                "upto": upto,
                "before": now - ANSWERED_WITHIN,
                "unanswered": UNANSWERED,
                "tag": INACTIVE,
                "source": SOURCE,
                "now": now,
            }
            with transaction.atomic():
                cursor.execute(_SILENT, values)
                more = cursor.fetchone()
            tagged, untagged, after = tagged + more[0], untagged + more[1], upto
            if after < last and seconds is not None and time.monotonic() - began > seconds:
                mark.value = str(after)
                mark.save(update_fields=["value"])
                return tagged, untagged
    mark.value, mark.at = "", now
    mark.save(update_fields=["value", "at"])
    return tagged, untagged
