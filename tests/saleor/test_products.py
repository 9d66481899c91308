"""What is for sale in a real Saleor: first all that is not, then that the rest is what Saleor's own API says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from saleor.graphql.tests.utils import get_graphql_content
from saleor.product.models import ProductChannelListing, ProductVariantChannelListing
from saleor.warehouse.models import Allocation, Stock
from shopper import gid

from saleor_mailflow.shop.orm import OrmShop

pytestmark = pytest.mark.django_db

VARIANT = """
query($id: ID!, $channel: String!) {
  productVariant(id: $id, channel: $channel) {
    quantityAvailable name
    product { id slug isAvailable isAvailableForPurchase category { id } collections { id } }
    pricing { price { gross { amount currency } } priceUndiscounted { gross { amount } } }
  }
}
"""


@pytest.fixture
def orm():
    return OrmShop()


@pytest.fixture
def one(product):
    """A variant with ten in stock."""
    return product.variants.get()


def see(orm, variant):
    return orm.variants([gid("ProductVariant", variant.pk)], ["main"]).get(("main", gid("ProductVariant", variant.pk)))


def shelf(orm, product, languages=()):
    return orm.products([gid("Product", product.pk)], ["main"], languages).get(("main", gid("Product", product.pk)))


def _unpublished(product):
    ProductChannelListing.objects.update(is_published=False)


def _published_tomorrow(product):
    ProductChannelListing.objects.update(published_at=timezone.now() + timedelta(days=1))


def _for_sale_tomorrow(product):
    ProductChannelListing.objects.update(available_for_purchase_at=timezone.now() + timedelta(days=1))


def _never_for_sale(product):
    ProductChannelListing.objects.update(available_for_purchase_at=None)


def _without_a_price(product):
    ProductVariantChannelListing.objects.update(price_amount=None, discounted_price_amount=None)


def _sold_out(product):
    Stock.objects.update(quantity=0)


def _in_a_closed_channel(product):
    product.channel_listings.get().channel.__class__.objects.update(is_active=False)


def _in_a_warehouse_of_no_channel(product):
    for warehouse in {stock.warehouse for stock in Stock.objects.all()}:
        warehouse.channels.clear()


@pytest.mark.parametrize(
    "happens",
    [
        _unpublished,
        _published_tomorrow,
        _for_sale_tomorrow,
        _never_for_sale,
        _without_a_price,
        _sold_out,
        _in_a_closed_channel,
        _in_a_warehouse_of_no_channel,
    ],
)
def test_what_nobody_could_buy_is_not_for_sale(orm, product, one, happens):
    assert see(orm, one).buyable
    assert shelf(orm, product).available
    happens(product)
    seen, listed = see(orm, one), shelf(orm, product)
    assert seen is None or not seen.buyable
    assert listed is None or not listed.available


def test_what_is_promised_to_others_is_not_left(orm, product, one, order_line):
    stock = one.stocks.get()
    Allocation.objects.create(order_line=order_line, stock=stock, quantity_allocated=10)
    assert see(orm, one).quantity == 0
    one.track_inventory = False
    one.save()
    assert see(orm, one).quantity is None
    assert see(orm, one).buyable


def test_stock_that_ships_nowhere_counts_only_where_the_shop_says_so(orm, product, one, site_settings):
    flag = "use_legacy_shipping_zone_stock_availability"
    for stock in one.stocks.all():
        stock.warehouse.shipping_zones.clear()
    assert not see(orm, one).buyable
    if not hasattr(site_settings, flag):
        return  # this Saleor always goes by shipping zones
    setattr(site_settings, flag, False)
    site_settings.save()
    assert see(orm, one).quantity == 10


def test_what_is_not_shown_in_lists_is_not_recommended_but_may_be_bought(orm, product, one):
    ProductChannelListing.objects.update(visible_in_listings=False)
    assert see(orm, one).buyable
    assert not shelf(orm, product).available


def test_outside_and_unknown_ids_are_simply_not_there(orm, product, one):
    assert orm.variants(["", "nonsense", gid("Product", product.pk), gid("ProductVariant", 10**9)], ["main"]) == {}
    assert orm.products([gid("Product", 10**9)], ["main", "no-such-channel"], ["en"]) == {}


def test_a_variant_is_what_the_api_says(orm, product, one, published_collection, api_client):
    published_collection.products.add(product)
    ProductVariantChannelListing.objects.filter(variant=one).update(discounted_price_amount=Decimal(8))
    told = get_graphql_content(
        api_client.post_graphql(VARIANT, {"id": gid("ProductVariant", one.pk), "channel": "main"})
    )["data"]["productVariant"]
    seen = see(orm, one)
    assert seen.quantity == told["quantityAvailable"] == 10
    assert seen.price == Decimal(str(told["pricing"]["price"]["gross"]["amount"])) == 8
    assert seen.undiscounted == Decimal(str(told["pricing"]["priceUndiscounted"]["gross"]["amount"])) == 10
    assert seen.currency == told["pricing"]["price"]["gross"]["currency"]
    assert (seen.product_ref, seen.product_slug) == (told["product"]["id"], told["product"]["slug"])
    assert seen.category_ref == told["product"]["category"]["id"]
    assert seen.collection_refs == {collection["id"] for collection in told["product"]["collections"]}
    assert seen.cost == 1


def test_a_product_speaks_the_language_and_has_the_price_of_its_cheapest(orm, product_with_image, one, channel_USD):
    product_with_image.translations.create(language_code="de", name="Buntes Hemd")
    seen = shelf(orm, product_with_image, ["de-at", "pl"])
    assert (seen.name_in("de-at"), seen.name_in("pl")) == ("Buntes Hemd", product_with_image.name)
    assert (seen.slug, seen.category_name) == (product_with_image.slug, product_with_image.category.name)
    assert seen.image_url.startswith("https://example.com/thumbnail/")
    assert (seen.price, seen.cost, seen.available) == (10, 1, True)


def test_any_number_of_goods_takes_the_same_queries(orm, product, product_list):
    variants = [gid("ProductVariant", v.pk) for p in product_list for v in p.variants.all()]
    products = [gid("Product", p.pk) for p in product_list]
    with CaptureQueriesContext(connection) as few:
        orm.variants(variants[:1], ["main"])
        orm.products(products[:1], ["main"], ["de"])
    with CaptureQueriesContext(connection) as many:
        assert len(orm.variants(variants, ["main"])) == len(variants) > 2
        assert len(orm.products(products, ["main"], ["de"])) == len(products) > 2
    assert len(many) == len(few) <= 8 + 12
