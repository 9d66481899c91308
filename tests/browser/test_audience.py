"""Segments, sign-up forms and topics as a merchant makes them: first what must not be lost or opened by mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from saleor_mailflow.audience.segment_book import read_condition, save
from saleor_mailflow.models import Contact, Segment, SignUpForm, Topic
from tests.browser.conftest import Screens
from tests.browser.seed import STAFF

SAID_YES = {"fact": "contact.subscribed", "op": "yes"}


def segment(shop: Any, key: str, condition: dict[str, Any]) -> None:
    """Save a segment as by the API."""
    at = Contact.objects.latest("id").first_seen_at
    save(shop, key, name=key.capitalize(), condition=read_condition(condition), at=at, actor=STAFF)


def test_a_segment_in_use_is_not_deleted_and_another_only_when_asked(opened: Callable[..., Screens], shop: Any) -> None:
    """What asks for it is named; Cancel keeps it."""
    segment(shop, "abroad", {"fact": "contact.segment", "op": "has", "value": "readers"})
    page = opened().open("/segments/readers")
    page.get_by_role("link", name="Segment Abroad").wait_for()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("is part of abroad").wait_for()
    assert Segment.objects.filter(shop=shop).count() == 2
    page = opened().open("/segments/abroad")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Segments").wait_for()
    assert [one.key for one in Segment.objects.filter(shop=shop)] == ["readers"]


def test_a_segment_is_made_counted_and_changed(opened: Callable[..., Screens], shop: Any) -> None:
    """From a beginning; the count follows what is typed; only what is about people can be asked."""
    window = opened()
    Segment.objects.filter(shop=shop).delete()
    page = window.open("/segments")
    page.get_by_role("button", name="Subscribed, never bought").click()
    now = page.get_by_role("region", name="Now")
    now.get_by_text("4 people").wait_for()
    group = page.get_by_role("group", name="Question 2", exact=True)
    shown = group.get_by_label("What").locator("option").evaluate_all("all => all.map(one => one.value)")
    assert shown
    assert all(one.startswith("contact.") for one in shown)
    group.get_by_label("What").select_option("contact.country")
    group.get_by_label("Value").fill("DE")
    now.get_by_text("1 person").wait_for()
    assert window.complaints() == []
    page.get_by_label("Name", exact=True).fill("German readers")
    page.get_by_role("button", name="Save").click()
    line = page.get_by_role("link", name="German readers")
    line.get_by_text("1 person").wait_for()
    line.get_by_text("not used yet").wait_for()
    kept = Segment.objects.get(shop=shop)
    assert (kept.key, kept.name) == ("german_readers", "German readers")
    assert kept.conditions == {"all": [SAID_YES, {"fact": "contact.country", "op": "is", "value": "DE"}]}
    line.click()
    page.get_by_label("Name", exact=True).fill("Readers in Germany")
    page.get_by_role("link", name="Messages").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Readers in Germany").wait_for()
    assert Segment.objects.get(shop=shop).key == "german_readers"
    assert window.errors == []


def test_a_form_is_made_shown_and_closed(opened: Callable[..., Screens], shop: Any) -> None:
    """In two languages, with a survey; what cannot be kept is said; its page opens until it is closed."""
    window = opened()
    page = window.open("/forms/new")
    page.get_by_label("Title").fill("Letters")
    page.get_by_role("button", name="Save and open").click()
    page.get_by_text("Give it a name first").wait_for()
    page.get_by_label("Name", exact=True).fill("Check-out corner")
    page.get_by_label("Language", exact=True).select_option("de")
    page.get_by_label("Title").fill("Briefe")
    page.get_by_role("checkbox", name="Their birthday").check()
    page.get_by_role("checkbox", name="Recipes").check()
    page.get_by_role("button", name="Ask a question").click()
    page.get_by_label("Question 1", exact=True).fill("Wie oft backen Sie?")
    page.get_by_label("Sites that may embed it").fill("shop.example")
    page.get_by_role("button", name="Save and open").click()
    page.get_by_text("write it as https://shop.example").wait_for()
    page.get_by_label("Sites that may embed it").fill("https://shop.example")
    page.get_by_role("button", name="Save and open").click()
    page.get_by_role("region", name="Show it").get_by_role("link").wait_for()
    form = SignUpForm.objects.get(shop=shop, key="check-out-corner")
    assert form.definition == {
        "title": {"en": "Letters", "de": "Briefe"},
        "fields": ["name", "birthday"],
        "topics": ["recipes"],
        "survey": [
            {"key": "question", "label": {"de": "Wie oft backen Sie?"}, "choices": [{"key": "a"}, {"key": "b"}]}
        ],
        "origins": ["https://shop.example"],
    }
    page.get_by_role("button", name="Print").click()
    assert "check-out-corner" in page.get_by_label("Put this where you like").input_value()
    assert window.complaints() == []
    page.get_by_role("button", name="Close it").click()
    page.get_by_text("nobody can sign up by it").first.wait_for()
    assert not SignUpForm.objects.get(pk=form.pk).active
    assert window.errors == []


def test_a_topic_is_offered_and_offered_no_longer(opened: Callable[..., Screens], shop: Any) -> None:
    """Without a name in English it is not kept; closing it asks first and keeps what there is."""
    window = opened()
    page = window.open("/topics")
    page.get_by_role("button", name="Offer no longer").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="New topic").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Language").select_option("de")
    dialog.get_by_label("Name").fill("Angebote")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("needs a name in English").wait_for()
    dialog.get_by_label("Language").select_option("en")
    dialog.get_by_label("Name").fill("Special offers")
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("special_offers").wait_for()
    made = Topic.objects.get(shop=shop, key="special_offers")
    assert made.names == {"en": "Special offers", "de": "Angebote"}
    page.get_by_role("button", name="Offer no longer").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Offer no longer").click()
    page.get_by_role("button", name="Offer again").click()
    page.get_by_text("It is offered again.").wait_for()
    assert Topic.objects.filter(shop=shop, active=True).count() == 2
    assert Topic.objects.get(shop=shop, key="recipes").position == 1
    assert window.errors == []


def test_people_are_taken_in_from_a_file_after_it_was_tried(opened: Callable[..., Screens], shop: Any) -> None:
    """What is refused is named by its line in the file; trying writes nothing."""
    window = opened("phone")
    page = window.open("/contacts")
    page.get_by_role("link", name="Import").click()
    lines = 'email,first_name\nnew@example.com,"Nora\nLynn"\nnobody,\ndan@example.com,Dan\n'
    page.get_by_label("CSV file").set_input_files(
        files=[{"name": "list.csv", "mimeType": "text/csv", "buffer": lines.encode()}]
    )
    page.get_by_role("button", name="Try it first").click()
    page.get_by_text("Say where these people agreed").wait_for()
    page.get_by_label("Where they agreed").fill("the old list")
    page.get_by_role("button", name="Try it first").click()
    page.get_by_text("3 lines read: 1 person would be new").wait_for()
    page.get_by_text("Line 4: The address is not a valid one.").wait_for()
    assert not Contact.objects.filter(email="new@example.com").exists()
    assert window.complaints() == []
    page.get_by_role("button", name="Take 1 person in").click()
    page.get_by_text("3 lines read: 1 person is new").wait_for()
    assert Contact.objects.filter(shop=shop, email="new@example.com").exists()
    assert window.errors == []
