"""What is true of people inside flows, for conditions: only what is asked for, in a fixed number of queries a family.

Refuses to decide: a fact that is not known is left out or None, and ``Condition.holds`` knows what that means.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from saleor_mailflow.audience import inside_facts
from saleor_mailflow.audience.contact_facts import ONE, PEOPLE, SEVERAL, Sql
from saleor_mailflow.audience.segments import matches_by_key
from saleor_mailflow.flows.conditions import Ask

#: {enrollment id: {``Ask.name``: value}}.
Learned = dict[int, dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody inside a flow, or about to enter it: then ``enrollment_id`` is any number that tells them apart."""

    enrollment_id: int
    contact_id: int
    basket_id: int | None
    purchase_id: int | None
    entered_at: datetime


def learn(
    shop_id: int, asks: Collection[Ask], people: Sequence[Person], now: datetime
) -> Mapping[int, Mapping[str, object]]:
    """Return {enrollment id: {``ask.name``: value}} for every question asked about every one of ``people``.

    Texts are str, numbers int, amounts Decimal, flags bool, times aware UTC (a birthday is a date), sets frozensets of
    str; what is not known is absent or None. ``now`` is aware. Queries, whatever the number of people: one for contacts
    and one for each segment named; one for baskets, for orders, for what happened since, for mails; two for coupons and
    for links clicked.
    """
    found: Learned = {one.enrollment_id: {} for one in people}
    if not people:
        return found
    for family, read in _READERS.items():
        asked = [ask for ask in asks if ask.fact.partition(".")[0] == family]
        if asked:
            read(shop_id, asked, people, now, found)
    return found


def _contacts(shop_id: int, asks: Sequence[Ask], people: Sequence[Person], now: datetime, found: Learned) -> None:
    facts: dict[str, Sql] = {}
    keys: set[str] = set()
    for ask in asks:
        if ask.fact == "contact.segment":
            keys.add(str(ask.value))
        elif ask.fact in SEVERAL:
            column, source = SEVERAL[ask.fact]
            facts[ask.name] = Sql(text=f"ARRAY(SELECT DISTINCT {column} {source})")
        else:
            facts[ask.name] = ONE[ask.fact](ask.of, now)
    ids = sorted({one.contact_id for one in people})
    known = _read(shop_id, ids, facts) if facts else {}
    members = matches_by_key(shop_id, keys, ids, now) if keys else {}
    for one in people:
        found[one.enrollment_id] |= known.get(one.contact_id, {})
        if keys:
            found[one.enrollment_id]["contact.segment"] = frozenset(
                key for key, contact_ids in members.items() if one.contact_id in contact_ids
            )


def _read(shop_id: int, ids: Collection[int], facts: Mapping[str, Sql]) -> dict[int, dict[str, object]]:
    columns = ", ".join(one.text for one in facts.values())
    statement = f"SELECT c.id, {columns} FROM {PEOPLE} WHERE c.shop_id = %s AND c.id = ANY(%s)"  # noqa: S608 - our own names
    params: list[Any] = [value for one in facts.values() for value in one.params]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, shop_id, list(ids)])
        return {
            contact_id: {
                name: frozenset(value) if isinstance(value, list) else value
                for name, value in zip(facts, values, strict=True)
            }
            for contact_id, *values in cursor.fetchall()
        }


_Reader = Callable[[int, Sequence[Ask], Sequence[Person], datetime, Learned], None]
_READERS: Mapping[str, _Reader] = {
    "contact": _contacts,
    "basket": lambda shop_id, asks, people, now, found: inside_facts.baskets(asks, people, found),
    "order": lambda shop_id, asks, people, now, found: inside_facts.orders(asks, people, found),
    "since": lambda shop_id, asks, people, now, found: inside_facts.since(asks, people, found),
    "coupon": lambda shop_id, asks, people, now, found: inside_facts.coupons(asks, people, found),
    "mail": lambda shop_id, asks, people, now, found: inside_facts.mails(asks, people, found),
}
