"""Codes of our making in a real Saleor: first those that are not made or not taken back, then that they work."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from saleor.discount import DiscountValueType, VoucherType
from saleor.discount.models import Voucher, VoucherChannelListing, VoucherCode
from saleor.graphql.tests.utils import get_graphql_content
from shopper import gid

from saleor_mailflow import failpoints
from saleor_mailflow.models import Coupon, Message, Offer
from saleor_mailflow.shop.gateway import CheckoutBuilder, ProductShelf, VoucherBook
from saleor_mailflow.shop.goods import NewCode, VoucherKind
from saleor_mailflow.shop.orm import OrmShop

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"


@pytest.fixture
def orm():
    return OrmShop()


def make(channel, value="10", kind=DiscountValueType.PERCENTAGE, minimum=None, **more):
    voucher = Voucher.objects.create(**{"name": "Spring", "discount_value_type": kind, "single_use": True, **more})
    VoucherChannelListing.objects.create(
        voucher=voucher,
        channel=channel,
        discount_value=Decimal(value),
        currency=channel.currency_code,
        min_spent_amount=minimum,
    )
    return voucher


def try_code(shopper, code):
    """Put a code on the checkout; return Saleor's error codes and what the checkout costs then."""
    payload = shopper.client.post_graphql(
        "mutation($id: ID!, $code: String!) { checkoutAddPromoCode(id: $id, promoCode: $code) "
        "{ errors { code } checkout { totalPrice { gross { amount } } discount { amount } } } }",
        {"id": shopper.checkout_id, "code": code},
    )
    answer = get_graphql_content(payload)["data"]["checkoutAddPromoCode"]
    return [error["code"] for error in answer["errors"]], answer["checkout"]


def test_the_shop_in_the_same_database_can_be_asked_for_all_of_it(orm):
    assert isinstance(orm, VoucherBook)
    assert isinstance(orm, ProductShelf)
    assert isinstance(orm, CheckoutBuilder)


def test_no_code_is_made_for_a_voucher_that_is_gone_or_for_what_is_none(orm, channel_USD):
    ref = gid("Voucher", make(channel_USD).pk)
    Voucher.objects.all().delete()
    wanted = [NewCode(voucher_ref=ref, code="A"), NewCode(voucher_ref="nonsense", code="B")]
    assert orm.mint(wanted) == frozenset()
    with connection.cursor() as cursor:
        # What waits for the commit is asked now: nothing of ours would undo it.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not VoucherCode.objects.exists()
    assert orm.vouchers([ref, "nonsense"]) == {}


def test_a_code_that_another_voucher_has_is_not_taken_for_ours(orm, channel_USD):
    theirs, ours = make(channel_USD), make(channel_USD)
    VoucherCode.objects.create(voucher=theirs, code="SPRING")
    wanted = [
        NewCode(voucher_ref=gid("Voucher", ours.pk), code="SPRING"),
        NewCode(voucher_ref=gid("Voucher", ours.pk), code="SUMMER"),
    ]
    assert orm.mint(wanted) == orm.mint(wanted) == {"SUMMER"}
    assert set(ours.codes.values_list("code", flat=True)) == {"SUMMER"}


def test_a_code_that_was_used_is_never_taken_back(orm, guest, goods, channel_USD):
    voucher = make(channel_USD)
    orm.mint([NewCode(voucher_ref=gid("Voucher", voucher.pk), code=code) for code in ("USED", "LOST")])
    guest.put(goods, email=ADA)
    assert try_code(guest, "USED")[0] == []
    guest.buy()
    assert orm.unmint(["USED", "LOST", "NEVER-THERE"]) == {"LOST", "NEVER-THERE"}
    assert list(voucher.codes.values_list("code", flat=True)) == ["USED"]
    number = orm.used(["USED", "LOST"])
    assert set(number) == {"USED"}
    assert number["USED"].isdecimal()


@pytest.mark.parametrize(
    ("fields", "value", "kind"),
    [
        ({}, "15", VoucherKind.PERCENTAGE),
        ({"kind": DiscountValueType.FIXED}, "3.50", VoucherKind.FIXED),
        ({"apply_once_per_order": True}, "50", VoucherKind.PERCENTAGE),
        ({"type": VoucherType.SPECIFIC_PRODUCT}, "20", VoucherKind.PERCENTAGE),
        ({"type": VoucherType.SPECIFIC_PRODUCT, "kind": DiscountValueType.FIXED}, "2", VoucherKind.FIXED),
    ],
)
def test_saleor_takes_off_what_we_said_it_would(orm, guest, goods, product, channel_USD, fields, value, kind):
    from saleor_mailflow.messages.offering import Goods, discounts

    voucher = make(channel_USD, value, **fields)
    if fields.get("type"):
        voucher.products.add(goods.product)
    ref = gid("Voucher", voucher.pk)
    seen = orm.vouchers()[ref]
    assert (seen.kind, seen.single_use, seen.listings["main"].currency) == (kind, True, "USD")
    orm.mint([NewCode(voucher_ref=ref, code="TRY")])
    guest.put(goods, 3, email=ADA)
    errors, checkout = try_code(guest, "TRY")
    assert errors == []
    variant = orm.variants([gid("ProductVariant", goods.pk)], ["main"])["main", gid("ProductVariant", goods.pk)]
    (off,) = discounts(seen, [Goods(variant=variant, quantity=3)], "main")
    assert Decimal(str(checkout["totalPrice"]["gross"]["amount"])) == 3 * variant.price - off
    assert off > 0


