"""Build snapshots from the objects of a webhook, as ``shop.snapshots`` wants them. Refuses to invent what decides.

Without a token, an id or a list of lines there is no snapshot: an unread basket must not look like an emptied one.
Everything else may be null or missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from saleor_mailflow.shop.snapshots import (
    CheckoutSnapshot,
    CustomerSnapshot,
    LineSnapshot,
    OrderSnapshot,
    PaymentState,
)
from saleor_mailflow.webhooks import values as v

_FULL = ("FULL", "OVERCHARGED")


def checkout_snapshot(found: Mapping[str, object], issued_at: datetime) -> CheckoutSnapshot | None:
    """Return the snapshot of a ``Checkout``, or None where its token or its lines cannot be read."""
    token = checkout_token(found)
    lines = _lines(found.get("lines"))
    if not token or lines is None:
        return None
    user, channel = v.part(found, "user"), v.part(found, "channel")
    names = _names(user, found)
    changed = v.moment(found.get("updatedAt")) or issued_at
    return CheckoutSnapshot(
        token=token,
        channel=v.text(channel.get("slug"), 255),
        currency=v.currency(channel.get("currencyCode")) or _money_currency(found.get("totalPrice")),
        created_at=min(v.moment(found.get("created")) or changed, changed),
        last_change=changed,
        seen_at=issued_at,
        email=v.whole(found.get("email"), 320) or v.whole(user.get("email"), 320),
        user_ref=v.reference(user.get("id"), "User"),
        user_is_staff=v.flag(user.get("isStaff")),
        first_name=names[0],
        last_name=names[1],
        language=v.language(found.get("languageCode")) or v.language(user.get("languageCode")),
        country=_country(found, user, channel),
        lines=lines,
        total=v.amount(found.get("totalPrice")) or Decimal(0),
        payment=_payment(found),
        voucher_code=v.text(found.get("voucherCode"), 255),
        metadata=v.metadata(found.get("metadata")),
        user_metadata=v.metadata(user.get("metadata")),
    )


def order_snapshot(found: Mapping[str, object], issued_at: datetime) -> OrderSnapshot | None:
    """Return the snapshot of an ``Order``, or None where its id, status or lines cannot be read.

    A tracking webhook carries only an order's id and number: that is no snapshot.
    """
    order_id = v.uuid_of(found.get("id"), "Order")
    status = v.text(found.get("status"), 32).upper()
    lines = _lines(found.get("lines"))
    if not order_id or not status or lines is None:
        return None
    user, channel = v.part(found, "user"), v.part(found, "channel")
    names = _names(user, found)
    changed = v.moment(found.get("updatedAt")) or issued_at
    return OrderSnapshot(
        order_id=order_id,
        number=v.text(found.get("number"), 64),
        channel=v.text(channel.get("slug"), 255),
        currency=v.currency(channel.get("currencyCode")) or _money_currency(found.get("total")),
        created_at=min(v.moment(found.get("created")) or changed, changed),
        updated_at=changed,
        status=status,
        origin=v.text(found.get("origin"), 32).upper(),
        token=v.uuid_of(found.get("checkoutId"), "Checkout"),
        email=v.whole(found.get("userEmail"), 320) or v.whole(user.get("email"), 320),
        user_ref=v.reference(user.get("id"), "User"),
        first_name=names[0],
        last_name=names[1],
        language=v.language(found.get("languageCodeEnum")) or v.language(user.get("languageCode")),
        country=_country(found, user, channel),
        total=v.amount(found.get("total")) or Decimal(0),
        total_refunded=v.amount(found.get("totalRefunded")) or Decimal(0),
        paid=v.flag(found.get("isPaid")) or found.get("chargeStatus") in _FULL,
        voucher_code=v.text(found.get("voucherCode"), 255),
        lines=lines,
        metadata=v.metadata(found.get("metadata")),
    )


def customer_snapshot(found: Mapping[str, object], issued_at: datetime) -> CustomerSnapshot | None:
    """Return the snapshot of a ``User``, or None where its id cannot be read."""
    user_ref = v.reference(found.get("id"), "User")
    if not user_ref:
        return None
    return CustomerSnapshot(
        user_ref=user_ref,
        email=v.whole(found.get("email"), 320),
        updated_at=v.moment(found.get("updatedAt")) or issued_at,
        created_at=v.moment(found.get("dateJoined")),
        first_name=v.text(found.get("firstName"), 256),
        last_name=v.text(found.get("lastName"), 256),
        language=v.language(found.get("languageCode")),
        country=v.country(v.part(found, "defaultShippingAddress", "country"))
        or v.country(v.part(found, "defaultBillingAddress", "country")),
        is_staff=v.flag(found.get("isStaff")),
        is_active=v.flag(found.get("isActive"), default=True),
        is_confirmed=v.flag(found.get("isConfirmed"), default=True),
        metadata=v.metadata(found.get("metadata")),
    )


def checkout_token(found: Mapping[str, object]) -> str:
    """Return a checkout's token as a lower-case UUID, or ""."""
    return v.uuid_of(found.get("token"), "Checkout") or v.uuid_of(found.get("id"), "Checkout")


