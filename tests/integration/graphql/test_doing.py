"""What can be done by the API, and that it is noted who did it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from saleor_mailflow.conf import resolve_secret
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.models import (
    AuditEntry,
    Contact,
    Enrollment,
    Flow,
    Message,
    Occasion,
    Shop,
    SignUp,
    SignUpForm,
    StepRun,
)
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.world import START, World
from tests.integration.graphql.conftest import Api
from tests.integration.graphql.shop_door import ShopDoor, global_id
from tests.integration.graphql.test_answers import now, world  # noqa: F401 - fixtures

SETTINGS = """mutation ($i: [SettingInput!]!) { settingsUpdate(input: $i) {
  settings { key value isSet problems } problems { key text } errors { field message code } } }"""


def set_(api: Api, **values: str) -> Any:
    return api.ask(SETTINGS, i=[{"key": key, "value": value} for key, value in values.items()])["settingsUpdate"]


def shown(answer: Any) -> dict[str, Any]:
    return {one["key"]: one["value"] for one in answer["settings"]}


def noted(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


def test_a_secret_is_written_and_never_read(api: Api, shop: Shop) -> None:
    answer = set_(api, provider="postmark", provider_api_key="pm-secret-1", provider_options="")
    assert answer["errors"] == []
    assert shown(answer)["provider_api_key"] is None
    assert next(one for one in answer["settings"] if one["key"] == "provider_api_key")["isSet"] is True
    shop.refresh_from_db()
    assert "pm-secret-1" not in str(shop.settings)
    token = settings_of(shop).provider_options["server_token"]
    assert resolve_secret(token, key="server_token") == "pm-secret-1"
    entry = noted("settings.changed")
    assert entry.actor == "staff:7"
    assert "pm-secret-1" not in f"{entry.before}{entry.after}"
    assert "enc:" not in f"{entry.before}{entry.after}"
    assert "pm-secret-1" not in api.post("{ settings { key value } }").content.decode()


def test_a_secret_line_comes_back_as_it_was_where_nobody_typed_it_anew(api: Api, shop: Shop) -> None:
    answer = set_(api, provider="smtp", provider_options="host = mail.example\npassword = hunter2\nport = 25")
    told = shown(answer)["provider_options"]
    assert told == "host = mail.example\npassword = (set)\nport = 25"
    set_(api, provider_options=told.replace("25", "587"))
    shop.refresh_from_db()
    options = settings_of(shop).provider_options
    assert (options["port"], resolve_secret(options["password"], key="password")) == ("587", "hunter2")


def test_what_cannot_be_read_is_said_and_what_is_no_setting_refused(api: Api, shop: Shop) -> None:
    answer = set_(api, timezone="* = Mars/Olympus")
    assert [one["key"] for one in answer["problems"]] == ["timezone"]
    refused = set_(api, no_such="1", brand_name="North")
    assert [one["field"] for one in refused["errors"]] == ["key"]
    shop.refresh_from_db()
    assert "brand_name" not in shop.settings
    twice = api.ask(SETTINGS, i=[{"key": "brand_name", "value": "A"}, {"key": "brand_name", "value": "B"}])
    assert twice["settingsUpdate"]["errors"][0]["field"] == "input"


def test_a_flow_is_switched_and_who_did_it_is_noted(api: Api, shop: Shop) -> None:
    query = """mutation ($m: FlowMode!, $k: String!) {
      flowSwitch(key: $k, mode: $m) { flow { mode } errors { field code } } }"""
    assert api.ask(query, k="abandoned_checkout", m="SHADOW")["flowSwitch"] == {
        "flow": {"mode": "SHADOW"},
        "errors": [],
    }
    assert Flow.objects.get(shop=shop, key="abandoned_checkout").mode == "shadow"
    assert noted("flow.switched").actor == "staff:7"
    assert api.ask(query, k="no_such", m="LIVE")["flowSwitch"]["errors"] == [{"field": "flows", "code": "INVALID"}]


def test_all_mail_is_held_and_goes_on(api: Api, shop: Shop) -> None:
    for _ in range(2):
        assert api.ask("mutation { mailPause { pausedAt errors { code } } }")["mailPause"]["pausedAt"]
    assert api.ask("{ health { pausedAt } }")["health"]["pausedAt"]
    assert api.ask("mutation { mailResume { pausedAt } }") == {"mailResume": {"pausedAt": None}}
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["mail.paused", "mail.resumed"]


def test_somebody_taken_out_gets_nothing_more(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    inside = Enrollment.objects.order_by("id").first()
    assert inside is not None
    StepRun.objects.create(enrollment=inside, step="last_call", outcome="planned", at=START)
    waiting = Message.objects.create(
        shop=world.shop,
        enrollment=inside,
        contact=inside.contact,
        flow_key="abandoned_checkout",
        step="last_call",
        template="abandoned_checkout/last_call",
        purpose="marketing",
        planned_at=START + timedelta(hours=1),
        due_at=START + timedelta(days=3),
        expires_at=START + timedelta(days=4),
    )
    query = """mutation ($i: ID!) { enrollmentCancel(id: $i) {
      enrollment { state exitSentence messages { state sentence } }
      errors { field message } } }"""
    for _ in range(2):
        done = api.ask(query, i=global_id("Enrollment", inside.pk))["enrollmentCancel"]
        assert done["errors"] == []
        assert done["enrollment"]["state"] == "ENDED"
        assert done["enrollment"]["exitSentence"] == "Taken out of the flow by staff:7."
        assert [one["state"] for one in done["enrollment"]["messages"]] == ["ACCEPTED", "BLOCKED"]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("blocked", "taken_out")
    assert noted("enrollment.taken_out").subject == f"enrollment:{inside.pk}"


def test_a_wait_is_skipped_and_nothing_else_is(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    query = "mutation ($i: ID!) { enrollmentSkipWait(id: $i) { enrollment { step } errors { field message code } } }"
    inside = Enrollment.objects.order_by("id").first()
    assert inside is not None
    done = api.ask(query, i=global_id("Enrollment", inside.pk))["enrollmentSkipWait"]
    behind = CATALOG["abandoned_checkout"].places["until_next_day"].behind
    assert done == {"enrollment": {"step": behind}, "errors": []}
    inside.refresh_from_db()
    assert inside.due_at is not None
    assert inside.due_at <= START + timedelta(days=2)
    again = api.ask(query, i=global_id("Enrollment", inside.pk))["enrollmentSkipWait"]
    assert "do not wait" in again["errors"][0]["message"]
    assert api.ask(query, i=global_id("Enrollment", 10**9))["enrollmentSkipWait"]["errors"][0]["field"] == "id"
    assert api.ask(query, i="x")["enrollmentSkipWait"]["errors"][0]["code"] == "GRAPHQL_ERROR"


def test_tags_are_put_on_and_taken_off(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    contact = Contact.objects.get(email="p1@northmill.example")
    query = """mutation ($i: ID!, $a: [String!], $r: [String!]) { contactTagsUpdate(id: $i, add: $a, remove: $r) {
      contact { tags { tag source } } errors { field message } } }"""
    done = api.ask(query, i=global_id("Contact", contact.pk), a=["vip", "engaged"], r=["old"])["contactTagsUpdate"]
    assert [one["tag"] for one in done["contact"]["tags"]] == ["engaged", "vip"]
    assert list(Occasion.objects.values_list("kind", "of")) == [("tag.added", "vip")]
    done = api.ask(query, i=global_id("Contact", contact.pk), r=["vip"])["contactTagsUpdate"]
    assert [one["tag"] for one in done["contact"]["tags"]] == ["engaged"]
    refused = api.ask(query, i=global_id("Contact", contact.pk), a=["<b>"])["contactTagsUpdate"]
    assert refused["errors"][0]["field"] == "tags"


def test_a_person_is_exported_and_erased(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    export = 'mutation { contactExport(email: "p2@northmill.example") { held document errors { message } } }'
    told = api.ask(export)["contactExport"]
    assert told["held"] is True
    assert "Your cart, P2" in told["document"]
    erase = 'mutation { contactErase(email: "p2@northmill.example") { contacts messages errors { message } } }'
    assert api.ask(erase)["contactErase"] == {"contacts": 1, "messages": 1, "errors": []}
    assert api.ask('{ contact(email: "p2@northmill.example") { id } }') == {"contact": None}
    assert "p2@" not in api.post("{ contacts(first: 50) { edges { node { email } } } }").content.decode()
    assert {entry.actor for entry in AuditEntry.objects.filter(action__startswith="contact.")} == {"staff:7"}
    assert api.ask('mutation { contactErase(email: "no") { errors { field } } }')["contactErase"]["errors"]


def test_an_address_is_suppressed_and_taken_off_the_list(api: Api, shop: Shop) -> None:
    add = 'mutation { suppressionAdd(email: "Foe@Example.com") { suppressed errors { field } } }'
    assert api.ask(add) == {"suppressionAdd": {"suppressed": True, "errors": []}}
    listed = (
        '{ suppressions(first: 5, email: "foe@example.com") { totalCount edges { node { reason entity email } } } }'
    )
    assert api.ask(listed)["suppressions"]["edges"][0]["node"]["reason"] == "MANUAL"
    assert (
        api.ask("{ suppressions(first: 5) { edges { node { id email } } } }")["suppressions"]["edges"][0]["node"][
            "email"
        ]
        is None
    )
    remove = 'mutation { suppressionRemove(email: "foe@example.com") { removed } }'
    assert [api.ask(remove)["suppressionRemove"]["removed"] for _ in range(2)] == [True, False]
    assert api.ask('mutation { suppressionAdd(email: "x") { errors { field } } }')["suppressionAdd"]["errors"]


def test_a_test_mail_says_what_is_wrong_or_goes(api: Api, shop: Shop) -> None:
    query = 'mutation { testMailSend(to: "me@northmill.example") { sent sentence errors { field code } } }'
    done = api.ask(query)["testMailSend"]
    assert done["sent"] is True
    assert "printed" in done["sentence"]
    shop.settings = {**shop.settings, "provider": "smtp", "sender_email": ""}
    shop.save()
    done = api.ask(query)["testMailSend"]
    assert done["sent"] is False
    assert "sender_email is empty" in done["sentence"]
    for _ in range(12):
        last = api.ask(query)["testMailSend"]
    assert last["errors"] == [{"field": "to", "code": "NOT_NOW"}]


SUBSCRIBE = """mutation ($i: SubscribeInput!) { subscribe(form: "footer", input: $i) {
  asked errors { field message code } } }"""


def test_anybody_may_ask_for_mail_and_hears_the_same(shop: Shop, door: ShopDoor) -> None:
    SignUpForm.objects.create(shop=shop, key="footer", definition={}, updated_at=START)
    Contact.objects.create(shop=shop, email="known@northmill.example", first_seen_at=START, updated_at=START)
    anybody = Api()
    answers = [
        anybody.post(SUBSCRIBE, i={"email": email, "name": "A"}).content
        for email in ("new@northmill.example", "known@northmill.example", "known@northmill.example")
    ]
    assert len(set(answers)) == 1
    assert SignUp.objects.count() == 2
    assert SignUp.objects.filter(confirmed_at=None).count() == 2
    assert anybody.ask(SUBSCRIBE, i={"email": "nonsense"})["subscribe"]["errors"][0]["field"] == "email"
    closed = SUBSCRIBE.replace("footer", "header")
    assert anybody.ask(closed, i={"email": "a@northmill.example"})["subscribe"]["errors"][0]["code"] == "NOT_FOUND"


def test_asking_for_mail_is_throttled(shop: Shop, door: ShopDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    SignUpForm.objects.create(shop=shop, key="footer", definition={}, updated_at=START)
    monkeypatch.setattr("saleor_mailflow.pages.visitor.MOST_A_MINUTE", 3)
    codes = [
        [one["code"] for one in Api().ask(SUBSCRIBE, i={"email": f"p{n}@northmill.example"})["subscribe"]["errors"]]
        for n in range(5)
    ]
    assert codes == [[], [], [], ["NOT_NOW"], ["NOT_NOW"]]


def test_who_changed_what_is_told_without_secrets(api: Api, shop: Shop, door: ShopDoor) -> None:
    set_(Api(door.app("MANAGE_SETTINGS", number=9)), provider_password="hunter2", sender_name="North")
    query = """{ auditEntries(first: 5, subject: "settings") { totalCount edges { node {
      actor action subject before after } } } }"""
    found = api.ask(query)["auditEntries"]["edges"][0]["node"]
    assert (found["actor"], found["action"]) == ("app:9", "settings.changed")
    assert "hunter2" not in str(found)


def test_topics_and_forms_are_told(api: Api, shop: Shop) -> None:
    SignUpForm.objects.create(shop=shop, key="footer", definition={"origins": ["nonsense"]}, updated_at=START)
    found = api.ask("{ signUpForms { key page asked confirmed problems } topics { key } }")
    assert found["signUpForms"][0]["page"] == "https://m.example/s/northmill.example/footer/"
    assert len(found["signUpForms"][0]["problems"]) == 1


def test_what_is_said_of_a_mistake_names_no_table(api: Api, shop: Shop) -> None:
    codes = Api(token=api.headers["authorization"][7:]).refused("{ contact { id } }")
    assert codes == ["GraphQLError"]


def test_a_lost_mail_is_sent_again_once_however_often_the_button_is_pressed(
    api: Api,
    world: World,  # noqa: F811 - the fixture
) -> None:
    message = Message.objects.order_by("id").first()
    assert message is not None
    query = "mutation ($i: ID!, $n: Int!) { messageResend(id: $i, nth: $n) { begun sentence errors { code } } }"
    pressed = [api.ask(query, i=global_id("Message", message.pk), n=1)["messageResend"] for _ in range(3)]
    assert [one["begun"] for one in pressed] == [True, False, False]
    assert Enrollment.objects.filter(contact=message.contact, flow__key="sent_again").count() == 1
    asked = "query ($i: ID!) { message(id: $i) { timesResent } }"
    assert api.ask(asked, i=global_id("Message", message.pk))["message"] == {"timesResent": 1}
    assert api.ask(query, i=global_id("Message", 10**9), n=1)["messageResend"]["errors"] == [{"code": "NOT_FOUND"}]


def test_what_another_system_says_is_written_down_once(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    contact = Contact.objects.get(email="p1@northmill.example")
    query = """mutation ($c: ID!, $n: String!, $k: String!, $f: JSONString, $a: DateTime) {
      eventRecord(contact: $c, name: $n, key: $k, facts: $f, at: $a) { new errors { field } } }"""
    said = {"c": global_id("Contact", contact.pk), "n": "survey.answered", "k": "1"}
    assert [api.ask(query, **said, f='{"score": 9}')["eventRecord"]["new"] for _ in range(2)] == [True, False]
    found = Occasion.objects.get(kind="custom")
    assert (found.of, found.detail, found.contact_id) == ("survey.answered", {"score": 9}, contact.pk)
    for wrong, field in (
        ({"n": "No Name"}, "name"),
        ({"k": ""}, "key"),
        ({"f": '{"who": "anna@northmill.example"}'}, "facts"),
        ({"f": '{"deep": {"er": 1}}'}, "facts"),
        ({"f": "[]"}, "facts"),
        ({"a": "2031-01-01T00:00:00Z"}, "at"),
        ({"a": "2020-01-01T00:00:00Z"}, "at"),
    ):
        assert api.ask(query, **{**said, **wrong})["eventRecord"]["errors"] == [{"field": field}], wrong
    assert Occasion.objects.count() == 1


def test_somebody_is_let_into_a_flow_once_a_key(api: Api, world: World) -> None:  # noqa: F811 - the fixture
    contact = Contact.objects.get(email="p1@northmill.example")
    query = """mutation ($c: ID!, $f: String!) { enrollmentStart(flow: $f, contact: $c, key: "fair") {
      started sentence errors { field } } }"""
    off = api.ask(query, c=global_id("Contact", contact.pk), f="win_back")["enrollmentStart"]
    assert (off["started"], bool(off["sentence"])) == (False, True)
    api.ask('mutation { flowSwitch(key: "win_back", mode: LIVE) { errors { message } } }')
    done = [api.ask(query, c=global_id("Contact", contact.pk), f="win_back")["enrollmentStart"] for _ in range(2)]
    assert Enrollment.objects.filter(flow__key="win_back").count() <= 1
    assert done[1]["started"] is False


def test_a_mail_is_shown_in_ones_own_mailbox_marked_as_a_test(api: Api, shop: Shop) -> None:
    query = """mutation ($w: TemplateWordsInput) { testMailSend(to: "me@northmill.example", template: "welcome/hello",
      words: $w) { sent sentence errors { message } } }"""
    assert api.ask(query)["testMailSend"]["sent"] is True
    assert api.ask(query, w={"subject": "A", "html": "<p>B</p>", "text": "B"})["testMailSend"]["sent"] is True
    assert api.ask(query, w={"subject": "A", "html": "{% for %}", "text": "B"})["testMailSend"]["errors"] != []


def test_a_secret_is_not_sent_to_a_server_that_somebody_else_named(api: Api, shop: Shop) -> None:
    """Whoever may write settings could else have the password told to a mail server of their own, by a test mail."""
    set_(api, provider="smtp", provider_options="host = mail.example\npassword = hunter2", provider_password="hunter3")
    answer = set_(api, provider_options="host = evil.example\npassword = (set)")
    assert {one["key"] for one in answer["problems"]} == {"provider_options", "provider_password"}
    shop.refresh_from_db()
    options = settings_of(shop).provider_options
    assert options["host"] == "evil.example"
    assert "password" not in options
    set_(api, provider_options="host = evil.example\npassword = mine")
    shop.refresh_from_db()
    assert resolve_secret(settings_of(shop).provider_options["password"], key="password") == "mine"


@pytest.mark.parametrize("value", ["env:SECRET_KEY", "file:/etc/passwd", "env:MAILFLOW_DATABASE_URL"])
def test_nobody_reads_the_server_by_naming_its_secrets(api: Api, shop: Shop, value: str) -> None:
    assert set_(api, provider_password=value)["errors"][0]["field"] == "provider_password"
    assert set_(api, provider_options=f"password = {value}")["errors"][0]["field"] == "provider_options"
    assert set_(api, provider_options=f"username={value}")["errors"]
    assert set_(api, provider_password="env:MAILFLOW_PROVIDER_PASSWORD")["errors"] == []
    # What the operator set elsewhere comes back unchanged.
    shop.refresh_from_db()
    shop.settings = {**shop.settings, "provider_options": f"host = a\npassword = {value}"}
    shop.save()
    assert set_(api, provider_options=f"host = a\npassword = {value}\nport = 25")["errors"] == []
