"""Which channels a shop has: what it says itself, and what we have seen or were told. Refuses to read whole tables.

A shop that speaks by webhooks only is known by what came of it: the newest baskets, a sample of all purchases, and
whatever the merchant has already set for one channel. A channel that none of these names is not in the list.
"""

from __future__ import annotations

from collections.abc import Iterator

from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.models import Basket, BestSeller, Brand, Flow, Purchase, Shop, SignUpForm, TemplateVersion
from saleor_mailflow.shop.gateway import ChannelList, ShopGateway
from saleor_mailflow.shop.snapshots import ChannelSnapshot

#: Rows of baskets and of purchases that are looked at: enough to meet any channel with one order in a thousand.
SAMPLE = 5_000


def channels_of(shop: Shop, gateway: ShopGateway, settings: ShopSettings) -> list[ChannelSnapshot]:
    """Return the shop's channels by slug, names and currencies where they are known.

    One query to a shop that can be asked, besides those for what the merchant has set; two more to one that cannot.
    Raises nothing: a channel that a setting names and the shop lacks is listed by its slug, so that it can be mended.
    """
    found: dict[str, ChannelSnapshot] = {}
    if isinstance(gateway, ChannelList):
        found = {one.slug: one for one in gateway.channels()}
    else:
        for slug, currency in _seen(shop):
            found.setdefault(slug, ChannelSnapshot(slug=slug, currency=currency))
    for slug in _set(shop, settings):
        found.setdefault(slug, ChannelSnapshot(slug=slug))
    return [found[slug] for slug in sorted(found) if slug]


def _seen(shop: Shop) -> Iterator[tuple[str, str]]:
    """Yield (slug, currency) of what came by webhooks, each sample by an index that begins with the shop."""
    baskets = Basket.objects.filter(shop=shop).order_by("-last_change").values_list("channel", "currency")
    yield from dict.fromkeys(baskets[:SAMPLE])
    # Ids of orders are random, so that the first of them are a fair sample of all times.
    purchases = Purchase.objects.filter(shop=shop).order_by("order_id").values_list("channel", "currency")
    yield from dict.fromkeys(purchases[:SAMPLE])
    sold = BestSeller.objects.filter(shop=shop).order_by("channel").values_list("channel", flat=True).distinct()
    yield from ((slug, "") for slug in sold)


def _set(shop: Shop, settings: ShopSettings) -> Iterator[str]:
    """Yield the channels for which the merchant has set something."""
    for mapping in (settings.storefront_links, settings.lawful_basis, settings.timezone, settings.entities):
        yield from (slug for slug in mapping if slug != "*")
    for model in (Brand, SignUpForm, TemplateVersion):
        yield from model._default_manager.filter(shop=shop).values_list("channel", flat=True).order_by().distinct()
    for switches in Flow.objects.filter(shop=shop).exclude(channels={}).values_list("channels", flat=True):
        yield from switches
