"""Contacts: made and refreshed from what the shop says, by the batch. Refuses to make one without a usable address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from saleor_mailflow.audience.addresses import normal_hash, normalise
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.models import Contact


@dataclass(frozen=True, kw_only=True)
class ContactFact:
    """What one snapshot says about a person, seen at ``seen_at``. Empty texts say nothing and overwrite nothing."""

    email: str
    seen_at: datetime
    user_ref: str = ""
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    country: str = ""
    #: True only where an account says so; checkouts and orders say nothing about it.
    is_staff: bool | None = None


_UPSERT = """
INSERT INTO mailflow_contact AS c
    (shop_id, email, user_ref, first_name, last_name, language, country, is_staff, first_seen_at, updated_at)
SELECT %s, email, user_ref, first_name, last_name, language, country, coalesce(is_staff, false), seen_at, seen_at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[])
    AS new (email, user_ref, first_name, last_name, language, country, is_staff, seen_at)
ORDER BY email
ON CONFLICT (shop_id, email) DO UPDATE SET
    user_ref = coalesce(nullif(excluded.user_ref, ''), c.user_ref),
    first_name = coalesce(nullif(excluded.first_name, ''), c.first_name),
    last_name = coalesce(nullif(excluded.last_name, ''), c.last_name),
    language = coalesce(nullif(excluded.language, ''), c.language),
    country = coalesce(nullif(excluded.country, ''), c.country),
    is_staff = c.is_staff OR excluded.is_staff,
    first_seen_at = least(c.first_seen_at, excluded.first_seen_at),
    updated_at = greatest(c.updated_at, excluded.updated_at)
RETURNING email, id
"""


def lock(shop_id: int, emails: Collection[str], *, erase: Collection[int] = ()) -> None:
    """Lock the contacts of these addresses until the transaction ends, in id order as the claim of messages does.

    Whoever is about to write several contacts one after another calls it first, so that nobody waits in a circle.
    ``erase`` are contacts whose address will go: until then nobody may begin to refer to them.
    """
    wanted = {normalise(email) for email in emails} - {""}
    if wanted or erase:
        found = Contact.objects.filter(Q(email__in=wanted) | Q(id__in=erase), shop_id=shop_id).order_by("id")
        list(found.select_for_update(no_key=True).values_list("id"))
    if erase:
        list(Contact.objects.filter(id__in=erase).order_by("id").select_for_update().values_list("id"))


def upsert(shop_id: int, facts: Collection[ContactFact]) -> Mapping[str, int]:
    """Make or refresh contacts; return {normalised address: contact id}. One query. Unusable addresses are left out."""
    merged: dict[str, ContactFact] = {}
    for fact in sorted(facts, key=lambda f: f.seen_at):
        email = normalise(fact.email)
        if email:
            merged[email] = _merge(merged.get(email), fact)
    if not merged:
        return {}
    rows = list(merged.items())
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            [
                shop_id,
                [email for email, _ in rows],
                [f.user_ref[:100] for _, f in rows],
                [f.first_name[:256] for _, f in rows],
                [f.last_name[:256] for _, f in rows],
                [f.language[:35] for _, f in rows],
                [f.country[:2].upper() for _, f in rows],
                [f.is_staff for _, f in rows],
                [f.seen_at for _, f in rows],
            ],
        )
        return dict(cursor.fetchall())


def _merge(old: ContactFact | None, new: ContactFact) -> ContactFact:
    if old is None:
        return new
    return ContactFact(
        email=new.email,
        seen_at=new.seen_at,
        user_ref=new.user_ref or old.user_ref,
        first_name=new.first_name or old.first_name,
        last_name=new.last_name or old.last_name,
        language=new.language or old.language,
        country=new.country or old.country,
        is_staff=old.is_staff if new.is_staff is None else new.is_staff or bool(old.is_staff),
    )


def erased_mark(key: bytes, email: str) -> str:
    """Return what stands in for a normalised address after erasure; ``key`` is the shop's suppression key."""
    return f"erased:{normal_hash(key, email)}"


def erase_personal_data(shop_id: int, contact_ids: Collection[int], at: datetime) -> int:
    """Replace what names a person by a keyed hash; purchases and the ledger stay, without a name. One query a table.

    For an account that the shop deleted ``at`` this time. The suppression of the address survives, since it is a hash
    already. Of somebody erased before, who came back since, the older row gives way: ``erased:<hash>:<id>``.
    """
    key = suppression_key(shop_id)
    contacts = list(Contact.objects.filter(shop_id=shop_id, id__in=contact_ids, erased_at=None))
    if not contacts:
        return 0
    ids = [contact.id for contact in contacts]
    marks = {contact.id: erased_mark(key, contact.email) for contact in contacts}
    before = Contact.objects.filter(shop_id=shop_id, email__in=marks.values())
    before.update(email=Concat("email", Value(":"), Cast("id", CharField())))
    for contact in contacts:
        contact.email = marks[contact.id]
        contact.user_ref = contact.first_name = contact.last_name = ""
        contact.erased_at = at
    Contact.objects.bulk_update(contacts, ["email", "user_ref", "first_name", "last_name", "erased_at"])
    with connection.cursor() as cursor:
        for statement in (
            "UPDATE mailflow_basket SET email = '', user_ref = '', lines = '[]' WHERE contact_id = ANY(%s)",
            "UPDATE mailflow_purchase SET email = '', user_ref = '' WHERE contact_id = ANY(%s)",
            # Those that were never rendered hold nothing, and somebody may be claiming them.
            "UPDATE mailflow_message SET subject = '', html = '', text = '' WHERE contact_id = ANY(%s) AND html <> ''",
            "UPDATE mailflow_consent SET proof = '' WHERE contact_id = ANY(%s)",
        ):
            cursor.execute(statement, [ids])
    return len(ids)
