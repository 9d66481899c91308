"""What we read from Saleor's tables is what Saleor's own API says, in a fixed number of queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from saleor.attribute import models as attribute_models
from saleor.checkout.models import Checkout
from saleor.graphql.tests.utils import get_graphql_content
from saleor.order.models import Order
from saleor.payment.models import Payment, TransactionEvent, TransactionItem
from shopper import call, gid

from saleor_mailflow import host
from saleor_mailflow.shop.gateway import BuyerQuestion
from saleor_mailflow.shop.orm import OrmShop
from saleor_mailflow.shop.snapshots import PaymentState

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CHECKOUT = """
query($id: ID!, $language: LanguageCodeEnum!) {
  checkout(id: $id) {
    email languageCode created updatedAt
    channel { slug currencyCode }
    totalPrice { gross { amount currency } }
    lines {
      quantity isGift
      unitPrice { gross { amount } } totalPrice { gross { amount } } undiscountedUnitPrice { amount }
      variant {
        id name translation(languageCode: $language) { name }
        product { id name slug translation(languageCode: $language) { name } thumbnail(size: 256) { url alt } }
      }
    }
  }
}
"""
ORDER = """
query($id: ID!) {
  order(id: $id) {
    number userEmail status origin isPaid created checkoutId languageCodeEnum
    channel { slug } total { gross { amount currency } } totalRefunded { amount }
    lines {
      productName variantName productVariantId quantity unitPrice { gross { amount } } totalPrice { gross { amount } }
    }
  }
}
"""


def question(key: int = 1, **facts) -> BuyerQuestion:
    return BuyerQuestion(**{"key": key, "token": "", "email": "", "user_ref": "", "since": LONG_AGO, **facts})


@pytest.fixture
def orm():
    return OrmShop()


def test_outside_and_unknown_ids_are_simply_not_there(orm, guest, goods):
    token = guest.put(goods)
    assert set(orm.checkouts([token, "not-a-uuid", "00000000-0000-4000-8000-000000000000"])) == {token}
    assert orm.customers(["", "nonsense", gid("Order", 1), gid("User", 10**9)]) == {}
    assert orm.orders([]) == {}


def test_a_checkout_is_what_the_api_says(
    orm, guest, goods, product_with_image, app_api_client, permission_manage_checkouts
):
    goods.product.translations.create(language_code="de", name="Buntes Hemd")
    token = guest.put(goods, 2, email="Ada@Example.com", language="DE")
    guest.say_address()
    content = get_graphql_content(
        app_api_client.post_graphql(
            CHECKOUT,
            {"id": guest.checkout_id, "language": "DE"},
            permissions=[permission_manage_checkouts],
            check_no_permissions=False,
        )
    )["data"]["checkout"]
    seen = orm.checkouts([token])[token]
    assert seen.email.lower() == content["email"].lower() == "ada@example.com"
    assert (seen.channel, seen.currency, seen.language) == ("main", "USD", "de")
    assert seen.total == Decimal(str(content["totalPrice"]["gross"]["amount"]))
    assert seen.country == "DE"
    assert (seen.first_name, seen.last_name) == ("Ada", "Marlow")
    assert (seen.user_ref, seen.user_is_staff, seen.payment) == ("", False, PaymentState.NONE)
    (line,), (told,) = seen.lines, content["lines"]
    assert line.variant_ref == told["variant"]["id"]
    assert line.product_ref == told["variant"]["product"]["id"]
    assert line.product_name == told["variant"]["product"]["translation"]["name"] == "Buntes Hemd"
    assert line.variant_name == told["variant"]["name"]
    assert line.product_slug == told["variant"]["product"]["slug"]
    assert line.quantity == told["quantity"] == 2
    assert line.unit_price == Decimal(str(told["unitPrice"]["gross"]["amount"]))
    assert line.total_price == Decimal(str(told["totalPrice"]["gross"]["amount"]))
    assert line.undiscounted_unit_price == Decimal(str(told["undiscountedUnitPrice"]["amount"]))
    thumbnail = told["variant"]["product"]["thumbnail"]
    assert line.image_url == (thumbnail["url"] if thumbnail else "")


def test_a_picture_is_an_absolute_address_that_outlives_its_thumbnail(orm, guest, product_with_image, goods):
    # ``goods`` belongs to the product that has the picture.
    assert goods.product == product_with_image
    token = guest.put(goods)
    (line,) = orm.checkouts([token])[token].lines
    assert line.image_url.startswith("https://example.com/thumbnail/")
    assert line.image_url.endswith("/256/")


def test_prices_are_there_before_saleor_worked_them_out(orm, guest, goods):
    token = guest.put(goods, 3)
    row = Checkout.objects.get(token=token)
    assert row.total_gross_amount == 0
    seen = orm.checkouts([token])[token]
    price = goods.channel_listings.get(channel=row.channel).discounted_price_amount
    assert (seen.lines[0].unit_price, seen.total) == (price, 3 * price)
    row.refresh_from_db()
    assert row.total_gross_amount == 0


def test_prices_follow_a_quantity_whose_price_nobody_asked_for(orm, guest, goods):
    token = guest.put(goods, 1)
    guest.add(goods, 1)
    assert orm.checkouts([token])[token].lines[0].quantity == 2
    call(
        guest.client,
        "mutation($id: ID!, $lines: [CheckoutLineUpdateInput!]!) "
        "{ checkoutLinesUpdate(id: $id, lines: $lines) { errors { field message code } } }",
        id=guest.checkout_id,
        lines=[{"variantId": gid("ProductVariant", goods.pk), "quantity": 5}],
    )
    seen = orm.checkouts([token])[token]
    price = goods.channel_listings.get(channel__slug="main").discounted_price_amount
    assert (seen.lines[0].quantity, seen.lines[0].total_price) == (5, 5 * price)


def test_a_member_is_known_by_account(orm, member, goods, customer_user, address):
    customer_user.metadata = {"newsletter": "yes"}
    customer_user.save()
    token = member.put(goods)
    member.note("gift", "true")
    seen = orm.checkouts([token])[token]
    assert seen.email == customer_user.email
    assert seen.user_ref == gid("User", customer_user.pk)
    assert seen.user_metadata == {"newsletter": "yes"}
    assert seen.metadata == {"gift": "true"}
    assert (seen.first_name, seen.last_name) == (customer_user.first_name, customer_user.last_name)
    assert seen.country == customer_user.default_shipping_address.country.code


def test_without_any_address_the_channels_country_counts(orm, guest, goods, channel_USD):
    channel_USD.default_country = "PL"
    channel_USD.save()
    token = guest.put(goods)
    assert orm.checkouts([token])[token].country == "PL"


@pytest.mark.parametrize("read", ["checkouts", "orders", "customers"])
def test_twenty_take_as_many_queries_as_one(read, orm, guest, goods, user_list, customer_user):
    if read == "customers":
        ids = [gid("User", customer_user.pk), *(gid("User", user.pk) for user in user_list)]
    else:
        ids = []
        for number in range(20):
            ids.append(guest.put(goods, number % 3 + 1, email=f"{number}@example.com"))
            if read == "orders":
                ids[-1] = guest.buy()
    counts = []
    for batch in (ids[:1], ids):
        with CaptureQueriesContext(connection) as queries:
            assert len(getattr(orm, read)(batch)) == len(batch)
        counts.append(len(queries))
    # An account has attributes of its own since 3.23.26: one query more.
    accounts = 2 if hasattr(attribute_models, "AssignedUserAttributeValue") else 1
    assert counts[0] == counts[1] == {"checkouts": 10, "orders": 6, "customers": accounts}[read]


def test_an_order_is_what_the_api_says(orm, guest, goods, staff_api_client, permission_group_manage_orders):
    permission_group_manage_orders.user_set.add(staff_api_client.user)
    token = guest.put(goods, 2, email="Ada@Example.com")
    order_id = guest.buy()
    told = get_graphql_content(staff_api_client.post_graphql(ORDER, {"id": gid("Order", order_id)}))["data"]["order"]
    seen = orm.orders([order_id])[order_id]
    assert seen.number == told["number"]
    assert seen.token == token
    assert seen.email == told["userEmail"]
    assert (seen.status, seen.origin, seen.paid) == (told["status"], told["origin"], told["isPaid"])
    assert seen.channel == told["channel"]["slug"]
    assert seen.total == Decimal(str(told["total"]["gross"]["amount"]))
    assert seen.total_refunded == Decimal(str(told["totalRefunded"]["amount"]))
    assert seen.counts_as_purchase
    (line,), (line_told,) = seen.lines, told["lines"]
    assert (line.product_name, line.variant_name) == (line_told["productName"], line_told["variantName"])
    assert line.quantity == line_told["quantity"] == 2
    assert line.unit_price == Decimal(str(line_told["unitPrice"]["gross"]["amount"]))
    assert line.total_price == Decimal(str(line_told["totalPrice"]["gross"]["amount"]))
    assert line.variant_ref == gid("ProductVariant", goods.pk)


def test_refunds_of_an_order_are_counted(orm, guest, goods):
    guest.put(goods, email="ada@example.com")
    order_id = guest.buy()
    TransactionItem.objects.create(order_id=order_id, currency="USD", charged_value=4, refunded_value=3)
    TransactionItem.objects.create(order_id=order_id, currency="USD", refunded_value=Decimal("1.5"))
    assert orm.orders([order_id])[order_id].total_refunded == Decimal("4.5")


def test_a_draft_is_no_purchase(orm, draft_order):
    assert not orm.orders([str(draft_order.pk)])[str(draft_order.pk)].counts_as_purchase
    assert orm.bought([question(email=draft_order.user_email.lower())]) == {}


@pytest.fixture
def pay(guest, goods, orm):
    """Return the state of a checkout after something happened to its money."""

    def state(*, charge="none", authorize="none", payments=(), **values) -> PaymentState:
        last_event = values.pop("last_event", None)
        token = guest.put(goods, email="ada@example.com")
        if values or last_event:
            item = TransactionItem.objects.create(checkout_id=token, currency="USD", **values)
            if last_event:
                TransactionEvent.objects.create(transaction=item, type="info", currency="USD")
                TransactionEvent.objects.create(transaction=item, type=last_event, currency="USD")
                TransactionEvent.objects.create(transaction=item, type="info", currency="USD")
        for payment in payments:
            Payment.objects.create(checkout_id=token, gateway="dummy", currency="USD", total=10, **payment)
        Checkout.objects.filter(token=token).update(charge_status=charge, authorize_status=authorize)
        return orm.checkouts([token])[token].payment

    return state


def test_how_far_the_money_has_come(pay):
    # A free basket: Saleor calls it full, and nobody paid.
    assert pay(charge="full", authorize="full") == PaymentState.NONE
    assert pay(last_event="charge_failure") == PaymentState.NONE
    assert pay(last_event="charge_action_required") == PaymentState.PENDING
    assert pay(last_event="authorization_request") == PaymentState.PENDING
    # Saleor counts pending money as charged.
    assert pay(charge="full", authorize="full", charge_pending_value=10) == PaymentState.PENDING
    assert pay(charge="partial", authorize="partial", charged_value=4) == PaymentState.PENDING
    assert pay(authorize="full", authorized_value=10) == PaymentState.AUTHORIZED
    assert pay(authorize="full", charge="full", charged_value=10) == PaymentState.PAID
    assert pay(authorize="full", charge="overcharged", charged_value=12) == PaymentState.PAID


def test_how_far_the_money_has_come_the_older_way(pay):
    assert pay(payments=[{"is_active": False, "charge_status": "fully-charged"}]) == PaymentState.NONE
    assert pay(payments=[{}]) == PaymentState.NONE
    assert pay(payments=[{"to_confirm": True}]) == PaymentState.PENDING
    assert pay(payments=[{"charge_status": "partially-charged"}]) == PaymentState.PENDING
    assert pay(payments=[{"charge_status": "fully-charged"}]) == PaymentState.PAID


def test_who_bought(orm, guest, member, goods, customer_user):
    token = guest.put(goods, email="Ada@Example.COM")
    order = Order.objects.get(pk=guest.buy())
    member.put(goods)
    own = Order.objects.get(pk=member.buy())
    asked = {
        "the same checkout": question(1, token=token),
        "the same address in other letters": question(2, email="ada@example.com"),
        "another address": question(3, email="bea@example.com"),
        "the same account": question(4, user_ref=gid("User", customer_user.pk)),
        "the account's address": question(5, email=customer_user.email.lower()),
        "before it counts": question(6, email="ada@example.com", since=order.created_at + timedelta(microseconds=1)),
        "in the very instant": question(7, email="ada@example.com", since=order.created_at),
        "nobody at all": question(8),
    }
    with CaptureQueriesContext(connection) as queries:
        answers = orm.bought(list(asked.values()))
    assert answers == {
        1: str(order.number),
        2: str(order.number),
        4: str(own.number),
        5: str(own.number),
        7: str(order.number),
    }
    assert len(queries) == 2


def test_an_address_of_another_script_is_found_in_both_spellings(orm, guest, goods):
    guest.put(goods, email="ada@xn--mnchen-3ya.de")
    guest.buy()
    assert list(orm.bought([question(email="ada@münchen.de")])) == [1]


def test_changes_come_oldest_first_and_never_half_of_one_moment(orm, guest, goods):
    tokens = [guest.put(goods) for _ in range(4)]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    Checkout.objects.filter(token__in=tokens[1:]).update(last_change=moment)
    Checkout.objects.filter(token=tokens[0]).update(last_change=moment - timedelta(seconds=1))
    everything = orm.changed_checkouts(LONG_AGO, 100)
    assert [at for _, at in everything] == sorted(at for _, at in everything)
    assert {token for token, _ in orm.changed_checkouts(LONG_AGO, 1)} == {tokens[0]}
    assert {token for token, _ in orm.changed_checkouts(LONG_AGO, 2)} == set(tokens)
    assert orm.changed_checkouts(moment, 100) == []


def test_orders_and_accounts_change_too(orm, guest, goods, customer_user):
    guest.put(goods, email="ada@example.com")
    order = guest.buy()
    assert order in {key for key, _ in orm.changed_orders(LONG_AGO, 100)}
    assert gid("User", customer_user.pk) in {key for key, _ in orm.changed_customers(LONG_AGO, 100)}


def test_pages_cover_everything_once_and_go_on_where_they_were_left(orm, guest, goods, user_list):
    for _ in range(5):
        guest.put(goods)
    for family in ("checkouts", "customers"):
        pages = list(orm.pages(family, "", 2))
        ids = [one for page in pages for one in page]
        assert len(ids) == len(set(ids)) == orm.count(family)
        assert all(len(page) <= 2 for page in pages)
        assert [one for page in orm.pages(family, pages[0][-1], 2) for one in page] == ids[len(pages[0]) :]
    with pytest.raises(ValueError, match="no id of checkouts"):
        next(orm.pages("checkouts", "User:1", 2))


def test_the_replica_is_read_where_it_is_asked_for(guest, goods):
    assert host.reader_alias() == "replica"
    token = guest.put(goods)
    assert token in OrmShop(host.reader_alias()).checkouts([token])


def test_the_shop_knows_who_it_is(orm, settings):
    found = orm.identity()
    assert found.public_url == "https://example.com"
    assert len(found.key_fingerprint) == 43
    settings.PUBLIC_URL = None
    assert OrmShop().identity().public_url.startswith("http")


def test_the_shops_channels_are_all_its_channels(orm, channel_USD, channel_PLN):
    channel_PLN.is_active = False
    channel_PLN.save()
    with CaptureQueriesContext(connection) as asked:
        seen = {one.slug: one for one in orm.channels()}
    assert len(asked) == 1
    assert (seen[channel_USD.slug].name, seen[channel_USD.slug].currency) == (channel_USD.name, "USD")
    assert seen[channel_PLN.slug].currency == "PLN"
