"""Accounts that the shop deleted: erase the person here, and let no word from before bring them back.

Refuses to forget that somebody bought: an order of theirs stays, without a name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection
from django.db.models import Q

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.contacts import erase_personal_data, erased_mark
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.models import Basket, Contact, Event
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot
from saleor_mailflow.webhooks.parse import Snapshot

DELETIONS = ("customer.deleted", "account.deleted")


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """Who is deleted: accounts by reference, and addresses with the time up to which what is told of them is past."""

    accounts: Collection[str]
    addresses: Mapping[str, datetime]

    def before(self, user_ref: str, email: str, at: datetime) -> bool:
        """Tell whether a word of ``at`` about this account or address is from before its deletion."""
        gone = self.addresses.get(normalise(email)) if email else None
        return (user_ref in self.accounts) or (gone is not None and at <= gone)


def deleted_among(
    shop_id: int,
    checkouts: Sequence[CheckoutSnapshot],
    orders: Sequence[OrderSnapshot],
    customers: Sequence[CustomerSnapshot],
) -> Deleted:
    """Return who of those in a batch is deleted, recorded now or long ago. Three queries for any number."""
    everything: list[Snapshot] = [*checkouts, *orders, *customers]
    refs = {one.user_ref for one in everything} - {""}
    keys = [f"{kind}:{ref}" for kind in DELETIONS for ref in refs]
    accounts = set(
        Event.objects.filter(shop_id=shop_id, dedupe_key__in=keys).values_list("subject", flat=True) if keys else ()
    )
    emails = {normalise(one.email) for one in everything} - {""}
    if not emails:
        return Deleted(accounts=accounts, addresses={})
    key = suppression_key(shop_id)
    marks = {erased_mark(key, email): email for email in emails}
    erased = Contact.objects.filter(shop_id=shop_id, email__in=marks).values_list("email", "erased_at")
    return Deleted(accounts=accounts, addresses={marks[mark]: at for mark, at in erased if at is not None})


def without_the_deleted(
    deleted: Deleted, checkouts: Sequence[CheckoutSnapshot], orders: Sequence[OrderSnapshot]
) -> tuple[list[CheckoutSnapshot], list[OrderSnapshot]]:
    """Return what may be written: no cart of anybody deleted, and their orders without a name.

    A cart touched after the deletion by the same address is a guest's; an order placed before it stays nameless,
    whenever it is packed and sent.
    """
    carts = [c for c in checkouts if not deleted.before(c.user_ref, c.email, c.last_change)]
    purchases = [_nameless(o) if deleted.before(o.user_ref, o.email, o.created_at) else o for o in orders]
    return carts, purchases


def _nameless(order: OrderSnapshot) -> OrderSnapshot:
    return replace(order, email="", user_ref="", first_name="", last_name="", metadata={})


def lock_deleted(shop_id: int, events: Sequence[Event], customers: Sequence[CustomerSnapshot]) -> set[int]:
    """Lock the baskets of whom these events say is deleted; return the ids of their contacts, to be locked next.

    Erasing is the only work that writes a contact's key, for which whoever refers to the contact has to wait. Everybody
    locks in one order: baskets, contacts, enrollments.
    """
    ids = {contact for _, found in _deletions(shop_id, events, customers) for contact in found}
    if ids:
        rows = Basket.objects.filter(contact_id__in=ids).order_by("id")
        list(rows.select_for_update(no_key=True).values_list("id"))
    return ids


def erase_deleted(shop_id: int, events: Sequence[Event], customers: Sequence[CustomerSnapshot]) -> set[int]:
    """Erase whom these events say is deleted; return the ids of the contacts it concerns."""
    concerned: set[int] = set()
    for at, ids in _deletions(shop_id, events, customers):
        erase_personal_data(shop_id, ids, at)
        concerned |= ids
    _remember(shop_id, events, customers)
    return concerned


def _remember(shop_id: int, events: Sequence[Event], customers: Sequence[CustomerSnapshot]) -> None:
    """Remember addresses that are deleted, though nobody knew them: what was said of them before may yet come."""
    deletions = {event.subject: event.occurred_at for event in events if event.kind in DELETIONS and event.subject}
    gone = {normalise(c.email): deletions[c.user_ref] for c in customers if c.user_ref in deletions}
    if not any(gone):
        return
    key = suppression_key(shop_id)
    with connection.cursor() as cursor:
        cursor.executemany(
            _REMEMBER, [[shop_id, erased_mark(key, email), at, at, at] for email, at in sorted(gone.items()) if email]
        )


_REMEMBER = """
INSERT INTO mailflow_contact AS c
    (shop_id, email, user_ref, first_name, last_name, language, country, is_staff, first_seen_at, updated_at, erased_at)
VALUES (%s, %s, '', '', '', '', '', false, %s, %s, %s)
ON CONFLICT (shop_id, email) DO UPDATE SET erased_at = greatest(c.erased_at, excluded.erased_at)
"""


def _deletions(
    shop_id: int, events: Sequence[Event], customers: Sequence[CustomerSnapshot]
) -> Iterator[tuple[datetime, set[int]]]:
    """Yield when each account was deleted, and the ids of its contacts."""
    deletions = {event.subject: event.occurred_at for event in events if event.kind in DELETIONS and event.subject}
    for ref, at in deletions.items():
        emails = {normalise(c.email) for c in customers if c.user_ref == ref} - {""}
        found = Contact.objects.filter(Q(user_ref=ref) | Q(email__in=emails), shop_id=shop_id)
        yield at, set(found.values_list("id", flat=True))
