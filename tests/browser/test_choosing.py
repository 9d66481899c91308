"""What a merchant chooses is chosen from what the shop has: nobody types a slug or a key from memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from saleor_mailflow.flows.drafts import begin_draft
from saleor_mailflow.models import Brand, Contact, Flow, FlowDraft, Shop
from tests.browser.conftest import Screens
from tests.browser.seed import STAFF


def test_a_channel_is_picked_and_never_typed(opened: Callable[..., Screens], shop: Any) -> None:
    """In the settings, for a flow's switch and for a look of its own."""
    window = opened()
    page = window.open("/settings")
    links = page.get_by_role("group", name="Storefront", exact=False).first
    links.get_by_role("button", name="Add a channel that differs").click()
    picked = links.locator("select").first
    assert picked.input_value() == "default-channel"
    links.get_by_role("textbox").last.fill("https://northmill.example/de?checkout={checkout}")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").wait_for()
    assert "default-channel = https://northmill.example/de" in Shop.objects.get().settings["storefront_links"]
    page = window.open("/flows/abandoned_checkout")
    page.get_by_label("A channel that differs").select_option("default-channel")
    page.get_by_role("button", name="Switch it off there").click()
    page.get_by_role("group", name="Abandoned checkout in default-channel is").wait_for()
    assert Flow.objects.get(key="abandoned_checkout").channels == {"default-channel": "off"}
    page = window.open("/look")
    page.get_by_label("Channel").select_option("default-channel")
    page.get_by_label("Tone").select_option("friendly")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved: every mail").wait_for()
    assert Brand.objects.get(channel="default-channel").values["brand"]["tone"] == "friendly"
    assert window.errors == []


def test_a_question_may_stand_in_a_group_in_a_group(opened: Callable[..., Screens], shop: Any) -> None:
    """Who came by the API with deeper conditions edits them; what was not touched stays as it was written."""
    deep: dict[str, Any] = {
        "all": [
            {"not": {"fact": "contact.tags", "op": "has", "value": "vip"}},
            {"any": [{"fact": "contact.orders", "op": "at_least", "value": 2}, {"not": {"all": []}}]},
        ]
    }
    draft = begin_draft(shop, "welcome", actor=STAFF, at=Contact.objects.latest("id").first_seen_at)
    FlowDraft.objects.filter(pk=draft.pk).update(definition={**draft.definition, "filter": deep})
    window = opened()
    page = window.open("/flows/welcome/edit")
    assert page.get_by_label("Group 1: it counts when").input_value() == "none"
    group = page.get_by_role("group", name="Group 2", exact=True)
    group.get_by_role("button", name="Add a group in group 2", exact=True).click()
    inner = page.get_by_role("group", name="Group 2.3", exact=True)
    inner.get_by_label("What").select_option("contact.channel")
    with page.expect_response(lambda answer: '"default-channel\\"' in (answer.request.post_data or "")):
        inner.get_by_label("Value").select_option("default-channel")
    page.get_by_text("Saved · ").wait_for()
    kept = FlowDraft.objects.get(pk=draft.pk).definition["filter"]
    added = {"all": [{"fact": "contact.channel", "op": "is", "value": "default-channel"}]}
    assert kept == {"all": [deep["all"][0], {"any": [*deep["all"][1]["any"], added]}]}, json.dumps(kept)
    assert window.complaints() == []
    assert window.errors == []


def test_what_ends_a_flow_early_is_chosen_beside_the_tree(opened: Callable[..., Screens], shop: Any) -> None:
    """Only endings that mean something in this flow are offered; a cart's own cannot be unchosen."""
    at = Contact.objects.latest("id").first_seen_at
    begin_draft(shop, "abandoned_checkout", actor=STAFF, at=at)
    draft = begin_draft(shop, "welcome", actor=STAFF, at=at)
    window = opened()
    page = window.open("/flows/abandoned_checkout/edit")
    page.get_by_role("button", name="Leaves at once when").click()
    panel = page.get_by_role("region", name="What ends it early")
    panel.get_by_text("they order with this cart").wait_for()
    assert panel.get_by_role("checkbox").count() == 0
    page = window.open("/flows/welcome/edit")
    page.get_by_role("button", name="Leaves at once when").click()
    assert panel.get_by_role("checkbox", name="the order is refunded").count() == 0
    assert window.complaints() == []
    panel.get_by_role("checkbox", name="they order").check()
    page.get_by_text("Saved · 1 change").wait_for()
    page.get_by_role("button", name="Leaves at once when: they order · they unsubscribe").wait_for()
    assert FlowDraft.objects.get(pk=draft.pk).definition["ends"] == ["ordered"]
    panel.get_by_role("checkbox", name="they order").uncheck()
    page.get_by_text("Saved · 0 changes").wait_for()
    assert "ends" not in FlowDraft.objects.get(pk=draft.pk).definition
    panel.get_by_role("button", name="Close").click()
    again = page.get_by_label("The same person may enter")
    assert again.input_value() == "never"
    again.select_option("crossing")
    with page.expect_response(lambda answer: "2027-01-31" in (answer.request.post_data or "")):
        page.get_by_label("To this day").fill("2027-01-31")
    page.get_by_text("Saved · 2 changes").wait_for()
    kept = FlowDraft.objects.get(pk=draft.pk).definition
    assert ("reentry" in kept, kept["valid_until"]) == (False, "2027-01-31")
    assert window.errors == []


def test_a_flow_says_what_to_do_next_and_is_retired_only_when_asked(opened: Callable[..., Screens], shop: Any) -> None:
    """The card's sentence is the API's, with its way; retired, it can be brought back."""
    window = opened()
    page = window.open("/")
    card = page.get_by_role("article", name="Abandoned checkout")
    card.get_by_text("pick vouchers for the offer “cart”").wait_for()
    card.get_by_role("link", name="To the offers").wait_for()
    assert page.get_by_role("article", name="Sent again").count() == 0
    page = window.open("/flows/abandoned_checkout")
    page.get_by_role("button", name="Retire this flow").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert Flow.objects.get(key="abandoned_checkout").retired_at is None
    page.get_by_role("button", name="Retire this flow").click()
    page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    page.get_by_text("It is retired: nobody enters any more. 5 people inside go on to the end.").wait_for()
    assert window.complaints() == []
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("button", name="Retire this flow").wait_for()
    assert Flow.objects.get(key="abandoned_checkout").retired_at is None
    assert window.errors == []
