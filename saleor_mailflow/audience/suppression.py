"""Whom we may never write to again, by keyed hash, so that it survives erasure. Refuses to forget by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection, transaction

from saleor_mailflow import failpoints
from saleor_mailflow.audience.addresses import email_hash, normal_hash, normalise
from saleor_mailflow.models import LinkKey, Suppression
from saleor_mailflow.statements import array, run


def suppression_key(shop_id: int) -> bytes:
    """Return the key of a shop's address hashes: derived from its first link key, which is never replaced."""
    found = run(_FIRST_KEY, [shop_id]).rows
    first = found[0][0] if found else LinkKey.objects.create(shop_id=shop_id).key
    return hashlib.sha256(f"mailflow suppression {first}".encode()).digest()


_FIRST_KEY = "SELECT key FROM mailflow_linkkey WHERE shop_id = %s::bigint ORDER BY id LIMIT 1"


def suppress(
    *, shop_id: int, email: str, reason: Suppression.Reason, at: datetime, entity: str = "", detail: str = ""
) -> None:
    """Suppress an address at once. Safe to repeat; the first reason stays.

    Once this is committed no intent to send it marketing mail is: who holds such a mail by now holds it no longer, and
    the gate will say why. ``entity`` "" is every sending entity of the shop. Ways to fail: the write fails (the
    caller's request fails with it and the provider or person tries again); a mail is past its intent at this moment (it
    leaves: the law allows hours).
    """
    email = normalise(email)
    digest = normal_hash(suppression_key(shop_id), email)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The claim takes the same lock: it comes before us and is undone, or after us and asks a gate that knows.
            cursor.execute(_LOCK, [shop_id, email])
            contact_ids = [contact_id for (contact_id,) in cursor.fetchall()]
        Suppression.objects.bulk_create(
            [Suppression(shop_id=shop_id, entity=entity, email_hash=digest, reason=reason, at=at, detail=detail[:300])],
            ignore_conflicts=True,
        )
        if contact_ids:
            with connection.cursor() as cursor:
                cursor.execute(_TAKE_BACK, [contact_ids])
    failpoints.reach("suppression.written")


_LOCK = "SELECT id FROM mailflow_contact WHERE shop_id = %s AND email = %s ORDER BY id FOR NO KEY UPDATE"
# One whose lease ran out is left alone: whoever claims it anew holds its row and waits for the contact that we hold,
# and the worker that held it may not send it any more.
_TAKE_BACK = """
UPDATE mailflow_message SET state = 'planned', lease_until = NULL, fence = fence + 1, crashes = 0
WHERE contact_id = ANY(%s) AND state = 'claimed' AND lease_until > clock_timestamp()
"""


def unsuppress(*, shop_id: int, email: str, entity: str = "", reasons: Collection[str] = ("unsubscribed",)) -> bool:
    """Take back a suppression for one of ``reasons``; return whether there was one."""
    digest = email_hash(suppression_key(shop_id), email)
    deleted, _ = Suppression.objects.filter(
        shop_id=shop_id, entity=entity, email_hash=digest, reason__in=list(reasons)
    ).delete()
    return bool(deleted)


#: {sending entity: (reason, since)} of one address; "" is the whole shop.
Suppressions = Mapping[str, tuple[str, datetime]]


def suppressions(shop_id: int, emails: Collection[str]) -> Mapping[str, Suppressions]:
    """Return {address: its suppressions} of those that have any. One query, one more for the key.

    ``emails`` must be normalised, as contacts are kept: normalising a batch anew costs more than the query.
    """
    found: dict[str, dict[str, tuple[str, datetime]]] = {}
    if not emails:
        return found
    key = suppression_key(shop_id)
    by_hash = {normal_hash(key, email): email for email in emails}
    for digest, entity, reason, at in run(_SUPPRESSIONS, [shop_id, array(by_hash)]).rows:
        found.setdefault(by_hash[digest], {})[entity] = (reason, at)
    return found


_SUPPRESSIONS = """
SELECT email_hash, entity, reason, at FROM mailflow_suppression
WHERE shop_id = %s::bigint AND email_hash = ANY(%s::text[])
"""


def counting(found: Suppressions | None, entity: str = "") -> tuple[str, datetime] | None:
    """Return the (reason, since) that counts for a sending entity, the whole shop's before its own; None for none."""
    return None if not found else found.get("") or found.get(entity)


def suppressed(shop_id: int, emails: Collection[str], entity: str = "") -> Mapping[str, tuple[str, datetime]]:
    """Return {address: (reason, since)} of those suppressed for an entity or the whole shop, as ``suppressions``."""
    found = {email: counting(those, entity) for email, those in suppressions(shop_id, emails).items()}
    return {email: one for email, one in found.items() if one is not None}
