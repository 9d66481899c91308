"""Reserve codes for people, and say what code a mail carries. Refuses to tell the shop of a code: see ``minting``.

A code is reserved with the step that gives it and becomes real as the mail that carries it is claimed: whoever never
gets that mail leaves nothing behind in the shop.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.messages.offering import Goods, Occasion, choose
from saleor_mailflow.models import Basket, Contact, Coupon, Message, Offer
from saleor_mailflow.models import Enrollment as EnrollmentRow
from saleor_mailflow.shop.gateway import ProductShelf, ShopGateway, VoucherBook
from saleor_mailflow.shop.goods import VariantSnapshot, VoucherKind, VoucherSnapshot

#: Neither vowels, which make words, nor what looks like something else: 24 signs, 4.6 bits each.
ALPHABET = "BCDFGHJKMNPQRTVWXYZ34679"
GROUPS, GROUP = 3, 5
#: Who used a code of an offer for carts gets no other one of it for so many days.
DAYS_SINCE_USED = 90
_LONGEST_REASON = Coupon._meta.get_field("reason").max_length or 0


@dataclass(frozen=True, kw_only=True)
class Want:
    """One person at one coupon step. ``channel`` "" is that of the basket, else the only one of the voucher."""

    enrollment_id: int
    step: str
    contact_id: int
    offer_key: str
    channel: str = ""
    basket_id: int | None = None
    #: The purchase that this and other flows are about, which share one offer.
    lane_purchase_id: int | None = None
    #: No offer for so many days after a code of this offer was used; None is DAYS_SINCE_USED about a basket, else 0.
    days_since_used: int | None = None

    @property
    def pause(self) -> int:
        """Return for how many days a used code of this offer keeps the person from another."""
        if self.days_since_used is not None:
            return self.days_since_used
        return DAYS_SINCE_USED if self.basket_id is not None else 0


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a mail says of the code it carries. Amounts are of ``currency``; PERCENTAGE has its value in percent."""

    code: str
    #: A voucher's kind, or ``shared`` for a code that everybody gets, of which nothing else is known.
    kind: str
    value: Decimal | None = None
    currency: str = ""
    minimum: Decimal | None = None
    name: str = ""
    expires_at: datetime | None = None

    @property
    def free_shipping(self) -> bool:
        """Tell whether it pays all of the shipping."""
        return self.kind == VoucherKind.SHIPPING and self.value == 100


def new_code() -> str:
    """Return a code that nobody guesses: 68 bits from the system's randomness, in three groups."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What was read for a whole batch."""

    offers: Mapping[str, Offer]
    baskets: Mapping[int, Basket]
    countries: Mapping[int, str]
    used: Mapping[tuple[int, str], datetime]
    #: {purchase: the enrollment that has an offer for it}; grows as the batch is gone through.
    lanes: dict[int, int]
    vouchers: Mapping[str, VoucherSnapshot]
    variants: Mapping[tuple[str, str], VariantSnapshot]
    #: False where the shop cannot be asked for codes.
    book: bool


def reserve(shop_id: int, wants: Sequence[Want], *, gateway: ShopGateway, now: datetime) -> list[Coupon]:
    """Reserve a code for each, or write why there is none; return the rows, those of an earlier call unchanged.

    For a transaction of the caller's. Eight queries of ours at most and two questions to the shop, for any number. It
    cannot fail for one of them: what is not to be had becomes ``NONE`` with its reason, and the mail goes without.
    """
    if not wants:
        return []
    seen = _read(shop_id, wants, gateway, now)
    Coupon.objects.bulk_create([_coupon(shop_id, want, seen, now) for want in wants], ignore_conflicts=True)
    asked = {(want.enrollment_id, want.step) for want in wants}
    rows = Coupon.objects.filter(enrollment_id__in={one for one, _ in asked}, step__in={step for _, step in asked})
    return [row for row in rows if (row.enrollment_id, row.step) in asked]


