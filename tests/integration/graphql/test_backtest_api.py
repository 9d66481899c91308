"""A flow tried on the past by the API: what cannot be tried is said, the figures come with what they do not say."""

from __future__ import annotations

import json
from typing import Any

from saleor_mailflow.models import Basket, Contact, Enrollment, FlowDraft
from saleor_mailflow.testing.world import START, World
from tests.integration.graphql.conftest import Api
from tests.integration.graphql.test_answers import now, world  # noqa: F401 - fixtures

TRIED = """query ($k: String!, $n: Int, $d: Boolean) { flowBacktest(key: $k, days: $n, draft: $d) {
  crossed entered mails exact days { key count } steps { key count } left { key sentence } caveats } }"""


def carts(world: World) -> None:  # noqa: F811 - the type of the fixture
    """Everybody left a cart on the first day."""
    for person in Contact.objects.filter(shop=world.shop):
        Basket.objects.create(
            shop=world.shop,
            contact=person,
            token=f"t{person.pk}",
            channel="default",
            currency="EUR",
            email=person.email,
            line_count=1,
            active_at=START,
            created_at=START,
            last_change=START,
            learned_at=START,
            # They were asked when they left it.
            considered_activity=1,
        )


def test_what_cannot_be_tried_is_said(api: Api, world: World) -> None:  # noqa: F811
    for variables in (
        {"k": "moon"},
        {"k": "welcome", "n": 0},
        {"k": "welcome", "n": 91},
        {"k": "welcome", "d": True},
    ):
        answer: dict[str, Any] = api.post(TRIED, **variables).json()
        assert len(answer["errors"][0]["message"]) > 20, variables
    api.ask('mutation { flowDraftBegin(key: "welcome") { draft { key } } }')
    FlowDraft.objects.update(definition={"key": "welcome"})
    assert api.refused(TRIED, k="welcome", d=True) == ["GraphQLError"]
    assert api.ask(TRIED, k="birthday")["flowBacktest"]["entered"] == 0


def test_a_flow_and_its_draft_are_tried_and_nobody_enters(api: Api, world: World) -> None:  # noqa: F811
    carts(world)
    before = Enrollment.objects.count()
    found = api.ask(TRIED, k="abandoned_checkout", n=7)["flowBacktest"]
    assert (found["crossed"], found["entered"], found["mails"], found["exact"]) == (8, 8, 16, True)
    assert {one["key"]: one["count"] for one in found["steps"]} == {"reminder": 8, "last_call": 8}
    assert sum(one["count"] for one in found["days"]) == 16
    assert "limits" in found["caveats"][0]
    api.ask('mutation { flowDraftBegin(key: "abandoned_checkout") { draft { key } } }')
    draft = FlowDraft.objects.get()
    asked = {"all": [{"fact": "contact.tags", "op": "has", "value": "nobody"}]}
    FlowDraft.objects.update(definition={**draft.definition, "filter": asked})
    tried = api.ask(TRIED, k="abandoned_checkout", d=True)["flowBacktest"]
    assert (tried["crossed"], tried["entered"]) == (8, 0)
    assert any("tags" in one for one in tried["caveats"]), json.dumps(tried["caveats"])
    assert api.ask(TRIED, k="abandoned_checkout")["flowBacktest"]["entered"] == 8
    assert Enrollment.objects.count() == before
