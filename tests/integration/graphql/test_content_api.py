"""Segments, words, looks, offers, topics and forms by the API: what cannot be used is said and not kept."""

from __future__ import annotations

import json

from saleor_mailflow.models import (
    AuditEntry,
    Brand,
    ConsentWording,
    Contact,
    Coupon,
    Enrollment,
    Purchase,
    PurchaseLine,
    Shop,
    Topic,
)
from saleor_mailflow.testing.world import START, World
from tests.integration.graphql.conftest import Api
from tests.integration.graphql.shop_door import ShopDoor, global_id
from tests.integration.graphql.test_answers import now, world  # noqa: F401 - fixtures


def condition() -> str:
    """Return who has the tag, as conditions are written today."""
    from saleor_mailflow.flows.conditions import Ask

    return json.dumps(Ask(fact="contact.tags", op="has", value="engaged").to_json())


def test_a_segment_is_counted_before_it_is_saved_and_listed_after(api: Api, world: World) -> None:  # noqa: F811
    asked = "query ($c: JSONString!) { segmentSize(condition: $c) { number exact } }"
    assert api.ask(asked, c=condition())["segmentSize"] == {"number": 8, "exact": True}
    assert api.refused(asked, c='{"fact": "moon.phase", "op": "is"}') == ["GraphQLError"]
    assert "contact.tags" in {
        one["key"] for one in api.ask("{ conditionFacts { key words operators } }")["conditionFacts"]
    }
    save = """mutation ($c: JSONString!, $k: String!) { segmentSave(key: $k, name: "Engaged", condition: $c) {
      segment { key sentence size { number } people(first: 3) { totalCount edges { node { email } } } }
      errors { field message } } }"""
    done = api.ask(save, c=condition(), k="engaged")["segmentSave"]
    assert done["errors"] == []
    assert done["segment"]["people"]["totalCount"] == 8
    assert len(done["segment"]["people"]["edges"]) == 3
    assert api.ask(save, c=condition(), k="No Key")["segmentSave"]["errors"][0]["field"] == "segments"
    assert [one["key"] for one in api.ask("{ segments { key } }")["segments"]] == ["engaged"]
    gone = 'mutation { segmentDelete(key: "engaged") { key errors { message } } }'
    assert api.ask(gone)["segmentDelete"]["errors"] == []
    assert api.ask(gone)["segmentDelete"]["errors"] != []


def test_a_segment_says_what_would_miss_it(api: Api, world: World) -> None:  # noqa: F811
    save = """mutation ($c: JSONString!, $k: String!) { segmentSave(key: $k, name: $k, condition: $c) {
      errors { message } } }"""
    inside = json.dumps({"fact": "contact.segment", "op": "has", "value": "engaged"})
    for key, asked in (("engaged", condition()), ("part", json.dumps({"not": json.loads(inside)}))):
        assert api.ask(save, c=asked, k=key)["segmentSave"]["errors"] == []
    begin = 'mutation { flowDraftBegin(key: "welcome") { draft { definition revision } errors { message } } }'
    draft = api.ask(begin)["flowDraftBegin"]["draft"]
    named = json.dumps({**json.loads(draft["definition"]), "filter": {"all": [json.loads(inside)]}})
    keep = """mutation ($d: JSONString!, $r: Int!) { flowDraftSave(key: "welcome", definition: $d, revision: $r) {
      errors { message } } }"""
    assert api.ask(keep, d=named, r=draft["revision"])["flowDraftSave"]["errors"] == []
    use = "{ segments { key flows { key } segments { key } } }"
    before = {one["key"]: one for one in api.ask(use)["segments"]}
    assert (before["engaged"]["flows"], before["engaged"]["segments"]) == ([], [{"key": "part"}])
    live = 'mutation { flowDraftPublish(key: "welcome") { errors { message } findings { text } } }'
    assert api.ask(live)["flowDraftPublish"]["errors"] == []
    after = {one["key"]: one for one in api.ask(use)["segments"]}
    assert after["engaged"]["flows"] == [{"key": "welcome"}]
    assert (after["part"]["flows"], after["part"]["segments"]) == ([], [])


def test_who_shapes_flows_counts_people_and_does_not_see_them(world: World, door: ShopDoor) -> None:  # noqa: F811
    shaper = Api(door.staff("MANAGE_SETTINGS"))
    asked = "query ($c: JSONString!) { segmentSize(condition: $c) { number } }"
    assert shaper.ask(asked, c=condition())["segmentSize"]["number"] == 8
    save = 'mutation ($c: JSONString!) { segmentSave(key: "e", name: "E", condition: $c) { errors { message } } }'
    assert shaper.ask(save, c=condition())["segmentSave"]["errors"] == []
    assert shaper.refused('{ segment(key: "e") { people(first: 1) { totalCount } } }') == ["PermissionDenied"]