def _read(shop_id: int, wants: Sequence[Want], gateway: ShopGateway, now: datetime) -> _Seen:
    offers = {o.key: o for o in Offer.objects.filter(shop_id=shop_id, key__in={want.offer_key for want in wants})}
    book = isinstance(gateway, VoucherBook)
    ids = {want.basket_id for want in wants if want.basket_id is not None}
    baskets = {b.id: b for b in Basket.objects.filter(shop_id=shop_id, id__in=ids)} if ids else {}
    refs = {ref for offer in offers.values() for ref in offer.vouchers}
    vouchers = gateway.vouchers(refs) if isinstance(gateway, VoucherBook) and refs else {}
    variants: Mapping[tuple[str, str], VariantSnapshot] = {}
    if isinstance(gateway, ProductShelf) and baskets and vouchers:
        lines = {str(line.get("variant_ref", "")) for basket in baskets.values() for line in basket.lines}
        variants = gateway.variants(lines, {basket.channel for basket in baskets.values()})
    return _Seen(
        offers=offers,
        baskets=baskets,
        countries=dict(Contact.objects.filter(id__in={want.contact_id for want in wants}).values_list("id", "country")),
        used=_used(shop_id, wants, now),
        lanes=_lanes(wants),
        vouchers=vouchers,
        variants=variants,
        book=book,
    )


def _used(shop_id: int, wants: Sequence[Want], now: datetime) -> dict[tuple[int, str], datetime]:
    """Return {(contact, offer): when they last used a code of it}, as far back as any of them asks."""
    pausing = [want for want in wants if want.pause]
    if not pausing:
        return {}
    since = now - timedelta(days=max(want.pause for want in pausing))
    rows = Coupon.objects.filter(contact_id__in={want.contact_id for want in pausing}, used_at__gt=since)
    return {
        (contact, offer): at
        for contact, offer, at in rows.order_by("used_at").values_list("contact_id", "offer_key", "used_at")
        if at is not None
    }


def _lanes(wants: Sequence[Want]) -> dict[int, int]:
    """Return {purchase: the enrollment that has an offer for it already}."""
    purchases = {want.lane_purchase_id for want in wants if want.lane_purchase_id is not None}
    if not purchases:
        return {}
    rows = EnrollmentRow.objects.filter(purchase_id__in=purchases, coupons__isnull=False)
    rows = rows.exclude(coupons__state__in=[Coupon.State.NONE, Coupon.State.REAPED])
    return dict(rows.order_by("-id").values_list("purchase_id", "id"))


def _coupon(shop_id: int, want: Want, seen: _Seen, now: datetime) -> Coupon:
    row = Coupon(
        shop_id=shop_id,
        enrollment_id=want.enrollment_id,
        step=want.step,
        contact_id=want.contact_id,
        offer_key=want.offer_key,
        reserved_at=now,
    )
    offer = seen.offers.get(want.offer_key)
    why = _why_not(want, offer, seen, now)
    if offer is None or why:
        return _none(row, why)
    if not seen.book:
        if not offer.shared_code:
            return _none(row, "This shop cannot be asked for codes: give the offer one code for everybody.")
        row.terms = {"kind": "shared", "code": offer.shared_code, "days": offer.days, "name": offer.name}
        return row
    occasion = _occasion(want, offer, seen, now)
    voucher, why = choose(offer.vouchers, seen.vouchers, occasion)
    if voucher is None:
        return _none(row, why)
    channel = occasion.channel or next(iter(voucher.listings))
    row.voucher_ref, row.code, row.terms = voucher.ref, new_code(), _terms(voucher, channel, offer)
    row.expires_at = expiry(row.terms, now)
    if want.lane_purchase_id is not None:
        seen.lanes.setdefault(want.lane_purchase_id, want.enrollment_id)
    return row


def _none(row: Coupon, why: str) -> Coupon:
    row.state, row.reason = Coupon.State.NONE, why[:_LONGEST_REASON]
    return row


def _why_not(want: Want, offer: Offer | None, seen: _Seen, now: datetime) -> str:
    """Return why the person gets nothing whatever the vouchers say, "" where nothing stands against it."""
    if offer is None:
        return f"There is no offer {want.offer_key!r}: make it with the vouchers it may give."
    if not offer.active:
        return f"The offer {offer.key!r} is switched off."
    used_at = seen.used.get((want.contact_id, want.offer_key))
    if used_at is not None and now - used_at < timedelta(days=want.pause):
        return f"They used a code of this offer on {used_at:%-d %B %Y}; one in {want.pause} days is enough."
    other = seen.lanes.get(want.lane_purchase_id or 0)
    if other is not None and other != want.enrollment_id:
        return "Another mail about the same order carries an offer already."
    if want.basket_id is not None and want.basket_id not in seen.baskets:
        return "The cart is gone."
    return ""


