"""Flows in a real Saleor, each day by day: first whom they must leave alone, then whose mail arrives.

The shop's past comes by ``orderBulkCreate``, as from the shop before; everything else people and staff do themselves.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from clerk import Clerk
from saleor.discount.models import VoucherCode
from saleor.graphql.tests.utils import get_graphql_content
from saleor.warehouse.models import Stock
from shopper import ERRORS, Shopper, call

from saleor_mailflow.models import Coupon

pytestmark = pytest.mark.django_db

ADA, BOB, CARA = "ada@example.com", "bob@example.com", "cara@example.com"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def clerk(superuser_api_client, permission_group_all_perms_all_channels, channel_USD, warehouse, goods):
    # Even a superuser needs a group for Saleor to let them into a channel.
    permission_group_all_perms_all_channels.user_set.add(superuser_api_client.user)
    Stock.objects.create(warehouse=warehouse, product_variant=goods, quantity=1000)
    return Clerk(superuser_api_client, channel_USD, warehouse)


@pytest.fixture
def visitor(api_client, channel_USD, goods):
    """Make somebody without an account; each has a checkout of their own."""
    return lambda: Shopper(api_client, channel_USD.slug)


def buys(day, shopper, goods, email, quantity=1) -> str:
    """Let somebody fill a cart and buy it at once; return the order's id."""
    day.does(shopper, "put", goods, quantity, email=email)
    return str(day.does(shopper, "buy"))


def registers(client, email: str, **metadata: str) -> None:
    """Open an account, with what a storefront asks for noted on it."""
    call(
        client,
        f"mutation($input: AccountRegisterInput!) {{ accountRegister(input: $input) {{ {ERRORS} }} }}",
        input={
            "email": email,
            "password": "correct horse battery",
            "firstName": "Ada",
            "redirectUrl": "https://www.example.com/confirm",
            "channel": "main",
            "metadata": [{"key": key, "value": value} for key, value in metadata.items()],
        },
    )


def times(day) -> dict[str, list[tuple[str, timedelta]]]:
    """Return {address: [(step, time since START)]} of all that was taken, once it is seen to lie at the mail server."""
    found: dict[str, list[tuple[str, timedelta]]] = {}
    for email, step, at in day.sent():
        found.setdefault(email, []).append((step, at))
    there = [mail["To"].addresses[0].addr_spec for mail in day.arrived()]
    assert sorted(there) == sorted(email for email, _, _ in day.sent())
    return found


def parts(mail) -> tuple[str, str]:
    """Return a mail's HTML and its text."""
    return mail.get_body(("html",)).get_content(), mail.get_body(("plain",)).get_content()


def test_thank_you_waits_for_the_money_and_not_for_a_cancelled_order(day, clerk, visitor, goods):
    day.does(clerk, "begin_with", "thank_you", "order.paid")
    day.does(clerk, "switch_on", "thank_you")
    paid, cancelled, unpaid = (
        buys(day, visitor(), goods, email, number) for number, email in enumerate((ADA, BOB, CARA), 1)
    )
    day.after(hours=3)
    assert day.sent() == [], "nobody has paid"
    day.does(clerk, "mark_paid", paid)
    day.does(clerk, "mark_paid", cancelled)
    day.after(minutes=30)
    day.does(clerk, "cancel", cancelled)
    day.after(days=4)
    (mail,) = day.arrived()
    ((step, at),) = times(day)[ADA]
    assert step == "thanks"
    assert timedelta(0) <= at - 4 * HOUR < timedelta(minutes=5)
    assert day.exits() == ["cancelled", "completed"]
    for part in parts(mail):
        assert goods.product.name in part
    assert unpaid not in str(mail)


def test_win_back_at_the_customers_own_rhythm_until_they_order(day, clerk, visitor, goods):
    def every_20_days(email, last):
        return [(email, day.now - (last + 20 * number) * DAY, 10) for number in range(4)]

    day.does(clerk, "import_orders", every_20_days(ADA, 35) + every_20_days(BOB, 35) + every_20_days(CARA, 200), goods)
    day.after(hours=1)
    day.does(clerk, "switch_on", "win_back")
    day.after(days=3)
    assert day.sent() == [], "one is not away yet, and the other's time is long past"
    buys(day, visitor(), goods, BOB)
    day.after(days=13)
    dora = visitor()
    said = times(day)
    assert set(said) == {ADA}
    assert [step for step, _ in said[ADA]] == ["hello_again", "offer"]
    hello, offer = (at for _, at in said[ADA])
    assert 5 * DAY <= hello < 6 * DAY, "forty days after the last order"
    assert 12 * DAY <= offer < 14 * DAY
    assert "40 days" in parts(day.arrived()[0])[1]
    buys(day, dora, goods, ADA)
    day.after(days=14)
    assert [step for step, _ in times(day)[ADA]] == ["hello_again", "offer"], "the order ends it"
    assert day.exits() == ["ordered"]


def test_the_last_mail_about_a_cart_carries_a_code_that_works(day, clerk, visitor, goods):
    voucher = day.does(clerk, "voucher", 10, start=day.now - HOUR)
    day.does(clerk, "offer", "cart", voucher)
    ada, bob = visitor(), visitor()
    day.does(ada, "put", goods, 2, email=ADA)
    day.does(bob, "put", goods, 3, email=BOB)
    day.after(hours=5)
    day.does(bob, "buy")
    assert list(VoucherCode.objects.values_list("code", flat=True)) == ["BY-HAND"]
    day.after(hours=20)
    said = times(day)
    assert [step for step, _ in said[BOB]] == ["reminder"]
    assert [step for step, _ in said[ADA]] == ["reminder", "last_call"]
    coupon = Coupon.objects.get(state="given")
    assert set(VoucherCode.objects.values_list("code", flat=True)) == {"BY-HAND", coupon.code}, "none for who bought"
    for part in parts(day.arrived()[-1]):
        assert coupon.code in part
    with day.clock():
        response = ada.client.post_graphql(
            "mutation($id: ID!, $code: String!) { checkoutAddPromoCode(id: $id, promoCode: $code) "
            "{ errors { code } checkout { totalPrice { gross { amount } } } } }",
            {"id": ada.checkout_id, "code": coupon.code},
        )
    answer = get_graphql_content(response)["data"]["checkoutAddPromoCode"]
    assert answer["errors"] == []
    assert Decimal(str(answer["checkout"]["totalPrice"]["gross"]["amount"])) == 18
    day.does(ada, "buy")
    day.after(hours=1)
    coupon.refresh_from_db()
    assert coupon.state == "used"
