"""What is for sale in Saleor's channels now: variants with price, cost and stock; products with names and pictures.

Refuses Saleor's own helpers for it, which ask for one channel at a time, and to count reservations: the shopper's own
cart reserves what it holds, and nobody's for longer than minutes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from saleor.channel.models import Channel
from saleor.core.prices import quantize_price
from saleor.product.models import (
    CollectionProduct,
    ProductChannelListing,
    ProductTranslation,
    ProductVariantChannelListing,
)
from saleor.shipping.models import ShippingZone
from saleor.site.models import SiteSettings
from saleor.warehouse import WarehouseClickAndCollectOption
from saleor.warehouse.models import Stock, Warehouse

from saleor_mailflow.shop.goods import ProductSnapshot, VariantSnapshot
from saleor_mailflow.shop.orm.catalogue import Picture, pictures
from saleor_mailflow.shop.orm.references import primary_keys, reference

_VARIANT = (
    "variant_id",
    "variant__name",
    "variant__product_id",
    "variant__product__slug",
    "variant__product__category_id",
    "variant__track_inventory",
    "variant__is_preorder",
    "variant__preorder_end_date",
    "channel_id",
    "channel__slug",
    "currency",
    "price_amount",
    "discounted_price_amount",
    "cost_price_amount",
)
_PRODUCT = (
    "product_id",
    "product__name",
    "product__slug",
    "product__category_id",
    "product__category__name",
    "channel__slug",
    "published_at",
    "visible_in_listings",
)


def read_variants(
    refs: Collection[str], channels: Collection[str], alias: str
) -> dict[tuple[str, str], VariantSnapshot]:
    """Return {(channel slug, variant reference): variant} for those that a channel lists. Seven queries."""
    return _variants(Q(variant_id__in=primary_keys("ProductVariant", refs)), channels, alias, collections=True)


def _variants(
    which: Q, channels: Collection[str], alias: str, *, collections: bool
) -> dict[tuple[str, str], VariantSnapshot]:
    rows = list(
        ProductVariantChannelListing.objects.using(alias)
        .filter(which, channel__slug__in=channels, channel__is_active=True)
        .order_by()
        .values(*_VARIANT)
    )
    products = {row["variant__product_id"] for row in rows}
    sold = set(_sold(products, channels, alias).values_list("product_id", "channel_id"))
    stock = _stock({row["variant_id"] for row in rows}, {row["channel_id"] for row in rows}, alias)
    grouped: dict[int, set[str]] = {}
    if collections:
        pairs = CollectionProduct.objects.using(alias).filter(product_id__in=products).order_by()
        for product, collection in pairs.values_list("product_id", "collection_id"):
            grouped.setdefault(product, set()).add(reference("Collection", collection))
    now = datetime.now(UTC)
    found = {}
    for row in rows:
        variant, product, currency = row["variant_id"], row["variant__product_id"], row["currency"]
        price = row["discounted_price_amount"] if row["discounted_price_amount"] is not None else row["price_amount"]
        snapshot = VariantSnapshot(
            ref=reference("ProductVariant", variant),
            product_ref=reference("Product", product),
            product_slug=row["variant__product__slug"],
            name=row["variant__name"] or "",
            currency=currency,
            price=None if price is None else quantize_price(price, currency),
            undiscounted=None if row["price_amount"] is None else quantize_price(row["price_amount"], currency),
            cost=row["cost_price_amount"],
            quantity=stock.get((row["channel_id"], variant), 0) if _counts_stock(row, now) else None,
            listed=(product, row["channel_id"]) in sold and row["price_amount"] is not None,
            category_ref=reference("Category", row["variant__product__category_id"]),
            collection_refs=frozenset(grouped.get(product, ())),
        )
        found[(row["channel__slug"], snapshot.ref)] = snapshot
    return found


def _counts_stock(row: dict[str, Any], now: datetime) -> bool:
    """Tell whether stock decides: not where nobody counts it, nor while it may be ordered in advance."""
    ends = row["variant__preorder_end_date"]
    preorder = row["variant__is_preorder"] and (ends is None or now <= ends)
    return bool(row["variant__track_inventory"]) and not preorder


def _sold(products: Collection[int], channels: Collection[str], alias: str) -> Any:
    """Return the listings of products that are published and for sale now."""
    now = datetime.now(UTC)
    return ProductChannelListing.objects.using(alias).filter(
        Q(published_at__isnull=True) | Q(published_at__lte=now),
        product_id__in=products,
        channel__slug__in=channels,
        channel__is_active=True,
        is_published=True,
        available_for_purchase_at__lte=now,
    )


def _stock(variants: Collection[int], channels: Collection[int], alias: str) -> dict[tuple[int, int], int]:
    """Return {(channel id, variant id): how many are left} over the warehouses that sell in the channel. Four queries.

    Which those are depends on a setting of newer Saleors: all of the channel's, or of those only the ones that also
    ship to a zone of the channel or can be collected from. The country is not asked: where it goes is not known yet.
    """
    of_channel = Channel.warehouses.through.objects.using(alias).filter(channel_id__in=channels)
    sells = set(of_channel.values_list("channel_id", "warehouse_id"))
    if _by_shipping_zone(alias):
        ships = ShippingZone.warehouses.through.objects.using(alias).filter(
            shippingzone__channels__in=channels, warehouse_id__in={warehouse for _, warehouse in sells}
        )
        collected = Warehouse.objects.using(alias).filter(
            pk__in={warehouse for _, warehouse in sells},
            click_and_collect_option__in=[
                WarehouseClickAndCollectOption.LOCAL_STOCK,
                WarehouseClickAndCollectOption.ALL_WAREHOUSES,
            ],
        )
        both = set(ships.values_list("shippingzone__channels", "warehouse_id").distinct())
        open_to_all = set(collected.values_list("pk", flat=True))
        sells = {pair for pair in sells if pair in both or pair[1] in open_to_all}
    by_warehouse: dict[Any, list[int]] = {}
    for channel, warehouse in sells:
        by_warehouse.setdefault(warehouse, []).append(channel)
    rows = Stock.objects.using(alias).filter(product_variant_id__in=variants, warehouse_id__in=list(by_warehouse))
    left: dict[tuple[int, int], int] = {}
    for warehouse, variant, quantity in rows.annotate_available_quantity().values_list(
        "warehouse_id", "product_variant_id", "available_quantity"
    ):
        for channel in by_warehouse[warehouse]:
            left[(channel, variant)] = left.get((channel, variant), 0) + max(quantity, 0)
    return left


def _by_shipping_zone(alias: str) -> bool:
    """Tell whether stock counts only where it is shipped from; Saleors without the setting always do so."""
    name = "use_legacy_shipping_zone_stock_availability"
    if not hasattr(SiteSettings, name):
        return True
    mine = SiteSettings.objects.using(alias).filter(site_id=getattr(settings, "SITE_ID", None))
    return mine.values_list(name, flat=True).first() is not False


def read_products(
    refs: Collection[str], channels: Collection[str], languages: Collection[str], alias: str
) -> dict[tuple[str, str], ProductSnapshot]:
    """Return {(channel slug, product reference): product} for those that a channel lists. Ten queries."""
    keys = primary_keys("Product", refs)
    rows = list(
        ProductChannelListing.objects.using(alias)
        .filter(product_id__in=keys, channel__slug__in=channels, channel__is_active=True)
        .order_by()
        .values(*_PRODUCT)
    )
    variants: dict[tuple[str, str], list[VariantSnapshot]] = {}
    for (channel, _), variant in _variants(Q(variant__product_id__in=keys), channels, alias, collections=False).items():
        variants.setdefault((channel, variant.product_ref), []).append(variant)
    spoken = {*languages, *(language.partition("-")[0] for language in languages)}
    names: dict[int, dict[str, str]] = {}
    for product, language, name in (
        ProductTranslation.objects.using(alias)
        .filter(product_id__in=keys, language_code__in=spoken)
        .values_list("product_id", "language_code", "name")
    ):
        if name:
            names.setdefault(product, {})[language] = name
    shown = pictures(products=keys, variants=(), alias=alias).product_pictures
    found = {}
    for row in rows:
        snapshot = _product(row, names.get(row["product_id"], {}), shown.get(row["product_id"], Picture()))
        found[(snapshot.channel, snapshot.ref)] = _priced(
            snapshot, row, variants.get((snapshot.channel, snapshot.ref), [])
        )
    return found


def _product(row: dict[str, Any], names: dict[str, str], picture: Picture) -> ProductSnapshot:
    return ProductSnapshot(
        ref=reference("Product", row["product_id"]),
        channel=row["channel__slug"],
        name=row["product__name"],
        names=names,
        slug=row["product__slug"],
        image_url=picture.url,
        image_alt=picture.alt,
        category_ref=reference("Category", row["product__category_id"]),
        category_name=row["product__category__name"] or "",
        published_at=row["published_at"],
    )


def _priced(product: ProductSnapshot, row: dict[str, Any], variants: Collection[VariantSnapshot]) -> ProductSnapshot:
    """Return the product with the price of its cheapest variant that can be bought, else that is listed."""
    listed = [one for one in variants if one.listed and one.price is not None]
    buyable = [one for one in listed if one.buyable]
    chosen = min(buyable or listed, key=lambda one: one.price or 0, default=None)
    if chosen is None:
        return product
    return replace(
        product,
        currency=chosen.currency,
        price=chosen.price,
        undiscounted=chosen.undiscounted,
        cost=chosen.cost,
        available=bool(buyable) and bool(row["visible_in_listings"]),
    )
