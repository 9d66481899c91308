"""The cart that comes back in a real Saleor: first what looking never does, then that pressing the button works."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.test import Client
from saleor.checkout.models import Checkout
from saleor.product.models import ProductVariant, ProductVariantChannelListing
from shopper import gid
from test_vouchers import make

from saleor_mailflow import clock
from saleor_mailflow.messages.compose import PLUGIN_PATH
from saleor_mailflow.messages.links import LinkSigner
from saleor_mailflow.models import Coupon, DeliveryEvent, Message, Offer
from saleor_mailflow.shop.goods import LostBasket, LostLine
from saleor_mailflow.shop.orm import OrmShop

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"


@pytest.fixture
def orm():
    return OrmShop()


def lost(*lines, **more):
    return LostBasket(**{"channel": "main", "language": "de", "country": "DE", "lines": tuple(lines), **more})


def line(variant, quantity=1, **more):
    return LostLine(
        **{
            "variant_ref": gid("ProductVariant", variant.pk),
            "quantity": quantity,
            "product_ref": gid("Product", variant.product_id),
            "product_slug": variant.product.slug,
            "variant_name": variant.name,
            **more,
        }
    )


def another(variant, channel, name):
    """A variant of the same product, for sale."""
    found = ProductVariant.objects.create(product=variant.product, name=name, track_inventory=False)
    ProductVariantChannelListing.objects.create(
        variant=found,
        channel=channel,
        price_amount=Decimal(12),
        discounted_price_amount=Decimal(12),
        currency=channel.currency_code,
    )
    return found


def test_nothing_is_made_where_nothing_can_be_bought(orm, goods):
    ProductVariantChannelListing.objects.all().delete()
    built = orm.rebuild(lost(line(goods)))
    assert (built.token, built.gone) == ("", 1)
    assert not Checkout.objects.exists()


def test_nobodys_name_is_on_a_cart_made_anew(orm, goods):
    built = orm.rebuild(lost(line(goods, 2)))
    made = Checkout.objects.get(token=built.token)
    assert (made.email or "", made.user, made.shipping_address, made.billing_address) == ("", None, None, None)
    assert (made.language_code, made.channel.slug) == ("de", "main")
    assert [(one.variant, one.quantity) for one in made.lines.all()] == [(goods, 2)]
    assert (built.kept, built.swapped, built.gone, built.code_applied) == (1, 0, 0, False)


def test_what_is_gone_gives_way_to_its_namesake_and_to_nothing_else(orm, goods, product_list, channel_USD):
    goods.name = "M"
    goods.save()
    other_size = another(goods, channel_USD, "L")
    wanted, gone = line(goods), line(product_list[0].variants.get(), variant_name="no such")
    product_list[0].channel_listings.all().delete()
    goods.channel_listings.all().delete()
    built = orm.rebuild(lost(wanted, gone))
    assert (built.token, built.gone) == ("", 2)
    heir = another(goods, channel_USD, "M")
    built = orm.rebuild(lost(wanted, gone))
    assert (built.kept, built.swapped, built.gone) == (0, 1, 1)
    made = Checkout.objects.get(token=built.token)
    assert [one.variant for one in made.lines.all()] == [heir]
    assert other_size.pk != heir.pk


def test_no_more_than_there_is_and_an_unknown_language_stops_nothing(orm, product):
    variant = product.variants.get()
    built = orm.rebuild(lost(line(variant, 15), language="tlh"))
    (made,) = Checkout.objects.get(token=built.token).lines.all()
    assert made.quantity == 10


def test_a_code_is_tried_and_a_bad_one_stops_nothing(orm, goods, channel_USD):
    voucher = make(channel_USD, "10")
    voucher.codes.create(code="GOOD")
    good, bad = (orm.rebuild(lost(line(goods), code=code)) for code in ("GOOD", "BAD"))
    assert (good.code_applied, bad.code_applied) == (True, False)
    assert Checkout.objects.get(token=good.token).voucher_code == "GOOD"
    assert not Checkout.objects.get(token=bad.token).voucher_code


def test_a_cleared_cart_comes_back_at_the_press_of_a_button_with_its_code(day, guest, goods, channel_USD):
    client = Client()
    day.does(guest, "put", goods, 2, email=ADA)
    day.after(hours=2)
    voucher = make(channel_USD, "10", start_date=day.now)
    Offer.objects.create(shop=day.shop, key="cart", name="Come back", vouchers=[gid("Voucher", voucher.pk)])
    day.after(hours=24)
    message = Message.objects.get(step="last_call")
    signer = LinkSigner.of(day.shop, base=PLUGIN_PATH)
    with day.clock():
        way = signer.restore(contact_id=message.contact_id, message=message.uuid, now=clock.now())
        assert client.get(way).status_code == 302
        Checkout.objects.all().delete()
        for _ in range(3):
            page = client.get(way)
            assert page.status_code == 200
            assert '<button type="submit" name="back"' in page.content.decode()
            assert ADA not in page.content.decode()
        assert not Checkout.objects.exists()
        answer = client.post(way, {"back": "1"})
        made = Checkout.objects.get()
        assert (answer.status_code, made.email or "") == (200, "")
        assert made.voucher_code == Coupon.objects.get().code
        to = answer["Refresh"].removeprefix("0; url=")
        assert to == f"https://corner.example/cart?checkout={gid('Checkout', made.token).replace('=', '%3D')}"
        assert re.search(r'<a href="https://corner\.example/cart\?checkout=', answer.content.decode())
        # Pressed once more, or opened on another device: the same cart.
        assert client.post(way, {"back": "1"})["Refresh"] == answer["Refresh"]
        assert client.get(way)["Location"] == to
        assert Checkout.objects.get() == made
    assert DeliveryEvent.objects.filter(message=message, kind="clicked").exists()


def test_a_cart_that_is_sold_out_says_so(day, guest, goods):
    client = Client()
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=2)
    message = Message.objects.get(step="reminder")
    Checkout.objects.all().delete()
    ProductVariantChannelListing.objects.all().delete()
    with day.clock():
        way = LinkSigner.of(day.shop, base=PLUGIN_PATH).restore(
            contact_id=message.contact_id, message=message.uuid, now=clock.now()
        )
        answer = client.post(way, {"back": "1"})
    assert answer.status_code == 410
    assert "Nothing of it is left" in answer.content.decode()
    assert not Checkout.objects.exists()