def _occasion(want: Want, offer: Offer, seen: _Seen, now: datetime) -> Occasion:
    basket = seen.baskets.get(want.basket_id or 0)
    occasion = Occasion(
        channel=want.channel or _only_channel(offer.vouchers, seen.vouchers),
        country=seen.countries.get(want.contact_id, ""),
        now=now,
        margin_percent=offer.margin_percent,
    )
    if basket is None:
        return occasion
    goods = [
        Goods(variant=variant, quantity=int(line.get("quantity", 1)))
        for line in basket.lines
        if (variant := seen.variants.get((basket.channel, str(line.get("variant_ref", ""))))) is not None
        and variant.price is not None
        and not line.get("is_gift")
    ]
    return replace(occasion, channel=basket.channel, country=basket.country or occasion.country, goods=goods)


def _only_channel(refs: Iterable[str], vouchers: Mapping[str, VoucherSnapshot]) -> str:
    """Return the one channel that these vouchers are listed in, "" where there are several or none."""
    channels = {channel for ref in refs if ref in vouchers for channel in vouchers[ref].listings}
    return channels.pop() if len(channels) == 1 else ""


def _terms(voucher: VoucherSnapshot, channel: str, offer: Offer) -> dict[str, object]:
    listing = voucher.listings[channel]
    return {
        "kind": str(voucher.kind),
        "value": str(listing.value),
        "currency": listing.currency,
        "minimum": None if listing.minimum is None else str(listing.minimum),
        "name": voucher.name,
        "channel": channel,
        "days": offer.days,
        "ends_at": None if voucher.ends_at is None else voucher.ends_at.isoformat(),
    }


def expiry(terms: Mapping[str, object], begins: datetime) -> datetime:
    """Return until when a code is good that begins then: the offer's days, or its voucher's end if that is sooner."""
    until = begins + timedelta(days=int(str(terms.get("days", 14))))
    ends_at = terms.get("ends_at")
    return min(until, datetime.fromisoformat(str(ends_at))) if ends_at else until


def coupon_steps(messages: Collection[Message]) -> dict[int, tuple[int, str]]:
    """Return {message id: (enrollment id, coupon step)} of those that carry a code. Asks nothing of the database.

    Needs ``enrollment`` and its ``version`` to have been read.
    """
    found = {}
    for message in messages:
        version = message.enrollment.version
        send = definition_of(version.pk, version.digest).send(message.step)
        if send is not None and send.coupon:
            found[message.pk] = (message.enrollment_id, send.coupon)
    return found


def rows_of(asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], Coupon]:
    """Return the coupons of these (enrollment, step). One query, none for none."""
    if not asked:
        return {}
    rows = Coupon.objects.filter(enrollment_id__in={one for one, _ in asked}, step__in={step for _, step in asked})
    return {(row.enrollment_id, row.step): row for row in rows if (row.enrollment_id, row.step) in asked}


def carried(messages: Collection[Message], now: datetime) -> dict[int, Carried]:
    """Return {message id: the code it carries}, for those that carry one that is good at ``now``. One query at most."""
    steps = coupon_steps(messages)
    rows = rows_of(set(steps.values()))
    return {message: shown for message, key in steps.items() if (shown := shown_of(rows.get(key), now)) is not None}


def good_code(enrollment_id: int, now: datetime) -> str:
    """Return the last code that somebody got in this enrollment and can use at ``now``, "" for none. One query."""
    out = Coupon.objects.filter(enrollment_id=enrollment_id, state__in=[Coupon.State.MINTED, Coupon.State.GIVEN])
    row = out.order_by("-minted_at").first()
    shown = shown_of(row, now)
    return shown.code if shown is not None else ""


def shown_of(row: Coupon | None, now: datetime) -> Carried | None:
    """Return what a mail says of a coupon, None where there is nothing good in it any more."""
    if row is None or row.state in {Coupon.State.NONE, Coupon.State.USED, Coupon.State.REAPED}:
        return None
    if row.expires_at is not None and row.expires_at <= now:
        return None
    terms = row.terms
    return Carried(
        code=row.code or str(terms.get("code", "")),
        kind=str(terms.get("kind", "")),
        value=Decimal(terms["value"]) if terms.get("value") else None,
        currency=str(terms.get("currency", "")),
        minimum=Decimal(terms["minimum"]) if terms.get("minimum") else None,
        name=str(terms.get("name", "")),
        expires_at=row.expires_at,
    )