WORDS = {"subject": "For {{ brand_name }}", "html": "<p>Hello</p>", "text": "Hello"}
SAVE = """mutation ($w: TemplateWordsInput!, $p: Boolean!) {
  templateSave(key: "welcome/hello", language: "en", words: $w, publish: $p) {
    version { number publishedAt createdBy subject } errors { message code } } }"""


def test_own_words_are_tried_before_they_count(api: Api, shop: Shop) -> None:
    preview = """query ($w: TemplateWordsInput) {
      templatePreview(key: "welcome/hello", language: "en", words: $w) { subject html text problem } }"""
    ours = api.ask(preview)["templatePreview"]
    assert ours["problem"] == ""
    assert ours["subject"]
    broken = api.ask(preview, w={**WORDS, "html": "{{ ''.__class__ }}"})["templatePreview"]
    assert (broken["html"], bool(broken["problem"])) == ("", True)
    refused = api.ask(SAVE, w={**WORDS, "html": "{% for %}"}, p=True)["templateSave"]
    assert refused["version"] is None
    assert refused["errors"][0]["code"] == "INVALID"
    kept = api.ask(SAVE, w={**WORDS, "subject": "Hello"}, p=True)["templateSave"]
    assert kept["version"]["createdBy"] == "staff:7"
    found = api.ask('{ template(key: "welcome/hello") { languages variables versions { number subject } } }')[
        "template"
    ]
    assert found["versions"] == [{"number": 1, "subject": "Hello"}]
    back = 'mutation { templateWithdraw(key: "welcome/hello", language: "en") { withdrawn errors { message } } }'
    assert [api.ask(back)["templateWithdraw"]["withdrawn"] for _ in range(2)] == [True, False]


def test_a_look_that_mails_cannot_use_is_not_kept(api: Api, shop: Shop) -> None:
    save = """mutation ($v: JSONString!) { brandSave(channel: "de", values: $v) {
      brand { channel values } errors { field } } }"""
    assert api.ask(save, v='{"promises": ["Free returns"]}')["brandSave"]["errors"] == []
    assert api.ask(save, v='{"moon": 1}')["brandSave"]["errors"] == [{"field": "brand.moon"}]
    assert api.ask(save, v='{"review_url": "http://x.example"}')["brandSave"]["errors"][0]["field"]
    assert Brand.objects.get().values == {"promises": ["Free returns"]}
    assert api.ask("{ brands { channel } }") == {"brands": [{"channel": "de"}]}
    assert api.ask('mutation { brandDrop(channel: "de") { dropped } }') == {"brandDrop": {"dropped": True}}


def test_offers_and_the_codes_that_came_of_them(api: Api, world: World, door: ShopDoor) -> None:  # noqa: F811
    save = """mutation ($d: Int!) { offerSave(key: "first", name: "First order", vouchers: ["Vm91Y2hlcjox"], days: $d) {
      offer { key vouchers days } errors { field } } }"""
    assert api.ask(save, d=10)["offerSave"]["offer"] == {"key": "first", "vouchers": ["Vm91Y2hlcjox"], "days": 10}
    assert api.ask(save, d=0)["offerSave"]["errors"] == [{"field": "days"}]
    inside = Enrollment.objects.order_by("id").first()
    assert inside is not None
    Coupon.objects.create(
        shop=world.shop,
        enrollment=inside,
        step="offer",
        contact=inside.contact,
        offer_key="first",
        state="none",
        reason="It does not pay.",
        reserved_at=START,
    )
    codes = "{ coupons(first: 5, states: [NONE]) { edges { node { offer reason recipient } } } }"
    assert api.ask(codes)["coupons"]["edges"][0]["node"] == {
        "offer": "first",
        "reason": "It does not pay.",
        "recipient": "p0@northmill.example",
    }
    dealer = Api(door.staff("MANAGE_DISCOUNTS"))
    assert dealer.ask("{ vouchers { ref } offers { key } }") == {"vouchers": None, "offers": [{"key": "first"}]}
    assert dealer.refused(codes) == ["PermissionDenied"]
    assert api.ask('mutation { offerDelete(key: "first") { errors { message } } }')["offerDelete"]["errors"] == []


