"""The eight flows in a real Saleor, each day by day: first whom they must leave alone, then whose mail arrives.

Refuses to make orders up: the shop's past is imported by ``orderBulkCreate``, all else people and staff do themselves.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from clerk import Clerk
from day import START
from saleor.discount.models import VoucherCode
from saleor.graphql.tests.utils import get_graphql_content
from saleor.warehouse.models import Stock
from shopper import ERRORS, Shopper, call

from saleor_mailflow.models import Coupon, Profile

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
    assert sorted(mail["To"].addresses[0].addr_spec for mail in day.arrived()) == sorted(
        email for email, _, _ in day.sent()
    )
    return found


def parts(mail) -> tuple[str, str]:
    """Return a mail's HTML and its text."""
    return mail.get_body(("html",)).get_content(), mail.get_body(("plain",)).get_content()


def led_to(day, client, mail) -> set[str]:
    """Return where the links of a mail lead, each followed once through this shop's own address."""
    links = set(re.findall(r'href="https://example\.com(/plugins/[^"]+)"', parts(mail)[0]))
    with day.clock():
        return {answer["Location"] for link in links if (answer := client.get(link)).status_code == 302}


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


def test_what_goes_with_it_and_two_weeks_later_the_question_how_it_was(
    day, clerk, visitor, goods, product_list, client
):
    other = product_list[1].variants.get()
    past = [(f"buyer{number}@example.com", day.now - 20 * DAY, 10) for number in range(6)]
    day.does(clerk, "import_orders", past, goods, other)
    day.does(clerk, "look", review_url="https://corner.example/review/{product_slug}")
    day.does(clerk, "switch_on", "upsell", "review_request")
    day.after(minutes=5)
    kept, returned, never_sent = (buys(day, visitor(), goods, email) for email in (ADA, BOB, CARA))
    # Saleor confirms an order with its first transaction. Bob is sent his before he pays.
    day.does(clerk, "take_money", kept, 10)
    day.does(clerk, "take_money", never_sent, 10)
    day.after(days=2)
    day.does(clerk, "fulfil", kept)
    day.does(clerk, "fulfil", returned)
    day.after(days=1)
    day.does(clerk, "take_back", returned)
    day.does(clerk, "cancel", never_sent)
    day.after(days=20)
    assert set(times(day)) == {ADA}, "what was imported begins nothing, what came back or was cancelled ends it"
    assert sorted(day.exits()) == ["cancelled", "completed", "completed", "returned", "returned"]
    (first, upsell_at), (second, review_at) = times(day)[ADA]
    assert (first, second) == ("goes_with", "ask")
    assert 5 * DAY <= upsell_at < 5 * DAY + HOUR
    assert 16 * DAY <= review_at < 16 * DAY + HOUR
    upsell, review = day.arrived()
    for part in parts(upsell):
        assert product_list[1].name in part, "bought together with it by six others"
    for part in parts(review):
        assert goods.product.name in part
    assert f"https://corner.example/review/{goods.product.slug}" in led_to(day, client, review)


def test_welcome_for_who_said_yes_and_for_nobody_else(day, clerk, api_client, channel_USD):
    day.does(clerk, "switch_on", "welcome")
    day.after(minutes=5)
    with day.clock():
        registers(api_client, BOB)
        registers(api_client, CARA, newsletter="false")
        registers(api_client, ADA, newsletter="true")
    day.after(days=5)
    said = times(day)
    assert set(said) == {ADA}
    assert [step for step, _ in said[ADA]] == ["hello", "guide", "best_sellers"]
    hello, guide, best = (at for _, at in said[ADA])
    assert hello < timedelta(minutes=6)
    assert DAY <= guide < 1.5 * DAY
    assert 3 * DAY <= best < 3.5 * DAY
    assert "Corner Shop" in parts(day.arrived()[0])[1]


def test_birthday_in_the_morning_of_a_day_known_for_a_while(day, clerk, api_client, channel_USD):
    day.settings(timezone="* = Europe/Berlin")
    day.does(clerk, "switch_on", "birthday")
    with day.clock():
        registers(api_client, BOB, birthday="1990-11-26")
        registers(api_client, CARA, birthday="2990-12-08")
        registers(api_client, ADA, birthday="1990-12-08")
    day.after(days=20)
    assert set(times(day)) == {ADA}
    ((step, at),) = times(day)[ADA]
    assert step == "day"
    assert timedelta(0) <= START + at - datetime(2026, 12, 8, 8, tzinfo=UTC) < HOUR, "at nine in Berlin"


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
    said = times(day)
    assert set(said) == {ADA}
    assert [step for step, _ in said[ADA]] == ["hello_again", "offer"]
    hello, offer = (at for _, at in said[ADA])
    assert 5 * DAY <= hello < 6 * DAY, "forty days after the last order"
    assert 12 * DAY <= offer < 14 * DAY
    assert "40 days" in parts(day.arrived()[0])[1]
    buys(day, visitor(), goods, ADA)
    day.after(days=14)
    assert [step for step, _ in times(day)[ADA]] == ["hello_again", "offer"], "the order ends it"
    assert day.exits() == ["ordered"]


def test_vip_for_who_crosses_the_line_and_keeps_what_they_bought(day, clerk, visitor, goods):
    past = [(f"buyer{number}@example.com", day.now - 60 * DAY, 5 * number) for number in range(1, 25)]
    day.does(clerk, "import_orders", past, goods)
    day.does(clerk, "switch_on", "vip")
    day.after(days=2)
    assert Profile.objects.exclude(vip_since=None).count() == 1, (
        "who stands above it in the first night is told nothing"
    )
    kept, returned = (buys(day, visitor(), goods, email, 20) for email in (ADA, BOB))
    day.does(clerk, "take_money", kept, 200)
    money = day.does(clerk, "take_money", returned, 200)
    for order in (kept, returned):
        day.does(clerk, "fulfil", order)
    day.after(days=5)
    day.does(clerk, "take_back", returned)
    day.does(clerk, "give_back", money, 200)
    day.after(days=12)
    said = times(day)
    assert set(said) == {ADA}
    ((step, at),) = said[ADA]
    assert step == "welcome"
    assert 16 * DAY <= at < 18 * DAY, "the night after the days in which it might have come back"


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
