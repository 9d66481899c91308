"""Saleor's checkouts as snapshots, with prices as the shopper last saw them. Refuses to have anything recalculated.

Saleor computes a checkout's prices only when somebody asks its API for them: after a change the stored ones belong to
the basket before. Stored prices count while they are newer than the last change; else the channel's current prices do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor.checkout.models import Checkout, CheckoutLine
from saleor.core.prices import quantize_price

from saleor_mailflow.shop.orm.catalogue import Catalogue, look_up
from saleor_mailflow.shop.orm.payments import payment_states
from saleor_mailflow.shop.orm.references import reference, texts, uuids
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, LineSnapshot

_COLUMNS = (
    "token",
    "created_at",
    "last_change",
    "price_expiration",
    "completing_started_at",
    "channel__slug",
    "channel__default_country",
    "currency",
    "email",
    "language_code",
    "voucher_code",
    "total_gross_amount",
    "charge_status",
    "authorize_status",
    "metadata_storage__metadata",
    "user_id",
    "user__email",
    "user__first_name",
    "user__last_name",
    "user__is_staff",
    "user__metadata",
    "user__default_shipping_address__country",
    "user__default_billing_address__country",
    "shipping_address__first_name",
    "shipping_address__last_name",
    "shipping_address__country",
    "billing_address__first_name",
    "billing_address__last_name",
    "billing_address__country",
)
_LINE_COLUMNS = (
    "checkout_id",
    "variant_id",
    "variant__name",
    "variant__product_id",
    "variant__product__name",
    "variant__product__slug",
    "quantity",
    "is_gift",
    "price_override",
    "undiscounted_unit_price_amount",
    "total_price_gross_amount",
)


def read_checkouts(tokens: Collection[str], alias: str) -> dict[str, CheckoutSnapshot]:
    """Return the checkouts that exist, by token. Ten queries. The total does not take gift cards off."""
    rows = list(Checkout.objects.using(alias).filter(token__in=uuids(tokens)).order_by().values(*_COLUMNS))
    keys = [row["token"] for row in rows]
    lines: dict[UUID, list[dict[str, Any]]] = {key: [] for key in keys}
    for line in (
        CheckoutLine.objects.using(alias)
        .filter(checkout_id__in=keys)
        .order_by("checkout_id", "created_at", "id")
        .values(*_LINE_COLUMNS)
    ):
        lines[line["checkout_id"]].append(line)
    everything = [line for found in lines.values() for line in found]
    catalogue = look_up(
        products={line["variant__product_id"] for line in everything},
        variants={line["variant_id"] for line in everything},
        languages={row["language_code"] for row in rows},
        channels={row["channel__slug"] for row in rows},
        alias=alias,
    )
    payments = payment_states([(row["token"], row["charge_status"], row["authorize_status"]) for row in rows], alias)
    found = {}
    for row in rows:
        fresh = row["price_expiration"] > row["last_change"]
        shown = tuple(_line(line, row, catalogue, fresh=fresh) for line in lines[row["token"]])
        found[str(row["token"])] = CheckoutSnapshot(
            token=str(row["token"]),
            channel=row["channel__slug"],
            currency=row["currency"],
            created_at=row["created_at"],
            last_change=row["last_change"],
            seen_at=None,
            email=row["email"] or row["user__email"] or "",
            user_ref=reference("User", row["user_id"]),
            user_is_staff=bool(row["user__is_staff"]),
            **names(row),
            language=row["language_code"],
            country=country(row),
            lines=shown,
            total=(
                quantize_price(row["total_gross_amount"], row["currency"])
                if fresh
                else sum((line.total_price for line in shown), Decimal(0))
            ),
            payment=payments[row["token"]],
            completing_since=row["completing_started_at"],
            voucher_code=row["voucher_code"] or "",
            metadata=texts(row["metadata_storage__metadata"]),
            user_metadata=texts(row["user__metadata"]),
        )
    return found


def names(row: Mapping[str, Any]) -> dict[str, str]:
    """Return first and last name from one place: the account, else where it goes, else who pays."""
    for place in ("user", "shipping_address", "billing_address"):
        first, last = row[f"{place}__first_name"] or "", row[f"{place}__last_name"] or ""
        if first or last:
            return {"first_name": first, "last_name": last}
    return {}


def country(row: Mapping[str, Any]) -> str:
    """Return the two letters of where it goes, else who pays, else the account's own addresses, else the channel's."""
    return str(
        row["shipping_address__country"]
        or row["billing_address__country"]
        or row["user__default_shipping_address__country"]
        or row["user__default_billing_address__country"]
        or row["channel__default_country"]
        or ""
    )


def _line(line: dict[str, Any], checkout: dict[str, Any], catalogue: Catalogue, *, fresh: bool) -> LineSnapshot:
    variant, product, language = line["variant_id"], line["variant__product_id"], checkout["language_code"]
    currency, quantity = checkout["currency"], line["quantity"]
    undiscounted = quantize_price(line["undiscounted_unit_price_amount"], currency)
    if fresh or line["is_gift"]:
        total = quantize_price(line["total_price_gross_amount"], currency)
    else:
        known = (line["price_override"], catalogue.prices.get((variant, checkout["channel__slug"])), undiscounted)
        total = quantize_price(next(price for price in known if price is not None) * quantity, currency)
    picture = catalogue.picture(variant, product)
    return LineSnapshot(
        variant_ref=reference("ProductVariant", variant),
        product_ref=reference("Product", product),
        product_name=catalogue.product_names.get((product, language)) or line["variant__product__name"],
        variant_name=catalogue.variant_names.get((variant, language)) or line["variant__name"] or "",
        product_slug=line["variant__product__slug"],
        quantity=quantity,
        unit_price=quantize_price(total / quantity, currency),
        total_price=total,
        undiscounted_unit_price=undiscounted or None,
        image_url=picture.url,
        image_alt=picture.alt,
        is_gift=line["is_gift"],
    )
