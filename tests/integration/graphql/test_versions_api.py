"""A flow edited, published, undone and retired by the API; nobody's work is lost on the way."""

from __future__ import annotations

import json
from typing import Any

from saleor_mailflow.models import AuditEntry, Shop
from saleor_mailflow.testing.world import World
from tests.integration.graphql.conftest import Api
from tests.integration.graphql.shop_door import ShopDoor
from tests.integration.graphql.test_answers import now, world  # noqa: F401 - fixtures

DRAFT = """draft { key revision definition publishable conflict findings { level code text step path }
  changes { text kind step } people { key count } base { number } updatedBy } errors { field message code }"""
BEGIN = f"mutation ($k: String!, $d: JSONString) {{ flowDraftBegin(key: $k, definition: $d) {{ {DRAFT} }} }}"
SAVE = "mutation ($k: String!, $d: JSONString!, $r: Int!) { flowDraftSave(key: $k, definition: $d, revision: $r) { " \
    f"{DRAFT} }} }}"  # fmt: skip
PUBLISH = """mutation ($k: String!, $r: Int) { flowDraftPublish(key: $k, revision: $r, note: "Later") {
  flow { version { number note publishedBy } } version { number } changes { text } people { key count }
  findings { level text } errors { field message code } } }"""


def longer(draft: Any) -> str:
    """Return the draft with another wait."""
    definition = json.loads(draft["definition"])
    wait = next(step for step in definition["steps"] if step["type"] == "wait")
    wait["duration"] = 36 * 3600
    return json.dumps(definition)


