"""Find the settings of a shop where they are kept. Refuses to cache them: what the merchant saved counts at once."""

from __future__ import annotations

from saleor_mailflow import host
from saleor_mailflow.conf import ShopSettings, read_settings
from saleor_mailflow.models import Shop


def settings_of(shop: Shop) -> ShopSettings:
    """Return a shop's settings: Saleor's plugin configuration inside Saleor (one query), our own row outside it."""
    if shop.road == Shop.Road.PLUGIN and host.inside_saleor():
        return read_settings(host.plugin_settings())
    named = any(shop.settings.get(field) for field in host.SECRET_FIELDS)
    return read_settings(host.merge_secrets(shop.settings) if named else shop.settings)
