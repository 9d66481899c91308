"""Take a person's name out of our tables; purchases, the ledger and statistics stay, without it.

Refuses to forget a suppression (it is a keyed hash already), and to touch what a mail on its way still has to write:
a message that is being handed over ends with its own outcome, only its text is not kept.

How this can fail, and who is hurt: a worker renders or hands over a mail of this person at the same moment (its claim
is taken away by the fence, so nothing leaves; where the intent was committed before, the mail leaves once and its row
says so), the database fails in the middle (the caller's transaction is undone as a whole).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import CharField, Field, JSONField, Model, Value
from django.db.models.functions import Cast, Concat

from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.personal import TABLES, Fate
from saleor_mailflow.audience.said import Said
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.models import Basket, Consent, Contact, SignUp

#: Places of consent that carry the number of an account, cart or order.
_NUMBERED = ("account", "checkout", "order")

# One statement for every state, so that a message which another worker moves on meanwhile is judged by what it is then:
# what waits or was claimed ends here and its worker's fence is old; what is being handed over is marked (``erased``),
# by which ``messages.ledger`` knows that no text may be kept.
_MESSAGES = """
UPDATE mailflow_message SET
    subject = '', html = '', text = '', links = '[]', language = '',
    fence = fence + (state IN ('planned', 'claimed'))::int,
    reason = CASE WHEN state IN ('planned', 'claimed') THEN 'erased' ELSE reason END,
    ended_at = CASE WHEN state IN ('planned', 'claimed') THEN %(now)s ELSE ended_at END,
    lease_until = CASE WHEN state = 'sending' THEN lease_until END,
    detail = CASE WHEN state = 'sending' THEN '{"erased": true}'::jsonb ELSE '{}'::jsonb END,
    state = CASE WHEN state IN ('planned', 'claimed') THEN 'blocked' ELSE state END
WHERE contact_id = ANY(%(ids)s)
"""
_STEP_RUNS = """
UPDATE mailflow_steprun r SET detail = '{}' FROM mailflow_enrollment e
WHERE e.id = r.enrollment_id AND e.contact_id = ANY(%(ids)s) AND r.detail <> '{}'
"""
_AUDIT = (
    "UPDATE mailflow_auditentry SET before = NULL, after = NULL WHERE shop_id = %(shop)s AND subject = ANY(%(who)s)"
)
# The activity is a count and a time, which a mail that is being handed over is still judged by; everything else goes. A
# purchase explains more than an erasure.
_ENROLLMENTS = """
UPDATE mailflow_enrollment e SET
    context = jsonb_strip_nulls(jsonb_build_object(
        'activity', e.context -> 'activity', 'active_at', e.context -> 'active_at')),
    state = 'ended', due_at = NULL, lease_until = NULL, fence = e.fence + 1, ended_at = coalesce(e.ended_at, %(now)s),
    exit_reason = CASE WHEN e.exit_reason <> '' THEN e.exit_reason WHEN theirs.bought THEN 'ordered' ELSE 'erased' END
FROM (
    SELECT e.id, b.state IS NOT DISTINCT FROM 'converted' AS bought
    FROM mailflow_enrollment e LEFT JOIN mailflow_basket b ON b.id = e.basket_id
    WHERE e.contact_id = ANY(%(ids)s) ORDER BY e.id FOR NO KEY UPDATE OF e
) theirs
WHERE e.id = theirs.id
"""
#: In the order of everybody's locks: baskets, contacts, enrollments; messages last.
_BY_HAND = (_ENROLLMENTS, _STEP_RUNS, _MESSAGES, _AUDIT)


def erased_mark(key: bytes, email: str) -> str:
    """Return what stands in for a normalised address after erasure; ``key`` is the shop's suppression key."""
    return f"erased:{normal_hash(key, email)}"


def keyed(key: bytes, text: str) -> str:
    """Return HMAC-SHA256 of a text under the shop's suppression key, as 64 hex digits."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def keyed_signature(key: bytes, signature: str) -> str:
    """Return what stands in for a basket's signature, which anybody could try out addresses on."""
    return keyed(key, signature)[:32]


def erased_source(key: bytes, source: str) -> str:
    """Return what stands in for a place of consent that carries a number, ``source`` itself where it carries none."""
    kind = source.partition(" ")[0]
    return f"erased:{keyed(key, source[:200])} {kind}" if kind in _NUMBERED else source


