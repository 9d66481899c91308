"""Saleor's vouchers as values, and codes of our making in them. Refuses to change a voucher: it is the merchant's.

A code is one row without anything else: Saleor's webhooks about vouchers are not called, for what is made here came
from us, and a merchant's voucher may get thousands a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Sum
from saleor.discount import DiscountValueType, VoucherType
from saleor.discount.models import Voucher, VoucherChannelListing, VoucherCode
from saleor.order.models import Order

from saleor_mailflow.shop.goods import NewCode, VoucherKind, VoucherListing, VoucherSnapshot
from saleor_mailflow.shop.orm.references import primary_key, primary_keys, reference

_COLUMNS = (
    "pk",
    "type",
    "name",
    "discount_value_type",
    "usage_limit",
    "start_date",
    "end_date",
    "apply_once_per_order",
    "apply_once_per_customer",
    "single_use",
    "only_for_staff",
    "countries",
    "min_checkout_items_quantity",
)
#: Field of a voucher that names what it is for → what Saleor's API calls one of them.
_APPLIES_TO = {
    "products": ("Product", "product_id"),
    "variants": ("ProductVariant", "productvariant_id"),
    "categories": ("Category", "category_id"),
    "collections": ("Collection", "collection_id"),
}


def read_vouchers(refs: Collection[str] | None, alias: str) -> dict[str, VoucherSnapshot]:
    """Return vouchers by reference, all for None. Seven queries, five where none is for particular products."""
    rows = Voucher.objects.using(alias).order_by("pk")
    if refs is not None:
        rows = rows.filter(pk__in=primary_keys("Voucher", refs))
    found = list(rows.values(*_COLUMNS))
    keys = [row["pk"] for row in found]
    listings = _listings(keys, alias)
    used = dict(
        VoucherCode.objects.using(alias)
        .filter(voucher_id__in=keys)
        .order_by()
        .values_list("voucher_id")
        .annotate(Sum("used"))
    )
    # Saleor looks at the lists only where the voucher is for specific products; others may still have them.
    specific = [row["pk"] for row in found if row["type"] == VoucherType.SPECIFIC_PRODUCT]
    applies = {name: _applies_to(name, specific, alias) if specific else {} for name in _APPLIES_TO}
    return {
        reference("Voucher", row["pk"]): VoucherSnapshot(
            ref=reference("Voucher", row["pk"]),
            name=row["name"] or "",
            kind=_kind(row),
            listings=listings.get(row["pk"], {}),
            single_use=row["single_use"],
            apply_once_per_order=row["apply_once_per_order"],
            apply_once_per_customer=row["apply_once_per_customer"],
            only_for_staff=row["only_for_staff"],
            starts_at=row["start_date"],
            ends_at=row["end_date"],
            usage_limit=row["usage_limit"],
            used=int(used.get(row["pk"]) or 0),
            minimum_quantity=row["min_checkout_items_quantity"],
            countries=frozenset(_countries(row["countries"])),
            product_refs=applies["products"].get(row["pk"], frozenset()),
            variant_refs=applies["variants"].get(row["pk"], frozenset()),
            category_refs=applies["categories"].get(row["pk"], frozenset()),
            collection_refs=applies["collections"].get(row["pk"], frozenset()),
        )
        for row in found
    }


def _kind(row: dict[str, Any]) -> VoucherKind:
    if row["type"] == VoucherType.SHIPPING:
        return VoucherKind.SHIPPING
    percent = row["discount_value_type"] == DiscountValueType.PERCENTAGE
    return VoucherKind.PERCENTAGE if percent else VoucherKind.FIXED


def _countries(value: Any) -> Iterable[str]:
    """Return the letters of a field of many countries, which ``values`` gives as text or as the field's own list."""
    return value.split(",") if isinstance(value, str) and value else (str(one) for one in value or ())


def _listings(keys: Collection[int], alias: str) -> dict[int, dict[str, VoucherListing]]:
    found: dict[int, dict[str, VoucherListing]] = {}
    rows = VoucherChannelListing.objects.using(alias).filter(voucher_id__in=keys, channel__is_active=True)
    for voucher, slug, value, currency, minimum in rows.values_list(
        "voucher_id", "channel__slug", "discount_value", "currency", "min_spent_amount"
    ):
        listing = VoucherListing(value=value, currency=currency, minimum=minimum or None)
        found.setdefault(voucher, {})[slug] = listing
    return found


def _applies_to(name: str, keys: Collection[int], alias: str) -> dict[int, frozenset[str]]:
    kind, column = _APPLIES_TO[name]
    through = getattr(Voucher, name).through
    found: dict[int, set[str]] = {}
    for voucher, pk in (
        through.objects.using(alias).filter(voucher_id__in=keys).values_list("voucher_id", column).order_by()
    ):
        found.setdefault(voucher, set()).add(reference(kind, pk))
    return {voucher: frozenset(refs) for voucher, refs in found.items()}


def mint(codes: Collection[NewCode]) -> frozenset[str]:
    """Insert codes in the open transaction; return those that their voucher has now. Three queries.

    A voucher that is gone is looked for first and without a lock: the foreign key is asked at the commit only, and
    would undo everything else that is committed with it. One that goes in between does, and is gone the next time.
    """
    wanted = {one.code: primary_key("Voucher", one.voucher_ref) for one in codes}
    known = set(
        Voucher.objects.using("default")
        .filter(pk__in={pk for pk in wanted.values() if pk is not None})
        .values_list("pk", flat=True)
    )
    fresh = [VoucherCode(voucher_id=pk, code=code) for code, pk in wanted.items() if pk in known]
    if not fresh:
        return frozenset()
    VoucherCode.objects.using("default").bulk_create(fresh, ignore_conflicts=True)
    there = VoucherCode.objects.using("default").filter(code__in=list(wanted)).values_list("code", "voucher_id")
    return frozenset(code for code, voucher in there if wanted[code] == voucher)


def unmint(codes: Collection[str]) -> frozenset[str]:
    """Delete codes that nobody used; return those that the shop has no longer. Four queries.

    A single-use code that was used is not active any more; others count their uses where the voucher has a limit; and
    an order names its code in any case.
    """
    ordered = set(used(codes, "default"))
    mine = VoucherCode.objects.using("default").filter(code__in=set(codes) - ordered)
    mine.filter(is_active=True, used=0, customers=None).delete()
    left = set(mine.values_list("code", flat=True)) | ordered
    return frozenset(set(codes) - left)


def used(codes: Collection[str], alias: str) -> dict[str, str]:
    """Return {code: number of the first order that used it}. One query, by the index of the orders' codes."""
    rows = Order.objects.using(alias).filter(voucher_code__in=list(codes)).order_by("-created_at")
    return {code: str(number) for code, number in rows.values_list("voucher_code", "number") if code}
