"""Whom the shop deleted, and who asked us: erase the person, and let no word from before bring them back.

Refuses to forget that somebody bought: an order of theirs stays, without a name.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.contacts import ContactFact, lock, upsert
from saleor_mailflow.audience.erasing import erase_personal_data, erased_mark, keyed_signature
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.audit import MAILFLOW, record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Basket, Contact, Event, Message, Purchase, Shop
from saleor_mailflow.process.alone import only_one
from saleor_mailflow.process.forgetting import Gone, forget_events
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot
from saleor_mailflow.webhooks.kinds import DELETIONS
from saleor_mailflow.webhooks.parse import Snapshot


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What erasing came to. ``contacts`` are ids; ``leaving`` counts mails that were being handed over meanwhile."""

    contacts: tuple[int, ...]
    baskets: int
    purchases: int
    messages: int
    leaving: int

    @property
    def known(self) -> bool:
        """Tell whether anything was held under the address."""
        return bool(self.contacts or self.baskets or self.purchases)


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """Who is deleted: accounts by reference, and addresses with the time up to which what is told of them is past."""

    accounts: Collection[str]
    addresses: Mapping[str, datetime]
    #: {token: keyed signature} of their baskets in the batch: by it a cart is known that nobody touched since.
    carts: Mapping[str, str] = field(default_factory=dict)
    key: bytes = b""

    def before(self, user_ref: str, email: str, at: datetime) -> bool:
        """Tell whether a word of ``at`` about this account or address is from before its deletion."""
        gone = self.addresses.get(normalise(email)) if email else None
        return (user_ref in self.accounts) or (gone is not None and at <= gone)

    def untouched(self, cart: CheckoutSnapshot) -> bool:
        """Tell whether a cart is as it was at the erasure: prices and taxes move its stamp as well as people do."""
        return self.carts.get(cart.token, "") == keyed_signature(self.key, cart.signature)


def erase_contact(shop: Shop, email: str, *, now: datetime, actor: str = MAILFLOW) -> Erasure:
    """Erase everything that names whoever has this address, a guest or an account, and say what it came to.

    What the shop itself keeps of them stays there; what it tells of them again from before ``now`` stays nameless, and
    consent from before does not come back. Other addresses of the same account are erased as well. Safe to repeat.
    Raises ConfigurationError where ``email`` is no address.
    """
    address = normalise(email)
    if not address:
        raise ConfigurationError("This is not an email address; give it as it stands in a mail.", key="erase")
    with transaction.atomic():
        # Nobody takes in at the same time what the shop told of this person before.
        only_one(shop.pk, wait=True)
        people = _people(shop, address)
        known = bool(people)
        strays = (Basket.objects.filter(shop=shop, email=address), Purchase.objects.filter(shop=shop, email=address))
        marks = Contact.objects.filter(shop=shop, email=erased_mark(suppression_key(shop.pk), address))
        if known or not marks.update(erased_at=now):
            # Of somebody unknown there is a mark, too: what is learned later of the time before is theirs.
            owner = upsert(shop.pk, [ContactFact(email=address, seen_at=now)])[address]
            people[owner] = address
            for rows in strays:
                rows.filter(contact=None).update(contact_id=owner)
        lock_baskets(people)
        lock(shop.pk, people.values(), erase=people)
        refs = set(Contact.objects.filter(id__in=people).values_list("user_ref", flat=True)) - {""}
        report = Erasure(
            contacts=tuple(sorted(people)) if known else (),
            baskets=Basket.objects.filter(contact_id__in=people).count(),
            purchases=Purchase.objects.filter(contact_id__in=people).count(),
            messages=Message.objects.filter(contact_id__in=people).count(),
            leaving=Message.objects.filter(contact_id__in=people, state=Message.State.SENDING).count(),
        )
        _erase(shop.pk, people, now, now=now, actor=actor)
        forget_events(shop.pk, [Gone(refs=tuple(refs), emails=(address, *people.values()), at=now)])
    return report


def _people(shop: Shop, address: str) -> dict[int, str]:
    """Return {contact id: address} of who has this address or an account that had it."""
    refs = set(Contact.objects.filter(shop=shop, email=address).values_list("user_ref", flat=True)) - {""}
    theirs = Contact.objects.filter(Q(email=address) | Q(user_ref__in=refs), shop=shop, erased_at=None)
    return dict(theirs.values_list("id", "email"))


def _erase(shop_id: int, ids: Collection[int], at: datetime, *, now: datetime, actor: str) -> None:
    fresh = list(Contact.objects.filter(id__in=ids, erased_at=None).order_by("id").values_list("id", flat=True))
    erase_personal_data(shop_id, fresh, at, now=now)
    for contact_id in fresh:
        record_audit(Shop(pk=shop_id), actor, "contact.erased", f"contact:{contact_id}", at=now)


