"""What somebody stumbled over who saw the screens for the first time: the order of things, names, places, zones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.drafts import begin_draft
from saleor_mailflow.models import FlowDraft, Message
from tests.browser.conftest import Screens
from tests.browser.seed import STAFF


def test_the_cards_of_flows_begin_with_the_cart(opened: Callable[..., Screens], shop: Any) -> None:
    names = opened().open("/").locator(".flow-card h2").all_inner_texts()
    assert names == [flow.name for flow in CATALOG.values()]


def test_of_one_moment_the_last_thing_that_happened_stands_on_top(opened: Callable[..., Screens], shop: Any) -> None:
    message = Message.objects.filter(shop=shop, state="accepted").select_related("enrollment", "contact")[0]
    moment = message.enrollment.entered_at
    Message.objects.filter(pk=message.pk).update(ended_at=moment)
    type(message.enrollment).objects.filter(pk=message.enrollment_id).update(
        ended_at=moment, exit_reason="completed", due_at=None
    )
    page = opened().open(f"/contacts/{message.contact.email}")
    told = page.locator(f'.timeline li:has(time[datetime^="{moment:%Y-%m-%dT%H:%M:%S}"]) h3').all_inner_texts()
    assert [one.split(" ")[-1] for one in told] == ["left", "sent", "entered"]


def test_nothing_was_delivered_is_not_said_of_a_provider_that_does_not_tell(
    opened: Callable[..., Screens], shop: Any
) -> None:
    Message.objects.filter(shop=shop).update(delivered_at=None)
    card = opened().open("/flows/abandoned_checkout").get_by_label("The last 30 days")
    assert card.locator("dt:text-is('Delivered') + dd").inner_text() == "not told"


def test_a_mail_says_when_it_was_sent_and_leads_to_its_words(opened: Callable[..., Screens], shop: Any) -> None:
    screens = opened()
    page = screens.open("/messages?state=ACCEPTED")
    page.locator(".list a").first.click()
    about = page.get_by_label("About this mail")
    about.locator("dt:text-is('Sent')").wait_for()
    about.locator("dt:text-is('Template') + dd a").click()
    page.get_by_role("link", name="Templates").first.wait_for()
    page.locator("iframe").wait_for()


def test_templates_stand_under_the_name_of_their_flow(opened: Callable[..., Screens], shop: Any) -> None:
    heads = opened().open("/templates").locator("h2").all_inner_texts()
    assert {flow.name for flow in CATALOG.values()} <= set(heads)


@pytest.mark.parametrize("path", ["/activity", "/offers"])
def test_the_bar_shows_on_a_phone_what_is_open(opened: Callable[..., Screens], shop: Any, path: str) -> None:
    link = opened("phone").open(path).locator(".bar [aria-current]").bounding_box()
    assert link is not None
    assert link["x"] >= 0
    assert link["x"] + link["width"] <= 390


def test_it_is_said_whose_clock_it_is(opened: Callable[..., Screens], shop: Any) -> None:
    page = opened().open("/messages")
    zone = page.evaluate("new Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert zone in page.locator("footer.zone").inner_text()


def test_news_on_a_phone_do_not_lie_on_what_was_just_pressed(opened: Callable[..., Screens], shop: Any) -> None:
    screens = opened("phone")
    page = screens.open("/flows/win_back")
    page.locator("input[value=OFF]").first.click()
    page.get_by_role("button", name="Switch off").click()
    page.locator(".toasts .notice").wait_for()
    news = page.locator(".toasts .notice").first.bounding_box()
    notice = page.locator("main .notice").first.bounding_box()
    assert news is not None
    assert notice is not None
    assert news["y"] + news["height"] <= notice["y"]


def test_no_basis_is_never_called_nobody(opened: Callable[..., Screens], shop: Any) -> None:
    """``none`` asks for no consent: whoever picks it writes to everybody, and has to read so before."""
    shop.settings = {**shop.settings, "lawful_basis": "* = none"}
    shop.save()
    page = opened().open("/settings")
    chosen = page.get_by_label("Why you may write: all channels")
    assert chosen.locator("option:checked").inner_text() == "Everybody who has not said no"
    assert "Nobody" not in chosen.inner_text()


def test_own_words_begin_with_nobodys_name(opened: Callable[..., Screens], shop: Any) -> None:
    """What is prefilled goes to everybody: the name of the example, or of whom it is shown for, would go with it."""
    screens = opened()
    for language in ("en", "pl"):
        page = screens.open("/templates/win_back%2Foffer")
        page.get_by_label("Language").select_option(language)
        page.locator("p:has-text('Subject:')", has_text="coś" if language == "pl" else "come back").wait_for()
        page.get_by_role("button", name="Write your own").click()
        subject = page.get_by_label("Subject").input_value()
        assert "{{ name }}" in subject
        assert "Anna" not in subject


def test_the_difference_speaks_as_the_panel_does(opened: Callable[..., Screens], shop: Any) -> None:
    at = Message.objects.filter(shop=shop)[0].planned_at
    draft = begin_draft(shop, "abandoned_checkout", actor=STAFF, at=at)
    changed = json.loads(json.dumps(draft.definition))
    wait = next(step for step in changed["steps"] if step["type"] == "wait")
    wait["after_mail"] = 5 * 3600
    FlowDraft.objects.filter(pk=draft.pk).update(definition=changed)
    page = opened().open("/flows/abandoned_checkout/edit")
    page.get_by_role("button", name="See difference and publish").click()
    told = page.locator(".difference li").first.inner_text()
    assert "at least so long after the last mail: 12 h 5 h" in told
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Discard").click()
    page.get_by_text("The one change of the draft is lost.").wait_for()
