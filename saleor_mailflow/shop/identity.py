"""Is this database still this shop's? Refuses to let a copy send: a restored dump elsewhere waits for a person."""

from __future__ import annotations

from saleor_mailflow.models import Shop
from saleor_mailflow.shop.gateway import ShopGateway, ShopIdentity


def look_at_identity(shop: Shop, gateway: ShopGateway) -> tuple[str, str] | None:
    """Return (expected, seen) when this database belongs to another address or key, else None.

    Remembers the first identity it ever sees, and remembers having been a copy until ``confirm`` is called, even if the
    old identity comes back: mail may have been answered elsewhere meanwhile. One write when something changed.
    """
    seen = gateway.identity()
    if seen is None:
        return None
    if not shop.public_url and not shop.key_fingerprint:
        confirm(shop, seen)
        return None
    if not shop.copied_seen and not _same(shop, seen):
        shop.copied_seen = (
            seen.public_url if seen.public_url != shop.public_url else f"{seen.public_url} with another signing key"
        )[:500]
        shop.save(update_fields=["copied_seen"])
    return (shop.public_url, shop.copied_seen) if shop.copied_seen else None


def _same(shop: Shop, seen: ShopIdentity) -> bool:
    # A key that cannot be read (none configured) says nothing either way.
    same_key = not seen.key_fingerprint or not shop.key_fingerprint or seen.key_fingerprint == shop.key_fingerprint
    return seen.public_url == shop.public_url and same_key


def confirm(shop: Shop, seen: ShopIdentity) -> None:
    """Take ``seen`` as the shop's identity from now on: a person says that this database belongs here."""
    shop.public_url, shop.key_fingerprint, shop.copied_seen = seen.public_url, seen.key_fingerprint, ""
    shop.save(update_fields=["public_url", "key_fingerprint", "copied_seen"])
