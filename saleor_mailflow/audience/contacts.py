"""Contacts: made and refreshed from what the shop says, by the batch. Refuses to make one without a usable address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.roles import is_role
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


# News comes in any order: of each thing by itself the newest word counts, and what is empty says nothing.
_NEWEST = "{0} = CASE WHEN excluded.{1}_at >= coalesce(c.{1}_at, '-infinity') THEN excluded.{0} ELSE c.{0} END"
_STAMP = "{0}_at = greatest(c.{0}_at, excluded.{0}_at)"
_UPSERT = f"""
INSERT INTO mailflow_contact AS c
    (shop_id, email, user_ref, first_name, last_name, language, country, is_staff, first_seen_at, updated_at,
     user_ref_at, name_at, language_at, country_at, is_role)
SELECT %s, email, user_ref, first_name, last_name, language, country, is_staff, first_seen_at, updated_at,
    user_ref_at, name_at, language_at, country_at, is_role
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::timestamptz[],
    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::bool[])
    AS new (email, user_ref, first_name, last_name, language, country, is_staff, first_seen_at, updated_at,
            user_ref_at, name_at, language_at, country_at, is_role)
ORDER BY email
ON CONFLICT (shop_id, email) DO UPDATE SET
    {_NEWEST.format("user_ref", "user_ref")}, {_NEWEST.format("first_name", "name")},
    {_NEWEST.format("last_name", "name")},
    language = CASE WHEN NOT c.language_chosen AND excluded.language_at >= coalesce(c.language_at, '-infinity')
        THEN excluded.language ELSE c.language END,
    {_NEWEST.format("country", "country")},
    {", ".join(_STAMP.format(name) for name in ("user_ref", "name", "language", "country"))},
    is_staff = c.is_staff OR excluded.is_staff, is_role = excluded.is_role,
    first_seen_at = least(c.first_seen_at, excluded.first_seen_at),
    updated_at = greatest(c.updated_at, excluded.updated_at)
RETURNING email, id
"""  # noqa: S608 - put together from our own column names


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
    merged: dict[str, _Merged] = {}
    for fact in sorted(facts, key=lambda f: f.seen_at):
        email = normalise(fact.email)
        if email:
            merged.setdefault(email, _Merged(email, fact.seen_at)).hear(fact)
    if not merged:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT, [shop_id, *(list(column) for column in zip(*(m.row() for m in merged.values()), strict=True))]
        )
        return dict(cursor.fetchall())


class _Merged:
    """What all facts of a batch say about one address. Facts are heard from the oldest to the newest."""

    def __init__(self, email: str, first_seen_at: datetime) -> None:
        self.email, self.first_seen_at, self.updated_at, self.is_staff = email, first_seen_at, first_seen_at, False
        self.user_ref, self.name, self.language, self.country = "", ("", ""), "", ""
        self.user_ref_at: datetime | None = None
        self.name_at: datetime | None = None
        self.language_at: datetime | None = None
        self.country_at: datetime | None = None

    def hear(self, fact: ContactFact) -> None:
        """Take in a fact that is no older than those before it."""
        self.updated_at, self.is_staff = fact.seen_at, self.is_staff or bool(fact.is_staff)
        if fact.user_ref:
            self.user_ref, self.user_ref_at = fact.user_ref[:100], fact.seen_at
        if fact.first_name or fact.last_name:
            self.name, self.name_at = (fact.first_name[:256], fact.last_name[:256]), fact.seen_at
        if fact.language:
            self.language, self.language_at = fact.language[:35], fact.seen_at
        if fact.country:
            self.country, self.country_at = fact.country[:2].upper(), fact.seen_at

    def row(self) -> tuple[object, ...]:
        """Return the values of _UPSERT, in its order."""
        said = (self.email, self.user_ref, *self.name, self.language, self.country, self.is_staff)
        stamps = (self.user_ref_at, self.name_at, self.language_at, self.country_at)
        return (*said, self.first_seen_at, self.updated_at, *stamps, is_role(self.email))
