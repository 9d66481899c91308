"""Saleor's orders as snapshots, drafts included: the snapshot says what counts as a purchase. Refuses to judge."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum
from saleor.core.prices import quantize_price
from saleor.order import OrderChargeStatus
from saleor.order.models import Order, OrderLine
from saleor.payment import TransactionKind
from saleor.payment.models import Transaction, TransactionItem

from saleor_mailflow.shop.orm.catalogue import Catalogue, pictures
from saleor_mailflow.shop.orm.checkouts import country, names
from saleor_mailflow.shop.orm.references import reference, texts, uuids
from saleor_mailflow.shop.snapshots import LineSnapshot, OrderSnapshot

_COLUMNS = (
    "id",
    "number",
    "created_at",
    "updated_at",
    "status",
    "origin",
    "charge_status",
    "channel__slug",
    "channel__default_country",
    "currency",
    "checkout_token",
    "user_email",
    "language_code",
    "voucher_code",
    "total_gross_amount",
    "metadata",
    "user_id",
    "user__email",
    "user__first_name",
    "user__last_name",
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
    "order_id",
    "variant_id",
    "variant__product_id",
    "variant__product__slug",
    "product_variant_id",
    "product_name",
    "variant_name",
    "translated_product_name",
    "translated_variant_name",
    "quantity",
    "is_gift",
    "currency",
    "unit_price_gross_amount",
    "total_price_gross_amount",
    "undiscounted_unit_price_gross_amount",
)


def read_orders(order_ids: Collection[str], alias: str) -> dict[str, OrderSnapshot]:
    """Return the orders that exist, by id. Six queries."""
    rows = list(Order.objects.using(alias).filter(id__in=uuids(order_ids)).order_by().values(*_COLUMNS))
    keys = [row["id"] for row in rows]
    lines: dict[UUID, list[dict[str, Any]]] = {key: [] for key in keys}
    for line in (
        OrderLine.objects.using(alias)
        .filter(order_id__in=keys)
        .order_by("order_id", "created_at", "id")
        .values(*_LINE_COLUMNS)
    ):
        lines[line["order_id"]].append(line)
    everything = [line for found in lines.values() for line in found]
    catalogue = pictures(
        products={line["variant__product_id"] for line in everything} - {None},
        variants={line["variant_id"] for line in everything} - {None},
        alias=alias,
    )
    refunds = _refunds(keys, alias)
    return {
        str(row["id"]): OrderSnapshot(
            order_id=str(row["id"]),
            number=str(row["number"]),
            channel=row["channel__slug"],
            currency=row["currency"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            status=_enum_name(row["status"]),
            origin=_enum_name(row["origin"]),
            token=row["checkout_token"],
            email=row["user_email"] or row["user__email"] or "",
            user_ref=reference("User", row["user_id"]),
            **names(row),
            language=row["language_code"],
            country=country(row),
            total=quantize_price(row["total_gross_amount"], row["currency"]),
            total_refunded=quantize_price(refunds.get(row["id"], Decimal(0)), row["currency"]),
            paid=row["charge_status"] in {OrderChargeStatus.FULL, OrderChargeStatus.OVERCHARGED},
            voucher_code=row["voucher_code"] or "",
            lines=tuple(_line(line, catalogue) for line in lines[row["id"]]),
            metadata=texts(row["metadata"]),
        )
        for row in rows
    }


def _enum_name(value: str) -> str:
    """Return a stored choice as Saleor's API names it: ``partially fulfilled`` is ``PARTIALLY_FULFILLED``."""
    return value.upper().replace(" ", "_").replace("-", "_")


def _line(line: dict[str, Any], catalogue: Catalogue) -> LineSnapshot:
    picture = catalogue.picture(line["variant_id"], line["variant__product_id"])
    currency = line["currency"]
    return LineSnapshot(
        # A deleted variant leaves its global id behind in ``product_variant_id``.
        variant_ref=reference("ProductVariant", line["variant_id"]) or line["product_variant_id"] or "",
        product_ref=reference("Product", line["variant__product_id"]),
        product_name=line["translated_product_name"] or line["product_name"],
        variant_name=line["translated_variant_name"] or line["variant_name"],
        product_slug=line["variant__product__slug"] or "",
        quantity=line["quantity"],
        unit_price=quantize_price(line["unit_price_gross_amount"], currency),
        total_price=quantize_price(line["total_price_gross_amount"], currency),
        undiscounted_unit_price=quantize_price(line["undiscounted_unit_price_gross_amount"], currency) or None,
        image_url=picture.url,
        image_alt=picture.alt,
        is_gift=line["is_gift"],
    )


def _refunds(order_ids: Collection[UUID], alias: str) -> dict[UUID, Decimal]:
    """Return what went back to the buyer, by order, in both of Saleor's ways to pay. Two queries."""
    found: dict[UUID, Decimal] = {}
    transactions = (
        TransactionItem.objects.using(alias)
        .filter(order_id__in=order_ids, refunded_value__gt=0)
        .order_by()
        .values_list("order_id")
        .annotate(Sum("refunded_value"))
    )
    payments = (
        Transaction.objects.using(alias)
        .filter(payment__order_id__in=order_ids, kind=TransactionKind.REFUND, is_success=True)
        .order_by()
        .values_list("payment__order_id")
        .annotate(Sum("amount"))
    )
    for order_id, amount in [*transactions, *payments]:
        found[order_id] = found.get(order_id, Decimal(0)) + amount
    return found
