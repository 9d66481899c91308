"""A cart mail shows what can be bought, at what it costs: first the mails that do not leave."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from saleor_mailflow.audience.facts import BasketSight, see_baskets
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.messages.stock import as_for_sale, nothing_left
from saleor_mailflow.models import Basket, Message
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.memory_shop import line
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World.begin(lawful_basis={"*": "none"})


def two_things(world: World, email: str = "anna@example.com") -> None:
    world.people.checkout(START, email=email, lines=[line("Linen shirt"), line("Felt hat", price="20.00", quantity=3)])


def test_nobody_is_asked_back_to_a_cart_of_which_nothing_is_left(world: World) -> None:
    two_things(world)
    world.people.sell("Linen shirt", quantity=0)
    world.people.sell("Felt hat", price="20.00", listed=False)
    world.after(hours=1)
    assert world.blocked() == [("reminder", "nothing_left")]
    assert "sold out or no longer for sale" in sentence("nothing_left")


def test_a_gift_alone_is_nothing_to_come_back_for(world: World) -> None:
    world.people.checkout(START, lines=[line("Linen shirt"), replace(line("Sample", price="0.00"), is_gift=True)])
    world.people.sell("Linen shirt", quantity=0)
    world.after(hours=1)
    assert world.blocked() == [("reminder", "nothing_left")]


def test_it_is_asked_anew_for_the_second_mail(world: World) -> None:
    two_things(world)
    world.after(hours=2)
    world.people.sell("Linen shirt", quantity=0)
    world.people.sell("Felt hat", price="20.00", quantity=0)
    world.after(hours=30)
    assert [step for _, step, _ in world.sent()] == ["reminder"]
    assert world.blocked() == [("last_call", "nothing_left")]


def test_what_is_gone_is_left_out_and_the_rest_costs_what_it_costs_now(world: World) -> None:
    two_things(world)
    world.people.sell("Linen shirt", quantity=0)
    world.people.sell("Felt hat", price="15.00", undiscounted="20.00", quantity=2)
    world.after(hours=1)
    (mail,) = world.mails
    assert "Felt hat" in mail.text
    assert "Linen shirt" not in mail.text
    assert "$30.00" in mail.text
    assert "$60.00" not in mail.text


def test_a_shop_that_cannot_be_asked_is_taken_at_its_word(world: World) -> None:
    two_things(world)
    world.after(minutes=30)
    told = see_baskets(world.shop.pk, PayloadShop(), {Basket.objects.get().pk: START})
    assert as_for_sale(PayloadShop(), told) is told


def test_the_shelf_is_asked_once_for_all_carts_of_a_batch(world: World) -> None:
    for number in range(5):
        two_things(world, f"person{number}@example.com")
    world.after(minutes=59)
    world.people.asked.clear()
    world.after(minutes=1)
    assert Message.objects.filter(state="accepted").count() == 5
    gates = world.people.asked["variants"]
    one = World.begin(domain="other.example", lawful_basis={"*": "none"})
    two_things(one)
    one.after(minutes=59)
    one.people.asked.clear()
    one.after(minutes=1)
    assert one.people.asked["variants"] == gates


@pytest.mark.parametrize(
    ("in_the_cart", "listed_then", "now", "listed_now", "voucher", "shown"),
    [
        # (unit price, price without promotions) then; (price, price without promotions) now.
        ("64.00", "64.00", "64.00", "64.00", False, "64.00"),
        ("64.00", "64.00", "49.00", "64.00", False, "49.00"),
        ("49.00", "64.00", "64.00", "64.00", False, "64.00"),
        ("64.00", "64.00", "70.00", "70.00", False, "70.00"),
        # A voucher on the cart takes off what no list knows.
        ("57.60", "64.00", "64.00", "64.00", True, "57.60"),
        ("57.60", "64.00", "70.00", "70.00", True, "70.00"),
        # Tax on top of a net list price is no other price.
        ("68.48", "64.00", "64.00", "64.00", False, "68.48"),
        ("68.48", "64.00", "80.00", "80.00", False, "80.00"),
    ],
)
def test_a_price_is_another_one_where_the_list_says_so(
    world: World, in_the_cart: str, listed_then: str, now: str, listed_now: str, voucher: bool, shown: str
) -> None:
    world.people.sell("Linen shirt", price=now, undiscounted=listed_now)
    plain = replace(line(price=in_the_cart), undiscounted_unit_price=Decimal(listed_then))
    world.people.checkout(START, lines=[plain], voucher_code="SPRING" if voucher else "")
    world.after(minutes=30)
    seen: BasketSight = see_baskets(world.shop.pk, world.people, {Basket.objects.get().pk: START})[
        Basket.objects.get().pk
    ]
    fresh = as_for_sale(world.people, {1: seen})[1]
    assert [row["unit_price"] for row in fresh.lines] == [shown]
    assert not nothing_left(fresh)
