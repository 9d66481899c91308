"""Write what the shop said into the read model, by the batch. Refuses older news: it never overwrites newer.

A basket counts the shopper's activity by signature (``CheckoutSnapshot.signature``): recalculations, addresses and
metadata move Saleor's own stamp but wait for nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from saleor_mailflow.audience import consent
from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.contacts import ContactFact, upsert
from saleor_mailflow.audience.erasing import new_words
from saleor_mailflow.audience.occasions import note
from saleor_mailflow.audience.said import Said
from saleor_mailflow.messages.minting import mark_used
from saleor_mailflow.models import Basket, Purchase, PurchaseLine
from saleor_mailflow.process.order_occasions import date_it, notes_of
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot

_BASKET_FIELDS = [
    field.name
    for field in Basket._meta.concrete_fields
    if field.name not in {"id", "shop", "token", "considered_activity", "considered"}
]
_PURCHASE_FIELDS = [
    field.name for field in Purchase._meta.concrete_fields if field.name not in {"id", "shop", "order_id"}
]


def write_checkouts(
    shop_id: int, snapshots: Sequence[CheckoutSnapshot], *, learned_at: datetime, consent_key: str
) -> set[int]:
    """Write checkouts; return the ids of the contacts they concern, before and after. Five queries for any number.

    Several snapshots of one checkout are taken in the order of their ``last_change``, so that each change of the
    signature is seen, and where that is the same in the order in which they were taken.
    """
    if not snapshots:
        return set()
    ordered = sorted(snapshots, key=lambda s: (s.last_change, s.seen_at or learned_at))
    contacts = upsert(shop_id, [_checkout_owner(s) for s in ordered if normalise(s.email)])
    tokens = {s.token for s in ordered}
    known = {b.token: b for b in Basket.objects.filter(shop_id=shop_id, token__in=tokens)}
    converted = set(
        Purchase.objects.filter(shop_id=shop_id, token__in=tokens, counts=True).values_list("token", flat=True)
    )
    concerned = {b.contact_id for b in known.values() if b.contact_id is not None}
    said: list[Said] = []
    for snapshot in ordered:
        old = known.get(snapshot.token)
        # What was said in it was said, however late we hear of it: the log of consent takes news in any order.
        said += _said_in_checkout(snapshot, old, contacts.get(normalise(snapshot.email)), learned_at, consent_key)
        if old is not None and _older(snapshot, old, learned_at):
            continue
        known[snapshot.token] = _basket(shop_id, old, snapshot, contacts, learned_at, snapshot.token in converted)
    Basket.objects.bulk_create(
        known.values(), update_conflicts=True, unique_fields=["shop", "token"], update_fields=_BASKET_FIELDS
    )
    consent.append(shop_id, new_words(shop_id, said), learned_at=learned_at)
    return concerned | {b.contact_id for b in known.values() if b.contact_id is not None}


def _older(snapshot: CheckoutSnapshot, old: Basket, learned_at: datetime) -> bool:
    return (snapshot.last_change, snapshot.seen_at or learned_at) < (old.last_change, old.learned_at)


def _checkout_owner(snapshot: CheckoutSnapshot) -> ContactFact:
    return ContactFact(
        email=snapshot.email,
        seen_at=snapshot.last_change,
        user_ref=snapshot.user_ref,
        first_name=snapshot.first_name,
        last_name=snapshot.last_name,
        language=snapshot.language,
        country=snapshot.country,
        is_staff=snapshot.user_is_staff if snapshot.user_ref else None,
    )


def _basket(
    shop_id: int,
    old: Basket | None,
    snapshot: CheckoutSnapshot,
    contacts: Mapping[str, int],
    learned_at: datetime,
    converted: bool,
) -> Basket:
    email = normalise(snapshot.email)
    changed = old is None or old.signature != snapshot.signature
    state = Basket.State.OPEN if snapshot.lines else Basket.State.EMPTIED
    if old is not None and not snapshot.lines and not old.lines:
        state = Basket.State(old.state)
    if old is None and not snapshot.lines:
        # A checkout begins empty; only one that had lines was emptied.
        state = Basket.State.OPEN
    if converted:
        state = Basket.State.CONVERTED
    ended = state in (Basket.State.CONVERTED, Basket.State.DELETED)
    # ``last_change`` is at or after the shopper's act; never earlier than what we knew.
    active_at = snapshot.last_change if old is None else old.active_at
    if changed:
        active_at = max(active_at, snapshot.last_change)
    return Basket(
        shop_id=shop_id,
        token=snapshot.token,
        contact_id=contacts.get(email),
        channel=snapshot.channel[:255],
        currency=snapshot.currency,
        email=email,
        user_ref=snapshot.user_ref,
        language=snapshot.language[:35],
        country=snapshot.country[:2],
        state=state,
        lines=[line.to_json() for line in snapshot.lines],
        line_count=len(snapshot.lines),
        total=snapshot.total,
        payment=str(snapshot.payment),
        completing_since=snapshot.completing_since,
        voucher_code=snapshot.voucher_code[:255],
        signature=snapshot.signature,
        activity=1 if old is None else old.activity + changed,
        active_at=active_at,
        created_at=snapshot.created_at,
        last_change=snapshot.last_change,
        learned_at=snapshot.seen_at or learned_at,
        considered_activity=0 if old is None else old.considered_activity,
        ended_at=(old.ended_at if old is not None and old.ended_at else learned_at) if ended else None,
    )


def _said_in_checkout(
    snapshot: CheckoutSnapshot, old: Basket | None, contact_id: int | None, learned_at: datetime, key: str
) -> list[Said]:
    """Return what a checkout and its account say. A word that a checkout we know did not say before is as new as the
    snapshot, since metadata moves no stamp; in one that we see first it may be as old as the checkout's last change.
    """
    if contact_id is None:
        return []
    seen, stamp = snapshot.seen_at or learned_at, snapshot.last_change
    known = old is not None
    same_account = old is not None and old.user_ref == snapshot.user_ref
    account, checkout = f"account {snapshot.user_ref}", f"checkout {snapshot.token}"
    return [
        *_said(contact_id, checkout, snapshot.metadata, key, seen if known else stamp),
        *_said(contact_id, account, snapshot.user_metadata, key, seen if same_account else stamp),
    ]


def _said(contact_id: int, place: str, metadata: Mapping[str, str], key: str, at: datetime) -> list[Said]:
    state = consent.read_metadata(metadata, key)
    if state is None:
        return []
    source = f"{place} metadata {key}"
    return [Said(contact_id=contact_id, state=state, source=source, proof=str(metadata[key]), at=at)]


def write_orders(
    shop_id: int,
    snapshots: Sequence[OrderSnapshot],
    *,
    learned_at: datetime,
    consent_key: str,
    silent: Collection[str] = (),
) -> set[int]:
    """Write orders and end the baskets they came from; return the ids of the contacts concerned. Eight queries."""
    if not snapshots:
        return set()
    newest = {s.order_id: s for s in sorted(snapshots, key=lambda s: s.updated_at)}
    contacts = upsert(shop_id, [_order_owner(s) for s in snapshots if normalise(s.email)])
    known = {p.order_id: p for p in Purchase.objects.filter(shop_id=shop_id, order_id__in=newest)}
    fresh = [s for s in newest.values() if s.order_id not in known or s.updated_at >= known[s.order_id].updated_at]
    rows = [_purchase(shop_id, s, contacts, known.get(s.order_id), learned_at) for s in fresh]
    pairs = [(row, known.get(row.order_id)) for row in rows]
    for new, old in pairs:
        date_it(new, old)
        new.silent = new.order_id in silent or (old is not None and old.silent)
    Purchase.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["shop", "order_id"], update_fields=_PURCHASE_FIELDS
    )
    _write_lines(shop_id, fresh)
    mark_used(shop_id, {s.voucher_code: s.created_at for s in fresh if s.voucher_code and s.counts_as_purchase})
    tokens = [s.token for s in fresh if s.token and s.counts_as_purchase]
    baskets = Basket.objects.filter(shop_id=shop_id, token__in=tokens)
    concerned = set(baskets.exclude(contact=None).values_list("contact_id", flat=True))
    baskets.exclude(state=Basket.State.CONVERTED).update(state=Basket.State.CONVERTED, ended_at=learned_at)
    said = []
    for snapshot in snapshots:
        contact_id = contacts.get(normalise(snapshot.email))
        if contact_id is not None:
            said += _said(contact_id, f"order {snapshot.order_id}", snapshot.metadata, consent_key, snapshot.updated_at)
    consent.append(shop_id, new_words(shop_id, said), learned_at=learned_at)
    note(shop_id, list(notes_of(pairs)), learned_at=learned_at)
    return concerned | set(contacts.values())


def _order_owner(snapshot: OrderSnapshot) -> ContactFact:
    return ContactFact(
        email=snapshot.email,
        seen_at=snapshot.updated_at,
        user_ref=snapshot.user_ref,
        first_name=snapshot.first_name,
        last_name=snapshot.last_name,
        language=snapshot.language,
        country=snapshot.country,
    )


def _purchase(
    shop_id: int, snapshot: OrderSnapshot, contacts: Mapping[str, int], old: Purchase | None, learned_at: datetime
) -> Purchase:
    email = normalise(snapshot.email)
    return Purchase(
        shop_id=shop_id,
        order_id=snapshot.order_id,
        number=snapshot.number[:64],
        # A later snapshot without the checkout's token (Saleor forgets it) does not take it away.
        token=snapshot.token or (old.token if old else ""),
        contact_id=contacts.get(email),
        email=email,
        user_ref=snapshot.user_ref,
        channel=snapshot.channel[:255],
        currency=snapshot.currency,
        language=snapshot.language[:35],
        country=snapshot.country[:2],
        status=snapshot.status[:32],
        origin=snapshot.origin[:32],
        paid=snapshot.paid,
        total=snapshot.total,
        total_refunded=snapshot.total_refunded,
        voucher_code=snapshot.voucher_code[:255],
        created_at=snapshot.created_at,
        updated_at=snapshot.updated_at,
        learned_at=old.learned_at if old else learned_at,
        counts=snapshot.counts_as_purchase,
    )


def _write_lines(shop_id: int, snapshots: Collection[OrderSnapshot]) -> None:
    ids = dict(
        Purchase.objects.filter(shop_id=shop_id, order_id__in=[s.order_id for s in snapshots]).values_list(
            "order_id", "id"
        )
    )
    PurchaseLine.objects.filter(purchase_id__in=ids.values()).delete()
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            purchase_id=ids[snapshot.order_id],
            variant_ref=line.variant_ref[:100],
            product_ref=line.product_ref[:100],
            product_name=line.product_name[:400],
            variant_name=line.variant_name[:400],
            quantity=line.quantity,
            unit_price=line.unit_price,
            total_price=line.total_price,
            product_slug=line.product_slug[:255],
            image_url=line.image_url[:1000],
        )
        for snapshot in snapshots
        for line in snapshot.lines
    )


def write_customers(shop_id: int, snapshots: Sequence[CustomerSnapshot], *, consent_key: str) -> set[int]:
    """Write accounts; return the ids of the contacts concerned. Three queries."""
    if not snapshots:
        return set()
    contacts = upsert(
        shop_id,
        [
            ContactFact(
                email=s.email,
                seen_at=s.updated_at,
                user_ref=s.user_ref,
                first_name=s.first_name,
                last_name=s.last_name,
                language=s.language,
                country=s.country,
                is_staff=s.is_staff,
            )
            for s in snapshots
        ],
    )
    said = []
    for snapshot in snapshots:
        contact_id = contacts.get(normalise(snapshot.email))
        if contact_id is not None:
            said += _said(
                contact_id, f"account {snapshot.user_ref}", snapshot.metadata, consent_key, snapshot.updated_at
            )
    consent.append(shop_id, new_words(shop_id, said))
    return set(contacts.values())
