"""The next thing to do about each flow, by the API; and which flow is nobody's to shape."""

from __future__ import annotations

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.models import Contact, Flow, Message, Offer, Shop
from saleor_mailflow.testing.world import START, World
from tests.integration.graphql.conftest import Api
from tests.integration.graphql.shop_door import global_id
from tests.integration.graphql.test_answers import now, statements, world  # noqa: F401 - fixtures

NEXT = "{ flows { key next { kind sentence } } }"


def kinds(api: Api) -> dict[str, str]:
    """Return {flow: what is to be done}."""
    return {one["key"]: one["next"]["kind"] for one in api.ask(NEXT)["flows"]}


def test_what_is_sent_again_by_hand_is_no_flow_to_switch(api: Api, world: World) -> None:  # noqa: F811
    message = Message.objects.order_by("id").first()
    assert message is not None
    again = "mutation ($i: ID!) { messageResend(id: $i, nth: 1) { begun } }"
    assert api.ask(again, i=global_id("Message", message.pk))["messageResend"]["begun"]
    assert Flow.objects.filter(shop=world.shop, key="sent_again", mode="live").exists()
    assert "sent_again" not in kinds(api)
    # Its mails still say what they belong to.
    assert api.ask('{ flow(key: "sent_again") { name } }') == {"flow": {"name": "Sent again by hand"}}


def test_flows_come_as_the_catalogue_tells_them_the_abandoned_checkout_first(api: Api, world: World) -> None:  # noqa: F811
    assert list(kinds(api)) == list(CATALOG)
    Flow.objects.filter(shop=world.shop, key="abandoned_checkout").update(position=9)
    assert list(kinds(api))[-1] == "abandoned_checkout"


def test_each_flow_has_one_next_thing(api: Api, world: World) -> None:  # noqa: F811
    assert kinds(api)["welcome"] == "TRY"
    # Its last mail promises a code of an offer that nobody set up.
    assert kinds(api)["abandoned_checkout"] == "OFFER"
    Offer.objects.create(shop=world.shop, key="cart", name="Cart", vouchers=["Vm91Y2hlcjox"])
    assert kinds(api)["abandoned_checkout"] == "NOTHING"
    Message.objects.filter(contact=Contact.objects.get(email="p1@northmill.example")).update(
        state="blocked", reason="unsubscribed", detail={"at": "3 March"}
    )
    assert kinds(api)["abandoned_checkout"] == "WHY"
    api.ask('mutation { flowDraftBegin(key: "abandoned_checkout") { draft { key } } }')
    assert kinds(api)["abandoned_checkout"] == "PUBLISH"
    retired = api.ask('mutation { flowRetire(key: "abandoned_checkout") { flow { next { kind } } } }')
    assert retired["flowRetire"]["flow"]["next"]["kind"] == "RETIRED"
    Flow.objects.filter(key="abandoned_checkout").update(stopped_at=START, stopped_detail={"rate": "0.4"})
    assert kinds(api)["abandoned_checkout"] == "RESUME"


def test_the_next_things_of_all_flows_cost_as_much_as_that_of_one(api: Api, shop: Shop) -> None:
    statements(api, NEXT)
    one = statements(api, '{ flow(key: "vip") { next { kind } } }')
    assert statements(api, NEXT) == one
