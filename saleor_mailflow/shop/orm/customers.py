"""Saleor's accounts as snapshots, staff included (the snapshot says who is). Refuses to read anything private."""

from __future__ import annotations

from collections.abc import Collection

from saleor.account.models import User

from saleor_mailflow.shop.orm.references import primary_keys, reference, texts
from saleor_mailflow.shop.snapshots import CustomerSnapshot


def read_customers(user_refs: Collection[str], alias: str) -> dict[str, CustomerSnapshot]:
    """Return the accounts that exist, by reference. One query."""
    rows = (
        User.objects.using(alias)
        .filter(pk__in=primary_keys("User", user_refs))
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
            metadata=texts(row["metadata"]),
        )
        for row in rows
    }
