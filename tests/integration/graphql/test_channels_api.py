"""Which channels a shop has, by the API: those of another shop never, those that were seen or set here."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.conf import read_settings
from saleor_mailflow.models import Basket, Brand, Contact, Purchase, Shop
from saleor_mailflow.shop.channels import channels_of
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.shop.snapshots import ChannelSnapshot
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.world import START
from tests.integration.graphql.conftest import Api

ASK = "{ channels { slug name currency } }"


def basket(shop: Shop, channel: str, number: int) -> None:
    """Take in a cart of a channel."""
    Basket.objects.create(
        shop=shop,
        token=f"{channel}{number}"[-36:],
        channel=channel,
        currency="EUR",
        active_at=START,
        created_at=START,
        last_change=START + timedelta(minutes=number),
        learned_at=START,
    )


def test_another_shops_channels_are_its_own_matter(shop: Shop) -> None:
    other = Shop.objects.create(domain="other.example", api_url="https://other.example/", road=Shop.Road.APP)
    basket(other, "theirs", 1)
    assert channels_of(shop, PayloadShop(), read_settings({})) == []


def test_a_channel_is_known_by_what_came_from_it_or_was_set_for_it(api: Api, shop: Shop) -> None:
    basket(shop, "uk", 1)
    basket(shop, "uk", 2)
    Purchase.objects.create(
        shop=shop,
        order_id="1",
        contact=Contact.objects.create(shop=shop, email="a@b.example", first_seen_at=START, updated_at=START),
        channel="de",
        currency="EUR",
        status="fulfilled",
        created_at=START,
        updated_at=START,
        learned_at=START,
    )
    Brand.objects.create(shop=shop, channel="outlet", values={}, updated_at=START)
    Brand.objects.create(shop=shop, channel="", values={}, updated_at=START)
    shop.settings = {**shop.settings, "timezone": "* = Europe/Berlin\npl = Europe/Warsaw"}
    shop.save()
    assert api.ask(ASK)["channels"] == [
        {"slug": "de", "name": "", "currency": "EUR"},
        {"slug": "outlet", "name": "", "currency": ""},
        {"slug": "pl", "name": "", "currency": ""},
        {"slug": "uk", "name": "", "currency": "EUR"},
    ]


def test_a_shop_that_can_be_asked_is_asked(shop: Shop) -> None:
    basket(shop, "closed-long-ago", 1)
    own = ChannelSnapshot(slug="default-channel", name="Default channel", currency="USD")
    assert channels_of(shop, MemoryShop(), read_settings({})) == [own]
    typed = read_settings({"timezone": "defualt-channel = Europe/Berlin"})
    assert channels_of(shop, MemoryShop(), typed) == [own, ChannelSnapshot(slug="defualt-channel")]


def test_a_large_shop_is_asked_as_much_as_a_small_one(shop: Shop, django_assert_num_queries: object) -> None:
    for number in range(3):
        basket(shop, f"c{number}", number)
    with django_assert_num_queries(7):  # type: ignore[operator]  # the fixture's type is a protocol of pytest-django
        assert len(channels_of(shop, PayloadShop(), read_settings({}))) == 3
