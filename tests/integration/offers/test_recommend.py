"""What is recommended: first what never is, then why something is, and that it costs the same for one as for many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.audience.recommend import PickAsk, Why, recommend
from saleor_mailflow.models import BestSeller, Contact, Pairing, Product, Purchase, PurchaseLine, Watermark
from saleor_mailflow.process.recommendations import reckon, recommendations_due
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CHANNEL = "default-channel"


@pytest.fixture
def world() -> World:
    world = World.begin(mode="off")
    for name, category in (("Shirt", "Tops"), ("Hat", "Hats"), ("Scarf", "Hats"), ("Socks", ""), ("Coat", "Tops")):
        world.people.sell(name, category=category)
    return world


def person(world: World, name: str) -> Contact:
    known = {"first_seen_at": START, "updated_at": START}
    return Contact.objects.get_or_create(shop=world.shop, email=f"{name}@example.com", defaults=known)[0]


def buys(world: World, email: str, *names: str, ago: timedelta = DAY, **more: object) -> None:
    """Let somebody have bought these, that long ago."""
    contact = person(world, email)
    at = world.now - ago
    purchase = Purchase.objects.create(
        shop=world.shop,
        order_id=f"order-{Purchase.objects.count()}",
        contact=contact,
        email=contact.email,
        channel=CHANNEL,
        currency="USD",
        status="FULFILLED",
        created_at=at,
        updated_at=at,
        learned_at=at,
        **more,
    )
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            purchase=purchase,
            variant_ref=f"variant:{name}",
            product_ref=f"product:{name}",
            product_name=name,
            quantity=1,
            unit_price=64,
            total_price=64,
        )
        for name in names
    )


def reckoned(world: World) -> World:
    reckon(world.shop, gateway=world.people, now=world.now)
    return world


def picks(
    world: World, kind: str, *basis: str, who: str = "zoe", most: int = 4, **more: object
) -> list[tuple[str, str]]:
    """Return (product, why) of what is recommended to somebody, in order."""
    contact = person(world, who)
    about = tuple(f"product:{name}" for name in basis)
    ask = PickAsk(contact_id=contact.pk, kind=kind, channel=CHANNEL, basis=about, **more)  # type: ignore[arg-type]
    found = recommend(world.shop.pk, [ask], gateway=world.people, now=world.now, most=most)
    return [(pick.product.name, str(pick.why)) for pick in found[contact.pk]]


def everybody_buys_a_hat_with_the_shirt(world: World) -> World:
    for person in ("anna", "ben", "cem"):
        buys(world, person, "Shirt", "Hat")
    buys(world, "dora", "Shirt")
    return world


# What is never recommended


@pytest.mark.parametrize("change", [{"quantity": 0}, {"listed": False}])
def test_nothing_that_cannot_be_bought_now(world: World, change: dict[str, object]) -> None:
    reckoned(everybody_buys_a_hat_with_the_shirt(world))
    assert picks(world, "goes_with", "Shirt") == [("Hat", "together")]
    world.people.sell("Hat", **change)  # type: ignore[arg-type]  # either of two
    assert picks(world, "goes_with", "Shirt") == []


def test_nothing_that_somebody_has_or_that_is_left_out(world: World) -> None:
    reckoned(everybody_buys_a_hat_with_the_shirt(world))
    buys(world, "zoe", "Hat")
    assert picks(world, "goes_with", "Shirt") == []
    assert picks(world, "best_sellers") == [("Shirt", "best_seller")]
    assert picks(world, "goes_with", "Shirt", who="yan", exclude=("product:Hat",)) == []


def test_what_one_person_alone_bought_together_is_chance_and_nobodys_business(world: World) -> None:
    for ago in (1, 2, 3):
        buys(world, "anna", "Shirt", "Socks", ago=ago * DAY)
    reckoned(world)
    assert not Pairing.objects.exists()


def test_drafts_and_last_years_orders_say_nothing(world: World) -> None:
    for person in ("anna", "ben"):
        buys(world, person, "Shirt", "Hat", counts=False)
        buys(world, person, "Shirt", "Socks", ago=400 * DAY)
    reckoned(world)
    assert not Pairing.objects.exists()
    assert not BestSeller.objects.exists()


def test_a_shop_that_cannot_be_asked_recommends_nothing(world: World) -> None:
    reckoned(everybody_buys_a_hat_with_the_shirt(world))
    contact = Contact.objects.all()[0]
    ask = PickAsk(contact_id=contact.pk, kind="best_sellers", channel=CHANNEL)
    assert recommend(world.shop.pk, [ask], gateway=PayloadShop(), now=world.now) == {contact.pk: []}


# Why something is


def test_bought_together_says_of_how_many(world: World) -> None:
    reckoned(everybody_buys_a_hat_with_the_shirt(world))
    contact = person(world, "zoe")
    ask = PickAsk(contact_id=contact.pk, kind="goes_with", channel=CHANNEL, basis=("product:Shirt",), key=7)
    (pick,) = recommend(world.shop.pk, [ask], gateway=world.people, now=world.now)[7]
    assert (pick.product_ref, pick.why, pick.numbers) == ("product:Hat", Why.TOGETHER, {"both": 3, "buyers": 4})
    assert (pick.of, pick.of_name) == ("product:Shirt", "Shirt")


def test_bought_next_is_what_came_later(world: World) -> None:
    for person in ("anna", "ben"):
        buys(world, person, "Shirt", ago=60 * DAY)
        buys(world, person, "Socks", ago=20 * DAY)
        buys(world, person, "Coat", ago=59 * DAY + 300 * DAY)
    reckoned(world)
    assert picks(world, "next", "Shirt")[0] == ("Socks", "next")
    assert ("Shirt", "next") not in picks(world, "next", "Socks")


def test_of_two_that_as_many_bought_the_rarer_one_comes_first(world: World) -> None:
    for person in ("anna", "ben", "cem"):
        buys(world, person, "Shirt", "Hat", "Socks")
    for number in range(30):
        buys(world, f"person{number}", "Socks")
    reckoned(world)
    reckon(world.shop, gateway=world.people, now=world.now + DAY)
    assert [name for name, _ in picks(world, "goes_with", "Shirt")] == ["Hat", "Socks"]


def test_where_pairs_run_out_comes_the_category_and_then_the_best_sellers(world: World) -> None:
    everybody_buys_a_hat_with_the_shirt(world)
    buys(world, "eva", "Scarf", ago=90 * DAY)
    buys(world, "eva", "Socks")
    reckoned(world)
    assert picks(world, "goes_with", "Hat") == [
        ("Shirt", "together"),
        ("Scarf", "category"),
        ("Socks", "best_seller"),
    ]


def test_picks_begin_with_what_somebody_bought_last(world: World) -> None:
    everybody_buys_a_hat_with_the_shirt(world)
    buys(world, "zoe", "Shirt")
    reckoned(world)
    assert picks(world, "picks")[0] == ("Hat", "together")
    assert picks(world, "picks", who="nobody")[0] == ("Shirt", "best_seller")


def test_names_are_those_of_the_language(world: World) -> None:
    world.people.sell("Hat", names={"de": "Hut"})
    reckoned(everybody_buys_a_hat_with_the_shirt(world))
    contact = person(world, "zoe")
    ask = PickAsk(contact_id=contact.pk, kind="goes_with", channel=CHANNEL, language="de", basis=("product:Shirt",))
    (pick,) = recommend(world.shop.pk, [ask], gateway=world.people, now=world.now)[contact.pk]
    assert pick.product.name_in("de-AT") == "Hut"


# Every night


def test_a_night_reckons_only_what_was_bought_since_and_comes_to_the_same(world: World) -> None:
    everybody_buys_a_hat_with_the_shirt(world)
    buys(world, "eva", "Coat")
    buys(world, "fay", "Scarf", ago=20 * DAY)
    reckoned(world)
    assert not recommendations_due(world.shop, world.now + timedelta(hours=23))
    assert recommendations_due(world.shop, world.now + DAY)
    # All of it was learned of long before the last look: none of it is looked at twice.
    assert reckon(world.shop, gateway=world.people, now=world.now + DAY) == 0
    buys(world, "fay", "Socks", ago=-DAY)
    buys(world, "gil", "Scarf", ago=-DAY)
    buys(world, "gil", "Socks", ago=-DAY - timedelta(hours=1))
    # Scarf and Socks, and nothing else.
    assert reckon(world.shop, gateway=world.people, now=world.now + 2 * DAY) == 2
    bit_by_bit = rows()
    Pairing.objects.all().delete()
    Product.objects.all().delete()
    Watermark.objects.all().delete()
    reckon(world.shop, gateway=world.people, now=world.now + 2 * DAY)
    assert rows() == bit_by_bit
    assert ("product:Scarf", "product:Socks", "next", 2, 2) in bit_by_bit


def test_one_more_buyer_of_what_everybody_has_can_wait(world: World) -> None:
    for number in range(60):
        buys(world, f"p{number}", "Shirt")
    buys(world, "ben", "Hat")
    reckoned(world)
    buys(world, "eva", "Shirt", ago=-timedelta(hours=1))
    assert reckon(world.shop, gateway=world.people, now=world.now + DAY) == 0
    # The hat's one buyer is back for a shirt: to the hat that is much, and makes a fiftieth of the shirt's.
    buys(world, "ben", "Shirt", ago=-DAY - timedelta(hours=1))
    assert reckon(world.shop, gateway=world.people, now=world.now + 2 * DAY) == 2
    assert Product.objects.get(ref="product:Shirt").buyers == 62
    assert set(Product.objects.values_list("news", "stale")) == {(0, False)}


def test_an_order_whose_transaction_was_open_at_the_last_look_is_seen_at_the_next(world: World) -> None:
    everybody_buys_a_hat_with_the_shirt(world)
    late = Purchase.objects.latest("id")
    PurchaseLine.objects.filter(purchase=late).update(product_ref="product:Coat", product_name="Coat")
    Purchase.objects.filter(pk=late.pk).update(counts=False)
    reckoned(world)
    Purchase.objects.filter(pk=late.pk).update(counts=True, learned_at=world.now - timedelta(minutes=5))
    assert reckon(world.shop, gateway=world.people, now=world.now + DAY) == 1
    assert Product.objects.get(ref="product:Coat").buyers == 1


def rows() -> set[tuple[object, ...]]:
    return set(Pairing.objects.values_list("product_ref", "other_ref", "kind", "both", "buyers"))


def test_a_night_that_is_cut_short_goes_on_where_it_stopped(world: World) -> None:
    everybody_buys_a_hat_with_the_shirt(world)
    reckon(world.shop, gateway=world.people, now=world.now, seconds=-1)
    assert recommendations_due(world.shop, world.now)
    for _ in range(3):
        reckon(world.shop, gateway=world.people, now=world.now, seconds=-1)
    assert not recommendations_due(world.shop, world.now)
    assert picks(world, "goes_with", "Shirt") == [("Hat", "together")]


def test_one_ask_takes_as_many_queries_as_thirty(world: World) -> None:
    reckoned(everybody_buys_a_hat_with_the_shirt(world))
    people = [person(world, str(number)) for number in range(30)]
    kinds = ("goes_with", "next", "best_sellers", "picks")
    asks = [
        PickAsk(contact_id=one.pk, kind=kinds[at % 4], channel=CHANNEL, basis=("product:Shirt",))
        for at, one in enumerate(people)
    ]
    world.people.asked.clear()
    with CaptureQueriesContext(connection) as few:
        recommend(world.shop.pk, asks[:1], gateway=world.people, now=world.now)
    with CaptureQueriesContext(connection) as many:
        assert len(recommend(world.shop.pk, asks, gateway=world.people, now=world.now)) == 30
    assert len(few) == len(many) == 4
    assert world.people.asked == {"products": 2}