def test_a_draft_is_saved_looked_through_and_published(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    draft = api.ask(BEGIN, k="abandoned_checkout")["flowDraftBegin"]["draft"]
    assert (draft["revision"], draft["changes"], draft["base"]) == (1, [], {"number": 1})
    saved = api.ask(SAVE, k="abandoned_checkout", d=longer(draft), r=1)["flowDraftSave"]["draft"]
    assert [(one["kind"], one["step"]) for one in saved["changes"]] == [("CHANGED", "until_next_day")]
    assert saved["people"] == [{"key": "until_next_day", "count": 8}]
    assert saved["updatedBy"] == "staff:7"
    done = api.ask(PUBLISH, k="abandoned_checkout", r=2)["flowDraftPublish"]
    assert done["errors"] == []
    assert done["flow"]["version"] == {"number": 2, "note": "Later", "publishedBy": "staff:7"}
    assert api.ask('{ flowDraft(key: "abandoned_checkout") { id } flowDrafts { id } }') == {
        "flowDraft": None,
        "flowDrafts": [],
    }
    move = 'mutation { flowMovePeople(key: "abandoned_checkout") { people stayed errors { message } } }'
    assert api.ask(move)["flowMovePeople"] == {"people": 8, "stayed": 8, "errors": []}
    back = 'mutation { flowRollBack(key: "abandoned_checkout", number: 1) { version { number } errors { message } } }'
    assert api.ask(back)["flowRollBack"] == {"version": {"number": 3}, "errors": []}
    versions = api.ask('{ flow(key: "abandoned_checkout") { versions(first: 5) { edges { node { number } } } } }')
    assert [edge["node"]["number"] for edge in versions["flow"]["versions"]["edges"]] == [3, 2, 1]


def test_who_saves_an_older_revision_is_told_who_was_first(api: Api, world: World, door: ShopDoor) -> None:  # noqa: F811
    draft = api.ask(BEGIN, k="abandoned_checkout")["flowDraftBegin"]["draft"]
    other = Api(door.staff("MANAGE_SETTINGS", number=8))
    assert other.ask(SAVE, k="abandoned_checkout", d=longer(draft), r=1)["flowDraftSave"]["errors"] == []
    mine = api.ask(SAVE, k="abandoned_checkout", d=draft["definition"], r=1)["flowDraftSave"]["errors"]
    assert mine[0]["code"] == "CONFLICT"
    assert "staff:8" in mine[0]["message"]


def test_an_unfinished_flow_is_kept_and_not_published(api: Api, shop: Shop) -> None:
    own = json.dumps({"key": "mine", "name": "Mine", "steps": []})
    draft = api.ask(BEGIN, k="mine", d=own)["flowDraftBegin"]["draft"]
    assert draft["publishable"] is False
    assert draft["findings"]
    refused = api.ask(PUBLISH, k="mine")["flowDraftPublish"]
    assert [one["code"] for one in refused["errors"]] == ["INVALID"]
    assert {one["level"] for one in refused["findings"]} == {"ERROR"}
    gone = 'mutation { flowDraftDiscard(key: "mine") { flow { key } errors { code } } }'
    assert api.ask(gone)["flowDraftDiscard"] == {"flow": None, "errors": []}
    assert api.refused(BEGIN, k="mine", d="no json") == ["GraphQLError"]
    assert api.ask(BEGIN, k="mine", d="[1]")["flowDraftBegin"]["errors"][0]["field"] == "definition"
    assert api.ask(BEGIN, k="no_such")["flowDraftBegin"]["errors"][0]["field"] == "flows"


def test_a_flow_is_retired_and_comes_back(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    query = 'mutation { flow%s(key: "abandoned_checkout") { flow { retiredAt mode } errors { message } } }'
    assert api.ask(query % "Retire")["flowRetire"]["flow"]["retiredAt"]
    switch = 'mutation { flowSwitch(key: "abandoned_checkout", mode: SHADOW) { errors { message } } }'
    assert "retired" in api.ask(switch)["flowSwitch"]["errors"][0]["message"]
    assert api.ask(query % "BringBack")["flowBringBack"]["flow"]["retiredAt"] is None
    channel = """mutation { flowSwitch(key: "abandoned_checkout", mode: OFF, channel: "pl") {
      flow { channels { channel mode } } } }"""
    assert api.ask(channel)["flowSwitch"]["flow"]["channels"] == [{"channel": "pl", "mode": "OFF"}]
    assert AuditEntry.objects.filter(actor="staff:7").count() == 3


def test_flows_go_out_as_files_and_come_in_again(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    text = api.ask('{ flow(key: "abandoned_checkout") { yaml } }')["flow"]["yaml"]
    query = """mutation ($f: [FlowFileInput!]!, $d: Boolean!) { flowsApply(files: $f, dryRun: $d) {
      plans { key differs changes { text } people { key count } warnings } published errors { message code } } }"""
    same = api.ask(query, f=[{"name": "cart.yaml", "yaml": text}], d=False)["flowsApply"]
    assert (same["errors"], same["published"], same["plans"][0]["differs"]) == ([], 0, False)
    other = text.replace("lateness: 2d", "lateness: 3d", 1)
    assert other != text
    for dry, published in ((True, 0), (False, 1)):
        done = api.ask(query, f=[{"name": "cart.yaml", "yaml": other}], d=dry)["flowsApply"]
        assert (done["published"], done["plans"][0]["differs"]) == (published, True)
    wrong = api.ask(query, f=[{"name": "cart.yaml", "yaml": "key: [1"}], d=False)["flowsApply"]
    assert "cart.yaml" in wrong["errors"][0]["message"]
    assert api.ask(query, f=[], d=True)["flowsApply"]["errors"][0]["code"] == "INVALID"


def test_who_qualified_lately_is_let_in_only_when_asked(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    cart = api.ask('{ flow(key: "abandoned_checkout") { qualifying { ever lately } } }')["flow"]
    assert cart["qualifying"] is None
    query = "mutation ($k: String!, $n: Int!) { flowLetIn(key: $k, perDay: $n) { people errors { field } } }"
    assert api.ask(query, k="win_back", n=10)["flowLetIn"]["errors"] == [{"field": "flows"}]
    api.ask('mutation { flowSwitch(key: "win_back", mode: LIVE) { errors { message } } }')
    assert api.ask(query, k="win_back", n=10)["flowLetIn"] == {"people": 0, "errors": []}
    assert api.ask(query, k="win_back", n=0)["flowLetIn"]["errors"] == [{"field": "per_day"}]
