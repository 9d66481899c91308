"""The widgets: who must see nothing, then what staff see of one person, and that a press of the button is one mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from saleor_mailflow import clock
from saleor_mailflow.dashboard.assets import widget_asset
from saleor_mailflow.flows.resend import KEY
from saleor_mailflow.graphql import remote
from saleor_mailflow.models import Contact, Message, Purchase
from saleor_mailflow.testing.world import START, World
from tests.integration.graphql.shop_door import ShopDoor, global_id, shop_door

pytestmark = pytest.mark.django_db

ANNA, ACCOUNT = "anna@example.com", global_id("User", 5)
HOSTILE = '"><script src=//evil.example></script>'


@pytest.fixture(scope="module")
def served() -> Iterator[ShopDoor]:
    with shop_door() as door:
        yield door


@pytest.fixture
def door(served: ShopDoor) -> Iterator[ShopDoor]:
    served.people.clear()
    served.apps.clear()
    remote.forget()
    yield served
    remote.forget()


@pytest.fixture
def world(db: None, door: ShopDoor, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World.begin(lawful_basis={"*": "none"})
    world.shop.api_url = door.url
    world.shop.save(update_fields=["api_url"])
    world.people.customer(START, email=ANNA, ref=ACCOUNT)
    world.people.checkout(START, email=ANNA, user_ref=ACCOUNT)
    world.after(hours=2)
    monkeypatch.setattr(clock, "now", lambda: world.now)
    return world


@pytest.fixture
def order(world: World) -> str:
    """The global id of an order of the same person, made before the cart and long done."""
    contact = Contact.objects.get(email=ANNA)
    purchase = Purchase.objects.create(
        shop=world.shop,
        order_id="2a7ab1c6-9f5b-4e67-8d0a-5a2f2f2f2f2f",
        number="41",
        contact=contact,
        email=ANNA,
        currency="USD",
        created_at=START - timedelta(days=200),
        updated_at=START - timedelta(days=200),
        learned_at=START - timedelta(days=200),
        status="FULFILLED",
    )
    return global_id("Order", purchase.order_id)


def post(name: str, token: str = "", **form: str) -> Any:
    fields = {"accessToken": token, "appId": "QXBwOjE3", **form}
    return Client().post(f"/app/widgets/{name}", {key: value for key, value in fields.items() if value})


def text(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


# Who sees nothing.


@pytest.mark.parametrize("name", ["order", "customer", "home"])
def test_an_address_holds_no_token(world: World, order: str, door: ShopDoor, name: str) -> None:
    token = door.frame("MANAGE_ORDERS", "MANAGE_USERS")
    given = {"accessToken": token, "orderId": order, "customerId": ACCOUNT, "saleorApiUrl": HOSTILE}
    answer = Client().get(f"/app/widgets/{name}", given)
    assert answer.content == Client().get(f"/app/widgets/{name}").content, "the same for everybody"
    assert "data-waits" in answer.content.decode()
    assert Client().put(f"/app/widgets/{name}").status_code == 405


@pytest.mark.parametrize("kind", ["none", "forged", "signed in", "app", "other frame", "customer", "over", "long"])
@pytest.mark.parametrize("name", ["order", "customer", "home"])
def test_only_the_token_of_our_own_frame_counts(world: World, order: str, door: ShopDoor, kind: str, name: str) -> None:
    everything = ("MANAGE_ORDERS", "MANAGE_USERS", "MANAGE_PLUGINS")
    forged = door.frame(*everything)
    token = {
        "none": "",
        "forged": forged[:-4] + "QQQQ",
        "signed in": door.staff(*everything),
        "app": door.app(*everything),
        "other frame": door.frame(*everything, app="QXBwOjE4"),
        "customer": door.customer(),
        "over": door.frame(*everything, lasts=-5),
        "long": forged + "x" * 9000,
    }[kind]
    answer = post(name, token, orderId=order, customerId=ACCOUNT, again=str(Message.objects.get().uuid), nth="1")
    assert answer.status_code == 403
    assert "<form" not in answer.content.decode()
    assert "Left" not in text(answer)
    assert not Message.objects.filter(flow_key=KEY).exists()


def test_cookies_and_headers_speak_for_nobody(world: World, order: str, door: ShopDoor) -> None:
    token = door.frame("MANAGE_ORDERS")
    browser = Client()
    browser.cookies.load({"refreshToken": token, "accessToken": token})
    for headers in ({}, {"authorization": f"Bearer {token}"}, {"authorization-bearer": token}):
        assert browser.post("/app/widgets/order", {"orderId": order}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("name", "held"), [("order", "MANAGE_USERS"), ("customer", "MANAGE_ORDERS"), ("home", "MANAGE_PAGES")]
)
def test_each_widget_asks_its_own_permission(world: World, order: str, door: ShopDoor, name: str, held: str) -> None:
    answer = post(name, door.frame(held), orderId=order, customerId=ACCOUNT)
    assert answer.status_code == 403
    assert "you need the permission" in text(answer)


def test_one_persons_page_sends_nothing_to_another(world: World, order: str, door: ShopDoor) -> None:
    world.people.checkout(world.now, email="bert@example.com")
    world.after(hours=2)
    other = Message.objects.exclude(contact__email=ANNA).get()
    answer = post("order", door.frame("MANAGE_ORDERS"), orderId=order, again=str(other.uuid), nth="1")
    assert "no such mail of this person" in text(answer)
    assert not Message.objects.filter(flow_key=KEY).exists()
    assert "bert@example.com" not in answer.content.decode()


def test_what_people_wrote_stays_text(world: World, order: str, door: ShopDoor) -> None:
    Message.objects.update(subject=HOSTILE)
    page = post("order", door.frame("MANAGE_ORDERS"), orderId=order, saleorApiUrl=HOSTILE).content.decode()
    assert HOSTILE not in page
    assert "&lt;script" in page


# What staff see.


def test_beside_an_order_stands_what_its_buyer_got_and_will_get(world: World, order: str, door: ShopDoor) -> None:
    answer = post("order", door.frame("MANAGE_ORDERS"), orderId=order)
    assert answer.status_code == 200
    page = text(answer)
    subject = Message.objects.get().subject
    assert page.index("Will get") < page.index("Got") < page.index(subject)
    assert "Consent" not in page, "what somebody said about mail is shown to whoever may see customers"


def test_beside_a_customer_stands_why_too(world: World, door: ShopDoor) -> None:
    page = text(post("customer", door.frame("MANAGE_USERS"), customerId=ACCOUNT))
    assert Message.objects.get().subject in page
    assert "What counts for this person" in page


@pytest.mark.parametrize(("name", "field"), [("order", "orderId"), ("customer", "customerId")])
@pytest.mark.parametrize("reference", ["", "nonsense", global_id("Order", "x" * 500), "%00", global_id("User", 99)])
def test_of_whom_we_do_not_know_it_is_said(world: World, door: ShopDoor, name: str, field: str, reference: str) -> None:
    answer = post(name, door.frame("MANAGE_ORDERS", "MANAGE_USERS"), **{field: reference})
    assert answer.status_code == 200
    assert "has not heard of" in text(answer)


def test_a_press_is_one_mail_and_a_reload_is_none(world: World, order: str, door: ShopDoor) -> None:
    token = door.frame("MANAGE_ORDERS")
    page = post("order", token, orderId=order).content.decode()
    pressed = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert pressed["accessToken"] == token
    for _ in range(3):
        answer = post("order", token, **{key: value for key, value in pressed.items() if key != "accessToken"})
        assert answer.status_code == 200
    world.after(minutes=5)
    assert list(Message.objects.filter(flow_key=KEY).values_list("state", flat=True)) == ["accepted"]
    assert "Sent again once." in text(post("order", token, orderId=order))


def test_a_press_that_comes_to_nothing_says_why(world: World, order: str, door: ShopDoor) -> None:
    token = door.frame("MANAGE_ORDERS")
    world.people.order(world.now, email=ANNA, user_ref=ACCOUNT)
    uuid = str(Message.objects.get().uuid)
    post("order", token, orderId=order, again=uuid, nth="1")
    world.after(minutes=5)
    assert not Message.objects.filter(flow_key=KEY, state="accepted").exists()
    page = text(post("order", token, orderId=order))
    assert page.index("Did not get") < page.index("To be sent again") < page.index("They bought")


def test_what_was_not_sent_says_why(world: World, order: str, door: ShopDoor) -> None:
    Message.objects.update(state="blocked", reason="no_consent", detail={})
    page = text(post("order", door.frame("MANAGE_ORDERS"), orderId=order))
    assert "Did not get" in page
    assert "Send it again" not in page


def test_the_home_page_shows_todays_figures_and_what_needs_somebody(world: World, door: ShopDoor) -> None:
    page = text(post("home", door.frame("MANAGE_ORDERS")))
    assert "Sent today 1" in page
    world.shop.paused_at = world.now
    world.shop.save(update_fields=["paused_at"])
    assert "All mail is paused" in text(post("home", door.frame("MANAGE_USERS")))


def test_a_widget_is_shut_in_and_loads_two_files_of_ours(world: World, order: str, door: ShopDoor) -> None:
    answer = post("order", door.frame("MANAGE_ORDERS"), orderId=order)
    policy = answer["Content-Security-Policy"]
    assert (
        "script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors"
        in policy
    )
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    page = answer.content.decode()
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert named == [f"/app/static/{widget_asset(one)}" for one in ("widget.css", "widget.js")]
    assert all(Client().get(address).status_code == 200 for address in named)
    assert not re.search(r"\sstyle=|\son\w+=|<script(?![^>]*src)", page)


def test_many_mails_cost_no_more_queries(world: World, door: ShopDoor) -> None:
    token = door.frame("MANAGE_USERS")
    post("customer", token, customerId=ACCOUNT)
    with CaptureQueriesContext(connection) as few:
        post("customer", token, customerId=ACCOUNT)
    for _ in range(2):
        world.after(days=9)
        world.people.checkout(world.now, email=ANNA, user_ref=ACCOUNT)
        world.after(hours=2)
    assert Message.objects.count() > 3
    with CaptureQueriesContext(connection) as more:
        post("customer", token, customerId=ACCOUNT)
    assert len(more) <= len(few) + 1, "one question may be asked only where there is something to ask about"