def deleted_among(
    shop_id: int,
    checkouts: Sequence[CheckoutSnapshot],
    orders: Sequence[OrderSnapshot],
    customers: Sequence[CustomerSnapshot],
) -> Deleted:
    """Return who of those in a batch is deleted, recorded now or long ago. Five queries for any number."""
    everything: list[Snapshot] = [*checkouts, *orders, *customers]
    refs = {one.user_ref for one in everything} - {""}
    # A hook knows an account by its number, every other road by its reference.
    keys = [f"{kind}:{ref}" for kind in DELETIONS for ref in {*refs, *map(account_number, refs)}]
    accounts = set(
        Event.objects.filter(shop_id=shop_id, dedupe_key__in=keys).values_list("subject", flat=True) if keys else ()
    )
    emails = {normalise(one.email) for one in everything} - {""}
    if not emails:
        return Deleted(accounts=accounts, addresses={})
    key = suppression_key(shop_id)
    marks = {erased_mark(key, email): email for email in emails}
    erased = Contact.objects.filter(shop_id=shop_id, email__in=marks).values_list("email", "erased_at")
    addresses = {marks[mark]: at for mark, at in erased if at is not None}
    tokens = {one.token for one in checkouts if normalise(one.email) in addresses}
    theirs = Basket.objects.filter(shop_id=shop_id, token__in=tokens).exclude(contact__erased_at=None)
    carts = dict(theirs.values_list("token", "signature")) if tokens else {}
    return Deleted(accounts=accounts, addresses=addresses, carts=carts, key=key)


def without_the_deleted(
    deleted: Deleted, checkouts: Sequence[CheckoutSnapshot], orders: Sequence[OrderSnapshot]
) -> tuple[list[CheckoutSnapshot], list[OrderSnapshot]]:
    """Return what may be written: no cart of anybody deleted, and their orders without a name.

    A cart touched after the deletion by the same address is a guest's; an order placed before it stays nameless,
    whenever it is packed and sent.
    """
    carts = [
        c for c in checkouts if not deleted.before(c.user_ref, c.email, c.last_change) and not deleted.untouched(c)
    ]
    purchases = [_nameless(o) if deleted.before(o.user_ref, o.email, o.created_at) else o for o in orders]
    return carts, purchases


def alive(deleted: Deleted, customers: Sequence[CustomerSnapshot]) -> list[CustomerSnapshot]:
    """Return the accounts that may be written: none that is deleted, none as it was before its owner was erased."""
    return [one for one in customers if not deleted.before(one.user_ref, one.email, one.updated_at)]


def _nameless(order: OrderSnapshot) -> OrderSnapshot:
    return replace(order, email="", user_ref="", first_name="", last_name="", voucher_code="", metadata={})


def lock_baskets(contact_ids: Collection[int]) -> None:
    """Lock the baskets of these contacts, which are to be locked next: everybody locks baskets, contacts, enrollments.

    Erasing is the only work that writes a contact's key, for which whoever refers to the contact has to wait.
    """
    rows = Basket.objects.filter(contact_id__in=contact_ids).order_by("id")
    list(rows.select_for_update(no_key=True).values_list("id"))


def lock_deleted(shop_id: int, events: Sequence[Event], customers: Sequence[CustomerSnapshot]) -> set[int]:
    """Lock the baskets of whom these events say is deleted; return the ids of their contacts, to be locked next."""
    ids = {contact for _, _, found in _deletions(shop_id, events, customers) for contact in found}
    if ids:
        lock_baskets(ids)
    return ids


def erase_deleted(
    shop_id: int, events: Sequence[Event], customers: Sequence[CustomerSnapshot], *, now: datetime
) -> set[int]:
    """Erase whom these events say is deleted; return the ids of the contacts it concerns. ``now`` is for the audit."""
    concerned: set[int] = set()
    gone: list[Gone] = []
    for ref, at, found in _deletions(shop_id, events, customers):
        _erase(shop_id, found, at, now=now, actor=MAILFLOW)
        gone.append(Gone(refs=(ref,), emails=tuple(found.values()), at=at))
        concerned |= set(found)
    if gone:
        forget_events(shop_id, gone)
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
) -> Iterator[tuple[str, datetime, dict[int, str]]]:
    """Yield each deleted account with when it was deleted, and {id: address} of its contacts."""
    deletions = {event.subject: event.occurred_at for event in events if event.kind in DELETIONS and event.subject}
    for ref, at in deletions.items():
        emails = {normalise(c.email) for c in customers if c.user_ref == ref} - {""}
        found = Contact.objects.filter(Q(user_ref=ref) | Q(email__in=emails), shop_id=shop_id, erased_at=None)
        yield ref, at, dict(found.values_list("id", "email"))


def account_number(ref: str) -> str:
    """Return the number in an account's reference (``User:57`` in base64), "" where it is none."""
    try:
        kind, _, number = base64.b64decode(ref, validate=True).decode().partition(":")
    except ValueError:
        return ""
    return number if kind == "User" else ""
