"""Reckon what people's orders and signs of life come to, a batch at a time in a fixed number of statements.

Refuses to be told anything: a profile can be thrown away and reckoned again from purchases, baskets and mails.

How this can fail, and who is hurt: the worker dies in the middle (a batch is one transaction, what was stale stays
stale and is taken again); a purchase comes while its buyer is reckoned (whoever wrote it marks them stale again, and
waits for the row meanwhile). Nobody is sent anything here, but flows choose their people by it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.profile_sql import RECKON
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.audience.usual_gap import LEAST, MOST, usual_gap
from saleor_mailflow.models import Profile, Shop
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.statements import array, run

#: Contacts that one statement reckons.
BATCH = 2_000

#: Who bought nothing is new for so long, and dormant without a sign of life for so long.
NEW_FOR, SILENT = timedelta(days=30), timedelta(days=180)
#: Whoever is missed for this long is lost: a year and a half.
LOST = timedelta(days=548)
#: A customer is missed after so many times their usual gap.
FACTOR = 2

# Only those that changed are written: the nightly pass over everybody leaves the others as they are.
_MARK = """
INSERT INTO mailflow_profile (contact_id, shop_id, channel, orders, orders_12m, spent, spent_12m, last_order_id,
    lifecycle, vip_currency, stale, reckoned_at)
SELECT id, shop_id, '', 0, 0, '{}', '{}', '', 'new', '', true, first_seen_at
FROM mailflow_contact WHERE id = ANY(%s::bigint[]) AND erased_at IS NULL ORDER BY id
ON CONFLICT (contact_id) DO UPDATE SET stale = true WHERE NOT mailflow_profile.stale
"""


def mark_stale(contact_ids: Collection[int]) -> None:
    """Note that something about these contacts changed: purchases, baskets, clicks, consent. One statement.

    Cheap, and safe to call often and for people who have no profile yet. To be called in the transaction that changed
    it, after contacts were locked.
    """
    if contact_ids:
        run(_MARK, [array(sorted(contact_ids))])


def reckon(shop_id: int, contact_ids: Collection[int], *, now: datetime, zone: str = "UTC") -> int:
    """Reckon these contacts anew; return how many rows were written. Six statements, however many contacts.

    ``zone`` is the IANA name of the shop's own time zone: orders of one of its days count as one. Erased contacts are
    left out.
    """
    if not contact_ids:
        return 0
    with transaction.atomic():
        # To compile the statement takes the server longer than to run it on a batch.
        run("SET LOCAL jit = off")
        # The order of everybody's locks: contacts first, by id. Who is being erased is waited for, and then gone.
        people = run(_PEOPLE, [shop_id, array(sorted(contact_ids))]).rows
        values: dict[str, Any] = {
            "shop": shop_id,
            "ids": [contact_id for contact_id, _ in people],
            "refused": _refused(shop_id, people),
            "now": now,
            "zone": zone,
            "shop_gap": usual_gap(shop_id),
            "factor": FACTOR,
            "least": LEAST.days,
            "most": MOST.days,
            "new_since": now - NEW_FOR,
            "silent_since": now - SILENT,
            "lost_since": now - LOST,
            "year_ago": now - timedelta(days=365),
        }
        with connection.cursor() as cursor:
            cursor.execute(RECKON, values)
            return int(cursor.rowcount)


_PEOPLE = """
SELECT id, email FROM mailflow_contact
WHERE shop_id = %s::bigint AND id = ANY(%s::bigint[]) AND erased_at IS NULL ORDER BY id FOR KEY SHARE
"""
_REFUSED = """
SELECT email_hash FROM mailflow_suppression
WHERE shop_id = %s::bigint AND entity = '' AND email_hash = ANY(%s::text[])
"""


def _refused(shop_id: int, people: Collection[tuple[int, str]]) -> list[int]:
    """Return those whose address the whole shop may not write to."""
    key = suppression_key(shop_id)
    hashes = {normal_hash(key, email): contact_id for contact_id, email in people}
    return [hashes[digest] for (digest,) in run(_REFUSED, [shop_id, array(hashes)]).rows]


def reckon_due(shop: Shop, now: datetime, *, limit: int = 20_000) -> int:
    """Reckon whom something changed about since; return how many were looked at, ``limit`` at most.

    For every tick: one query of a small partial index where there is nothing to do.
    """
    looked = 0
    zone = ""
    while looked < limit:
        stale = list(Profile.objects.filter(shop=shop, stale=True).order_by("contact_id")[:BATCH].values_list("pk"))
        if not stale:
            break
        zone = zone or shop_zone(shop)
        reckon(shop.pk, [pk for (pk,) in stale], now=now, zone=zone)
        # Erased since: nothing is known of them any more.
        Profile.objects.filter(pk__in=[pk for (pk,) in stale], contact__erased_at__isnull=False).delete()
        looked += len(stale)
    return looked


def shop_zone(shop: Shop) -> str:
    """Return the IANA name of the zone in which the shop counts its days: that of all its channels, else UTC."""
    return settings_of(shop).timezone.get("*", "UTC")