def test_what_a_voucher_asks_for_is_read(
    orm, channel_USD, channel_PLN, product, variant, category, published_collection
):
    now = timezone.now()
    shipping = make(channel_USD, "100", type=VoucherType.SHIPPING, countries="DE,AT", end_date=now + timedelta(days=3))
    picky = make(channel_PLN, "5", minimum=Decimal(40), type=VoucherType.SPECIFIC_PRODUCT, usage_limit=9)
    picky.min_checkout_items_quantity = 2
    picky.save()
    picky.products.add(product)
    picky.variants.add(variant)
    picky.categories.add(category)
    picky.collections.add(published_collection)
    VoucherCode.objects.create(voucher=picky, code="A", used=4)
    VoucherCode.objects.create(voucher=picky, code="B", used=1)
    seen = orm.vouchers()
    one, other = seen[gid("Voucher", shipping.pk)], seen[gid("Voucher", picky.pk)]
    assert (one.kind, one.countries, one.ends_at) == (VoucherKind.SHIPPING, {"DE", "AT"}, shipping.end_date)
    assert (set(one.listings), one.whole_order, one.used) == ({"main"}, True, 0)
    assert (other.listings[channel_PLN.slug].minimum, other.minimum_quantity) == (40, 2)
    assert (other.usage_limit, other.used, other.whole_order) == (9, 5, False)
    assert other.product_refs == {gid("Product", product.pk)}
    assert other.variant_refs == {gid("ProductVariant", variant.pk)}
    assert other.category_refs == {gid("Category", category.pk)}
    assert other.collection_refs == {gid("Collection", published_collection.pk)}


def test_vouchers_take_as_many_queries_for_one_as_for_ten(orm, channel_USD):
    make(channel_USD, type=VoucherType.SPECIFIC_PRODUCT)
    with CaptureQueriesContext(connection) as few:
        orm.vouchers()
    for _ in range(9):
        make(channel_USD, type=VoucherType.SPECIFIC_PRODUCT)
    with CaptureQueriesContext(connection) as many:
        assert len(orm.vouchers()) == 10
    assert len(many) == len(few) <= 7


# In the claim


@pytest.fixture
def cart_offer(channel_USD):
    """An offer for carts, made once there is a shop."""

    def give(day, **more):
        voucher = make(channel_USD, "10", start_date=day.now - timedelta(days=1), **more)
        Offer.objects.create(shop=day.shop, key="cart", name="Come back", vouchers=[gid("Voucher", voucher.pk)])
        return voucher

    return give


def test_a_worker_that_dies_with_the_claim_open_leaves_no_code(day, guest, goods, cart_offer, monkeypatch):
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=2)
    voucher = cart_offer(day)
    monkeypatch.setattr(failpoints, "reach", lambda name, about="": 1 / 0 if name == "coupon.minted" else None)
    with pytest.raises(ZeroDivisionError):
        day.after(hours=24)
    assert voucher.codes.count() == 0
    assert (Coupon.objects.get().state, Message.objects.get(step="last_call").state) == ("reserved", "planned")
    monkeypatch.undo()
    day.after(hours=1)
    assert voucher.codes.get().code == Coupon.objects.get().code


def test_a_voucher_that_is_deleted_meanwhile_stops_no_mail(day, guest, goods, cart_offer):
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=2)
    cart_offer(day)
    day.after(hours=21)
    Voucher.objects.all().delete()
    day.after(hours=3)
    assert [step for _, step, _ in day.sent()] == ["reminder", "last_call"]
    assert Coupon.objects.get().state == "none"


def test_the_code_of_a_cart_mail_works_and_is_known_as_used(day, guest, goods, cart_offer):
    day.does(guest, "put", goods, 2, email=ADA)
    day.after(hours=2)
    voucher = cart_offer(day)
    day.after(hours=24)
    coupon = Coupon.objects.get()
    assert voucher.codes.get().code == coupon.code
    assert coupon.code in day.arrived()[-1].get_body(("plain",)).get_content()
    with day.clock():
        errors, checkout = try_code(guest, coupon.code)
    assert errors == []
    assert Decimal(str(checkout["totalPrice"]["gross"]["amount"])) == 18
    day.does(guest, "buy")
    day.after(hours=1)
    coupon.refresh_from_db()
    assert coupon.state == "used"
    assert not voucher.codes.get().is_active


def test_a_code_that_ran_out_no_longer_works(day, guest, goods, cart_offer):
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=2)
    voucher = cart_offer(day)
    Offer.objects.update(days=2)
    day.after(hours=24)
    code = voucher.codes.get().code
    day.after(days=3)
    assert (Coupon.objects.get().state, voucher.codes.count()) == ("reaped", 0)
    with day.clock():
        assert try_code(guest, code)[0]


@pytest.mark.django_db(transaction=True)
def test_no_voucher_is_locked_while_a_claim_is_open(orm, channel_USD, other_session):
    voucher = make(channel_USD)
    other_session.execute("SET lock_timeout = '1s'")
    with transaction.atomic():
        orm.mint([NewCode(voucher_ref=gid("Voucher", voucher.pk), code="OPEN")])
        # A merchant saves it, another deletes it and thinks better of it: neither waits for us.
        other_session.execute("UPDATE discount_voucher SET name = 'Summer' WHERE id = %s", [voucher.pk])
        other_session.execute("SELECT 1 FROM discount_voucher WHERE id = %s FOR UPDATE", [voucher.pk])
        other_session.rollback()
    assert voucher.codes.get().code == "OPEN"