def new_words(shop_id: int, said: Sequence[Said]) -> Sequence[Said]:
    """Return ``said`` without what a cart, order or account only repeats of somebody who was erased since.

    What it said before the erasure is no new consent, however often it says so; once it has said something else, it is
    heard again. Two queries, one more where there is anything to leave out; none where nobody said anything.
    """
    if not any(one.source.partition(" ")[0] in _NUMBERED for one in said):
        return said
    key = suppression_key(shop_id)
    with connection.cursor() as cursor:
        # The partial index of erased places answers this; there are few.
        cursor.execute(
            "SELECT DISTINCT source, state FROM mailflow_consent "
            "WHERE shop_id = %s AND source = ANY(%s) AND source LIKE 'erased:%%'",
            [shop_id, list({erased_source(key, one.source) for one in said})],
        )
        before = set(cursor.fetchall())
    old = [one for one in said if (erased_source(key, one.source), one.state) in before]
    if not old:
        return said
    places = Consent.objects.filter(contact_id__in={s.contact_id for s in old}, source__in={s.source for s in old})
    heard = set(places.values_list("contact_id", "source"))
    repeated = {id(one) for one in old if (one.contact_id, one.source) not in heard}
    return [one for one in said if id(one) not in repeated]


def erase_personal_data(shop_id: int, contact_ids: Collection[int], at: datetime, *, now: datetime) -> int:
    """Replace what names these people by a keyed hash; return how many were still named. A few queries a table.

    ``at`` is up to when what the shop says of them is past (see ``process.erasure``), ``now`` when this happens here.
    Of somebody erased before, who came back since, the older row gives way: ``erased:<hash>:<id>``.
    To be called in a transaction that has locked their baskets and contacts (``audience.contacts.lock``).
    """
    key = suppression_key(shop_id)
    contacts = list(Contact.objects.filter(shop_id=shop_id, id__in=contact_ids, erased_at=None))
    if not contacts:
        return 0
    ids = [contact.id for contact in contacts]
    marks = {contact.id: erased_mark(key, contact.email) for contact in contacts}
    before = Contact.objects.filter(shop_id=shop_id, email__in=marks.values())
    before.update(email=Concat("email", Value(":"), Cast("id", CharField())))
    cleared = [name for name, fate in TABLES[Contact].columns.items() if fate is Fate.CLEARED]
    for contact in contacts:
        contact.email, contact.erased_at = marks[contact.id], at
        for name in cleared:
            setattr(contact, name, _empty(Contact, name))
    Contact.objects.bulk_update(contacts, ["email", "erased_at", *cleared])
    _hash_consents(key, ids)
    _hash_baskets(key, ids)
    SignUp.objects.filter(contact_id__in=ids, confirmed_at=None).delete()
    values: dict[str, Any] = {"ids": ids, "now": now, "shop": shop_id, "who": [f"contact:{one}" for one in ids]}
    with connection.cursor() as cursor:
        for statement in _statements():
            cursor.execute(statement, values)
        cursor.execute(
            "UPDATE mailflow_suppression SET detail = '' WHERE shop_id = %s AND email_hash = ANY(%s) AND detail <> ''",
            [shop_id, [mark.removeprefix("erased:") for mark in marks.values()]],
        )
    return len(ids)


def _statements() -> list[str]:
    """Return one statement for every table that is cleared by the map alone, then those by hand."""
    found = []
    for model, table in TABLES.items():
        if not table.link:
            continue
        name = model._meta.db_table
        if table.deleted:
            found.append(f"DELETE FROM {name} WHERE {table.link} = ANY(%(ids)s)")  # noqa: S608 - names of our own
            continue
        cleared = [column for column, fate in table.columns.items() if fate is Fate.CLEARED]
        sets = ", ".join(f"{column} = {_literal(model, column)}" for column in cleared)
        found.append(f"UPDATE {name} SET {sets} WHERE {table.link} = ANY(%(ids)s)")  # noqa: S608 - names of our own
    return [*found, *_BY_HAND]


def _empty(model: type[Model], column: str) -> Any:
    """Return what a cleared column holds: nothing, where that is allowed, else its empty text, list or object."""
    field = model._meta.get_field(column.removesuffix("_id"))
    assert isinstance(field, Field)
    return None if field.null else field.get_default() if isinstance(field, JSONField) else ""


def _literal(model: type[Model], column: str) -> str:
    empty = _empty(model, column)
    return "NULL" if empty is None else f"'{json.dumps(empty)}'" if empty != "" else "''"


def _hash_consents(key: bytes, ids: Collection[int]) -> None:
    said = list(Consent.objects.filter(contact_id__in=ids).only("id", "source"))
    for one in said:
        one.source, one.proof = erased_source(key, one.source), ""
    Consent.objects.bulk_update(said, ["source", "proof"], batch_size=500)


def _hash_baskets(key: bytes, ids: Collection[int]) -> None:
    """Keep by what a cart is known again that nobody has touched since: its signature, keyed."""
    baskets = list(Basket.objects.filter(contact_id__in=ids).exclude(signature="").only("id", "signature"))
    for basket in baskets:
        basket.signature = keyed_signature(key, basket.signature)
    Basket.objects.bulk_update(baskets, ["signature"], batch_size=500)
