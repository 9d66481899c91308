"""Saleor's accounts as snapshots, staff included (the snapshot says who is). Refuses to read anything private.

Customer attributes (Saleor 3.23.26 and later) stand among the metadata as ``attribute:<slug>``, so that a shop that
keeps consent or a birthday in one names it in the settings like any metadata key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from saleor.account.models import User
from saleor.attribute import models as attributes

from saleor_mailflow.shop.orm.references import primary_keys, reference, texts
from saleor_mailflow.shop.snapshots import CustomerSnapshot


def read_customers(user_refs: Collection[str], alias: str) -> dict[str, CustomerSnapshot]:
    """Return the accounts that exist, by reference. One query, one more where Saleor has customer attributes."""
    pks = primary_keys("User", user_refs)
    said = _attributes(pks, alias)
    rows = (
        User.objects.using(alias)
        .filter(pk__in=pks)
        .order_by()
        .values(
            "pk",
            "email",
            "updated_at",
            "date_joined",
            "first_name",
            "last_name",
            "language_code",
            "is_staff",
            "is_active",
            "is_confirmed",
            "metadata",
            "default_shipping_address__country",
            "default_billing_address__country",
        )
    )
    return {
        reference("User", row["pk"]): CustomerSnapshot(
            user_ref=reference("User", row["pk"]),
            email=row["email"],
            updated_at=row["updated_at"],
            created_at=row["date_joined"],
            first_name=row["first_name"],
            last_name=row["last_name"],
            language=row["language_code"],
            country=row["default_shipping_address__country"] or row["default_billing_address__country"] or "",
            is_staff=row["is_staff"],
            is_active=row["is_active"],
            is_confirmed=row["is_confirmed"],
            metadata={**texts(row["metadata"]), **said[row["pk"]]},
        )
        for row in rows
    }


def _attributes(pks: Collection[int], alias: str) -> Mapping[int, dict[str, str]]:
    """Return {account: {``attribute:<slug>``: its first value as text}}; nothing where this Saleor has none."""
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    if not hasattr(attributes, "AssignedUserAttributeValue"):
        return found
    rows = attributes.AssignedUserAttributeValue.objects.using(alias).filter(user__in=pks)
    fields = ("user", "value__attribute__slug", "value__boolean", "value__date_time", "value__slug")
    for pk, slug, boolean, at, text in rows.order_by("sort_order", "pk").values_list(*fields):
        value = text if boolean is None else str(boolean).lower()
        found[pk].setdefault(f"attribute:{slug}", at.date().isoformat() if at is not None else value)
    return found