def _names(user: Mapping[str, object], found: Mapping[str, object]) -> tuple[str, str]:
    # The account's own name, else the payer's: a parcel may go to somebody else.
    for source in (user, v.part(found, "billingAddress"), v.part(found, "shippingAddress")):
        first, last = v.text(source.get("firstName"), 256), v.text(source.get("lastName"), 256)
        if first or last:
            return first, last
    return "", ""


def _country(found: Mapping[str, object], user: Mapping[str, object], channel: Mapping[str, object]) -> str:
    places = (
        v.part(found, "shippingAddress", "country"),
        v.part(found, "billingAddress", "country"),
        v.part(user, "defaultShippingAddress", "country"),
        v.part(user, "defaultBillingAddress", "country"),
        v.part(channel, "defaultCountry"),
    )
    return next((code for code in map(v.country, places) if code), "")


def _payment(found: Mapping[str, object]) -> PaymentState:
    charged, authorised = found.get("chargeStatus"), found.get("authorizeStatus")
    if charged in _FULL:
        return PaymentState.PAID
    if authorised == "FULL":
        return PaymentState.AUTHORIZED
    return PaymentState.PENDING if "PARTIAL" in (charged, authorised) else PaymentState.NONE


def _money_currency(value: object) -> str:
    return v.currency(v.part(value, "gross").get("currency"))


def _lines(value: object) -> tuple[LineSnapshot, ...] | None:
    if not isinstance(value, list):
        return None
    lines = tuple(line for line in map(_line, v.parts(value)) if line is not None)
    # Lines that cannot be read are no empty basket.
    return lines if lines or not value else None


def _line(found: Mapping[str, object]) -> LineSnapshot | None:
    variant, product = v.part(found, "variant"), v.part(found, "variant", "product")
    ref = v.text(variant.get("id"), 100) or v.text(found.get("productVariantId"), 100)
    name = v.text(found.get("productName"), 400) or v.text(product.get("name"), 400)
    count = v.quantity(found.get("quantity"))
    if count is None or not (ref or name):
        return None
    unit, total = v.amount(found.get("unitPrice")), v.amount(found.get("totalPrice"))
    if unit is None:
        unit = Decimal(0) if total is None else (total / count).quantize(Decimal("0.001"))
    picture = v.part(found, "thumbnail") or v.part(product, "thumbnail")
    if not picture:
        picture = next(v.parts(variant.get("media")), v.part(None))
    return LineSnapshot(
        variant_ref=ref,
        product_ref=v.text(product.get("id"), 100),
        product_name=name,
        variant_name=v.text(found.get("variantName"), 400) or v.text(variant.get("name"), 400),
        product_slug=v.text(product.get("slug"), 255),
        quantity=count,
        unit_price=unit,
        # A price and a count that are each allowed may make a total that no shop and no column holds.
        total_price=v.credible(unit * count) if total is None else total,
        undiscounted_unit_price=v.amount(found.get("undiscountedUnitPrice")),
        image_url=v.address(picture.get("url")),
        image_alt=v.text(picture.get("alt"), 250),
        is_gift=v.flag(found.get("isGift")),
    )
