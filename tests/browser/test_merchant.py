"""What a merchant comes for, click by click: a change to a flow, a person erased. The first: test_first_flow.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from saleor_mailflow.models import Contact, Flow, FlowDraft
from tests.browser.conftest import Screens


def test_nothing_goes_live_or_is_lost_without_being_asked(opened: Callable[..., Screens], shop: Any) -> None:
    """Going live, erasing, leaving what was typed: each asks in the page, and no is no."""
    page = opened().open("/")
    vip = page.get_by_role("article", name="VIP")
    vip.get_by_role("radio", name="Live").check()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert not Flow.objects.filter(shop=shop, key="vip", mode="live").exists()
    page = opened().open("/contacts/anna@example.com")
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("button", name="Erase for ever").click()
    assert Contact.objects.get(email="anna@example.com").erased_at is None
    page = opened().open("/settings")
    page.get_by_label("Sender name").fill("Somebody else")
    page.get_by_role("link", name="Flows", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert page.get_by_label("Sender name").input_value() == "Somebody else"


def test_a_flow_is_changed_and_published(opened: Callable[..., Screens], shop: Any) -> None:
    """A wait becomes longer, a step comes in, the difference says so, and people enter the new version."""
    page = opened().open("/flows/abandoned_checkout")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.locator("h1", has_text="draft").wait_for()
    page.locator(".tree .node.thin").first.click()
    page.get_by_label("For", exact=True).fill("3")
    page.get_by_text("Saved · 1 change").wait_for()
    page.locator(".gap button").last.click()
    page.get_by_role("button", name="Tag mark").click()
    with page.expect_response(lambda answer: "cart-left" in (answer.request.post_data or "")):
        page.get_by_label("Put on").fill("cart-left")
    page.get_by_text("Saved · 2 changes").wait_for()
    page.get_by_role("button", name="See difference and publish").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".difference li").nth(1).wait_for()
    dialog.get_by_role("button", name="Publish").click()
    page.get_by_text("Live · version 2").wait_for()
    flow = Flow.objects.get(shop=shop, key="abandoned_checkout")
    assert flow.version is not None
    assert flow.version.number == 2
    assert flow.version.definition["steps"][-1] == {"type": "tag", "id": "tag", "add": ["cart-left"]}
    assert not FlowDraft.objects.filter(shop=shop).exists()


def test_a_person_is_found_understood_and_erased(opened: Callable[..., Screens], shop: Any) -> None:
    """From the list to the reason, and away for good once the address was typed."""
    page = opened().open("/contacts")
    page.get_by_label("Search").fill("anna")
    page.locator(".list a", has_text="anna@example.com").click()
    page.get_by_text("did not enter").wait_for()
    page.get_by_role("button", name="Erase").click()
    page.get_by_label("Type anna@example.com to go on").fill("anna@example.com")
    page.get_by_role("button", name="Erase for ever").click()
    page.get_by_text("Erased.", exact=True).wait_for()
    assert not Contact.objects.filter(email="anna@example.com").exists()
