"""Find the settings of a shop where they are kept. Refuses to cache them: what the merchant saved counts at once."""

from __future__ import annotations

from saleor_mailflow import host
from saleor_mailflow.conf import ShopSettings, read_settings
from saleor_mailflow.models import Shop


def settings_of(shop: Shop) -> ShopSettings:
    """Return a shop's settings: Saleor's plugin configuration inside Saleor (one query), our own row outside it."""
    raw = host.plugin_settings() if shop.road == Shop.Road.PLUGIN and host.inside_saleor() else shop.settings
    return read_settings(raw)
