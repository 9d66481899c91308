"""Find the shop that a command or task is about, and the road to it. Refuses to choose between several in silence."""

from __future__ import annotations

from saleor_mailflow import host
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.shop.payload import PayloadShop


def the_shop(domain: str = "") -> Shop:
    """Return the shop of this Saleor, or the installed one with ``domain``; without a domain there must be just one.

    Raises ConfigurationError naming the shops there are.
    """
    if host.inside_saleor():
        return host.ensure_shop()
    shops = list(Shop.objects.filter(installed=True).order_by("domain"))
    found = [shop for shop in shops if not domain or shop.domain == domain]
    if len(found) == 1:
        return found[0]
    known = ", ".join(shop.domain for shop in shops) or "none is installed"
    what = f"No shop is called {domain!r}" if domain else f"There are {len(shops)} shops"
    raise ConfigurationError(f"{what}; say which one with --shop (known: {known}).", key="shop")


def gateway_for(shop: Shop, *, bulk: bool = False) -> ShopGateway:
    """Return the road to a shop. ``bulk`` reads a replica, for work that tolerates its lag."""
    if shop.road == Shop.Road.PLUGIN and host.inside_saleor():
        from saleor_mailflow.shop.orm import OrmShop

        return OrmShop(host.reader_alias()) if bulk else OrmShop()
    return PayloadShop()
