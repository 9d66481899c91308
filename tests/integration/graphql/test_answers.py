"""What the API tells of a shop where something has happened, and in how many queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow import clock
from saleor_mailflow.models import (
    Consent,
    Contact,
    ContactTag,
    Enrollment,
    Flow,
    Message,
    Purchase,
    Shop,
    StepRun,
)
from saleor_mailflow.testing.world import START, World
from tests.integration.graphql.conftest import ALL, Api
from tests.integration.graphql.shop_door import ShopDoor, global_id


@pytest.fixture
def now(shop: Shop) -> Iterator[Any]:
    """A clock that stands at the end of the story."""
    clock.install(clock.FrozenClock(START + timedelta(days=2)))
    yield START + timedelta(days=2)
    clock.install(clock.SystemClock())


@pytest.fixture
def world(shop: Shop, now: Any) -> World:
    """The flow is on, and eight people each got one mail."""
    from saleor_mailflow.flows.publish import set_mode

    set_mode(shop, "abandoned_checkout", "live", at=START)
    people(shop, 0, 8)
    return World(shop=shop)


def people(shop: Shop, first: int, last: int) -> None:
    flow = Flow.objects.get(shop=shop, key="abandoned_checkout")
    for n in range(first, last):
        at = START + timedelta(minutes=n)
        contact = Contact.objects.create(
            shop=shop, email=f"p{n}@northmill.example", first_name=f"P{n}", first_seen_at=at, updated_at=at
        )
        ContactTag.objects.create(contact=contact, tag="engaged", at=at)
        Consent.objects.create(shop=shop, contact=contact, state="granted", source="test", at=at)
        inside = Enrollment.objects.create(
            shop=shop,
            flow=flow,
            version=flow.version,
            contact=contact,
            key=f"basket:{n}",
            cursor={"index": 1, "at": "until_next_day", "ready_at": at.isoformat()},
            entered_at=at,
            due_at=at + timedelta(days=30),
        )
        StepRun.objects.create(enrollment=inside, step="reminder", outcome="planned", at=at)
        Message.objects.create(
            shop=shop,
            enrollment=inside,
            contact=contact,
            flow_key=flow.key,
            step="reminder",
            template="abandoned_checkout/reminder",
            purpose="marketing",
            state="accepted",
            subject=f"Your cart, P{n}",
            html="<p>cart</p>",
            text="cart",
            planned_at=at,
            due_at=at,
            expires_at=at + timedelta(hours=12),
            claimed_at=at,
            intent_at=at,
            ended_at=at,
            provider="console",
            provider_message_id=f"m{n}",
        )


def statements(api: Api, query: str, **variables: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        api.ask(query, **variables)
    return len(seen)


FLOWS = """{ flows { key name mode enabledAt description trigger definition version { number }
  steps { id type inside way waiting settings template }
  figures(days: 30) { sent clicked inside money { orders revenue { amount currency } } } } }"""
MESSAGES = """query ($n: Int!) { messages(first: $n) { edges { node {
  id subject html text state sentence recipient contact { email firstName tags { tag } } flow { key name }
  enrollment events { kind at } } } } }"""
CONTACTS = """query ($n: Int!) { contacts(first: $n) { totalCount edges { node {
  id email tags { tag } consents { state topic source } suppressions { reason } } } } }"""
ENROLLMENTS = """query ($n: Int!) { enrollments(first: $n, filter: {state: ACTIVE}) { edges { node {
  id step dueAt recipient flow { key } version { number } contact { email tags { tag } consents { state } }
  messages { subject recipient } } } } }"""


@pytest.mark.parametrize("query", [MESSAGES, CONTACTS, ENROLLMENTS])
def test_more_rows_are_not_more_queries(api: Api, world: World, query: str) -> None:
    api.ask(query, n=1)
    assert statements(api, query, n=8) == statements(api, query, n=2)


def test_flows_take_a_fixed_number_of_queries(api: Api, world: World) -> None:
    api.ask(FLOWS)
    few = statements(api, FLOWS)
    people(world.shop, 20, 30)
    assert statements(api, FLOWS) == few
    assert few <= 10


def test_a_flow_shows_what_it_does_and_who_stands_where(api: Api, world: World) -> None:
    flow = api.ask('{ flow(key: "abandoned_checkout") { mode version { number } steps { id type template waiting } } }')
    steps = flow["flow"]["steps"]
    assert flow["flow"]["mode"] == "LIVE"
    assert flow["flow"]["version"] == {"number": 1}
    assert [step["id"] for step in steps if step["waiting"]] == ["until_next_day"]
    assert sum(step["waiting"] for step in steps) == 8
    assert next(step["template"] for step in steps if step["type"] == "send") == "abandoned_checkout/reminder"


def test_an_order_counts_for_the_flow_clicked_last_before_it(api: Api, world: World) -> None:
    first = Contact.objects.get(email="p0@northmill.example")
    message = Message.objects.get(contact=first)
    Message.objects.filter(pk=message.pk).update(clicked_at=START + timedelta(hours=1))
    orders = (("before", 0.5, 10, 0), ("soon", 2, 100, 30), ("late", 24 * 5 + 2, 1000, 0))
    for number, hours, total, refunded in orders:
        at = START + timedelta(hours=hours)
        Purchase.objects.create(
            shop=world.shop,
            order_id=number,
            number=number,
            contact=first,
            email=first.email,
            channel="default",
            currency="EUR",
            status="unfulfilled",
            total=Decimal(total),
            total_refunded=Decimal(refunded),
            created_at=at,
            updated_at=at,
            learned_at=at,
        )
    found = api.ask(FLOWS)["flows"]
    cart = next(flow for flow in found if flow["key"] == "abandoned_checkout")["figures"]
    assert cart["sent"] == 8
    assert cart["clicked"] == 1
    assert cart["money"]["orders"] == 1
    assert [(Decimal(one["amount"]), one["currency"]) for one in cart["money"]["revenue"]] == [(Decimal(70), "EUR")]


def test_pages_go_on_where_they_ended_whatever_came_meanwhile(api: Api, world: World) -> None:
    query = """query ($after: String, $before: String, $first: Int, $last: Int) {
      contacts(first: $first, last: $last, after: $after, before: $before, sortBy: {field: EMAIL, direction: ASC}) {
        edges { cursor node { email } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    seen: list[str] = []
    after = None
    while True:
        answer = api.ask(query, first=3, after=after)["contacts"]
        seen += [edge["node"]["email"] for edge in answer["edges"]]
        after = answer["pageInfo"]["endCursor"]
        if not answer["pageInfo"]["hasNextPage"]:
            break
        people(world.shop, 100 + len(seen), 101 + len(seen))
    assert [email for email in seen if not email.startswith("p10")] == [f"p{n}@northmill.example" for n in range(8)]
    assert len(seen) == len(set(seen))
    back = api.ask(query, last=2, before=after)["contacts"]
    assert [edge["node"]["email"] for edge in back["edges"]] == seen[-3:-1]
    assert back["pageInfo"]["hasPreviousPage"] is True
    assert api.refused(query, first=2, after="nonsense") == ["GraphQLError"]
    assert api.refused(query) == ["GraphQLError"]
    assert api.refused(query, first=101) == ["QueryCostError"]


def test_people_and_mails_are_found_by_what_one_knows_of_them(api: Api, world: World) -> None:
    asked = "query ($f: ContactFilterInput) { contacts(first: 20, filter: $f) { totalCount } }"
    assert api.ask(asked, f={"search": "P3"})["contacts"] == {"totalCount": 1}
    assert api.ask(asked, f={"tags": ["engaged"]})["contacts"] == {"totalCount": 8}
    assert api.ask(asked, f={"tags": ["vip"]})["contacts"] == {"totalCount": 0}
    mails = "query ($f: MessageFilterInput) { messages(first: 20, filter: $f) { totalCount } }"
    assert api.ask(mails, f={"search": "cart, p3"})["messages"] == {"totalCount": 1}
    assert api.ask(mails, f={"search": "p3@"})["messages"] == {"totalCount": 1}
    assert api.ask(mails, f={"states": ["ACCEPTED"], "flow": "abandoned_checkout"})["messages"] == {"totalCount": 8}
    assert api.ask(mails, f={"clicked": True})["messages"] == {"totalCount": 0}
    contact = Contact.objects.get(email="p3@northmill.example")
    assert api.ask(mails, f={"contact": global_id("Contact", contact.pk)})["messages"] == {"totalCount": 1}
    assert api.refused(mails, f={"contact": global_id("Flow", 3)}) == ["GraphQLError"]


def test_one_person_is_told_with_why(api: Api, world: World) -> None:
    query = """{ contact(email: "P3@Northmill.example") { id email customer
      messages(first: 5) { edges { node { subject sentence } } }
      enrollments(first: 5) { edges { node { step flow { key } } } }
      why { known says timeline { at flow what sentence toCome } rules { rule sentence } } } }"""
    found = api.ask(query)["contact"]
    assert found["messages"]["edges"][0]["node"]["sentence"] == "The provider took it."
    assert [one["what"] for one in found["why"]["timeline"]][:2] == ["entered", "reminder: sent"]
    assert [one["what"] for one in found["why"]["timeline"] if one["toCome"]] == ["next step"]
    assert api.ask('{ contact(email: "nobody@northmill.example") { id } }') == {"contact": None}
    assert api.ask('{ why(email: "nobody@northmill.example") { known says } }')["why"]["known"] is False


def test_another_shops_rows_are_not_there(api: Api, world: World, door: ShopDoor) -> None:
    other = Shop.objects.create(domain="other.example", api_url="https://other.example/graphql/", road=Shop.Road.APP)
    theirs = Contact.objects.create(shop=other, email="t@other.example", first_seen_at=START, updated_at=START)
    asked = Api(door.staff(*ALL))
    asked.headers["saleor-api-url"] = world.shop.api_url
    assert asked.ask("query ($i: ID) { contact(id: $i) { email } }", i=global_id("Contact", theirs.pk)) == {
        "contact": None
    }
    assert asked.ask("{ contacts(first: 50) { totalCount } }")["contacts"]["totalCount"] == 8
    asked.headers["saleor-api-url"] = other.api_url
    # Somebody of one shop is nobody in another: the other shop's own API is asked.
    assert asked.refused("{ contacts(first: 50) { totalCount } }") == ["PermissionDenied"]


def test_the_widget_beside_an_order_tells_what_its_buyer_got(api: Api, world: World, door: ShopDoor) -> None:
    buyer = Contact.objects.get(email="p0@northmill.example")
    Purchase.objects.create(
        shop=world.shop,
        order_id="5f0c",
        number="42",
        contact=buyer,
        email=buyer.email,
        channel="default",
        currency="EUR",
        status="unfulfilled",
        created_at=START,
        updated_at=START,
        learned_at=START,
    )
    query = """query ($o: ID!) { orderMail(order: $o) {
      number email messages { subject } timeline { sentence } rules { rule } } }"""
    clerk = Api(door.frame("MANAGE_ORDERS"))
    found = clerk.ask(query, o=global_id("Order", "5f0c"))["orderMail"]
    assert (found["number"], found["email"]) == ("42", buyer.email)
    assert [one["subject"] for one in found["messages"]] == ["Your cart, P0"]
    assert clerk.ask(query, o=global_id("Order", "none")) == {"orderMail": None}


def test_health_and_what_is_to_be_done(api: Api, world: World) -> None:
    found = api.ask("{ health { well inside pausedAt problems { key text } messages { key count } nothingSent } }")
    assert found["health"]["inside"] == 8
    assert "postal_address" in {one["key"] for one in found["health"]["problems"]}
    assert {"key": "accepted", "count": 8} in found["health"]["messages"]