def test_topics_and_forms_are_kept_and_closed(api: Api, shop: Shop) -> None:
    save = """mutation ($n: [TextInput!]!, $k: String!) { topicSave(key: $k, names: $n) {
      topic { key names { language text } } errors { message } } }"""
    english = [{"language": "en", "text": "Offers"}]
    assert api.ask(save, k="offers", n=english)["topicSave"]["topic"]["names"] == english
    for key, names in (("marketing", english), ("News!", english), ("news", [{"language": "de", "text": "Neu"}])):
        assert api.ask(save, k=key, n=names)["topicSave"]["errors"], key
    assert Topic.objects.count() == 1
    close = 'mutation { topicClose(key: "offers") { closed } }'
    assert [api.ask(close)["topicClose"]["closed"] for _ in range(2)] == [True, False]
    form = """mutation ($d: JSONString!) { signUpFormSave(key: "footer", definition: $d) {
      form { key active asked } errors { message } } }"""
    assert api.ask(form, d='{"fields": ["name"]}')["signUpFormSave"]["form"] == {
        "key": "footer",
        "active": True,
        "asked": 0,
    }
    assert api.ask(form, d='{"fields": ["shoe size"]}')["signUpFormSave"]["errors"]
    switch = 'mutation { signUpFormSwitch(key: "footer", active: false) { form { active page } } }'
    assert api.ask(switch)["signUpFormSwitch"]["form"] == {"active": False, "page": None}
    assert AuditEntry.objects.filter(actor="staff:7").count() == 4


def test_words_are_looked_through_before_they_are_published(api: Api, shop: Shop) -> None:
    lint = """query ($w: TemplateWordsInput!) {
      templateLint(key: "welcome/hello", language: "en", words: $w) { level where sentence } }"""
    found = api.ask(lint, w={**WORDS, "subject": "BUY NOW PLEASE"})["templateLint"]
    assert "WARNING" in {one["level"] for one in found}
    assert any("capitals" in one["sentence"] for one in found)


def test_a_mail_is_looked_at_for_an_order_that_there_is(api: Api, world: World, door: ShopDoor) -> None:  # noqa: F811
    buyer = Contact.objects.get(email="p0@northmill.example")
    bought = Purchase.objects.create(
        shop=world.shop,
        order_id="1",
        number="4711",
        contact=buyer,
        email=buyer.email,
        channel="default",
        currency="EUR",
        status="unfulfilled",
        total=20,
        created_at=START,
        updated_at=START,
        learned_at=START,
    )
    PurchaseLine.objects.create(
        purchase=bought, variant_ref="v", product_name="Rye flour", quantity=2, unit_price=10, total_price=20
    )
    query = """query ($p: ID) { mailPreview(key: "thank_you/thanks", language: "en", purchase: $p) {
      subject html text problem } }"""
    listed = api.ask("{ purchases(first: 5) { edges { node { id number total { amount currency } } } } }")["purchases"]
    chosen = listed["edges"][0]["node"]["id"]
    shown = api.ask(query, p=chosen)["mailPreview"]
    assert shown["problem"] == ""
    assert "Rye flour" in shown["html"]
    assert "Rye flour" in shown["text"]
    assert api.refused(query, p=global_id("Purchase", bought.pk + 1)) == ["GraphQLError"]
    assert api.refused(query) == ["GraphQLError"]
    # Whoever words mails does not see people's orders by it.
    assert Api(door.staff("MANAGE_SETTINGS")).refused(query, p=chosen) == ["PermissionDenied"]


def test_a_form_is_printed_for_a_page_with_the_words_that_count(api: Api, shop: Shop) -> None:
    form = """mutation ($d: JSONString!) { signUpFormSave(key: "footer", definition: $d) { errors { message } } }"""
    assert api.ask(form, d='{"consent": {"en": "Yes, write me about bread."}}')["signUpFormSave"]["errors"] == []
    printed = """mutation ($k: String!, $l: String!) { signUpFormSnippet(key: $k, language: $l) {
      html errors { field code } } }"""
    assert api.ask(printed, k="none", l="en")["signUpFormSnippet"]["errors"] == [{"field": "key", "code": "NOT_FOUND"}]
    assert api.ask(printed, k="footer", l="tlh")["signUpFormSnippet"]["errors"][0]["field"] == "language"
    html = api.ask(printed, k="footer", l="en")["signUpFormSnippet"]["html"]
    assert "Yes, write me about bread." in html
    assert ConsentWording.objects.filter(shop=shop, text="Yes, write me about bread.").count() == 1
    api.ask('mutation { signUpFormSwitch(key: "footer", active: false) { form { active } } }')
    assert api.ask(printed, k="footer", l="en")["signUpFormSnippet"]["errors"][0]["code"] == "NOT_NOW"
