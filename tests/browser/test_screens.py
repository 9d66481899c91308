"""Every screen, at both widths and in both themes: axe finds nothing, nothing sticks out, nothing is complained of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from saleor_mailflow.flows.drafts import begin_draft
from saleor_mailflow.models import Contact, Message
from tests.browser.conftest import LOOKS, Screens, host_of
from tests.browser.seed import STAFF

PATHS = (
    "/",
    "/flows/abandoned_checkout",
    "/flows/welcome/edit",
    "/flows/abandoned_checkout/people",
    "/contacts",
    "/import",
    "/contacts/anna@example.com",
    "/contacts/nobody@example.com",
    "/segments",
    "/segments/readers",
    "/segments/new",
    "/forms",
    "/forms/footer",
    "/forms/new",
    "/topics",
    "/messages",
    "/messages?flow=vip",
    "/templates",
    "/templates/welcome%2Fhello",
    "/look",
    "/offers",
    "/setup",
    "/settings",
    "/activity",
    "/nowhere",
)


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen_can_be_read_by_everybody(opened: Callable[..., Screens], shop: Any, look: str) -> None:
    """Names, contrast, order and labels by axe; nothing wider than the window; one heading that says where one is."""
    screens = opened(look)
    message = Message.objects.filter(shop=shop, state="accepted").order_by("id").first()
    begin_draft(shop, "welcome", actor=STAFF, at=message.planned_at)
    screens.open("/messages")
    mail = screens.page.locator(".list a").first.get_attribute("href") or ""
    wrong = []
    for path in (*PATHS, mail.removeprefix("/app")):
        page = screens.open(path)
        wrong += [f"{path}: {one}" for one in screens.complaints()]
        wrong += [f"{path}: {page.locator('h1').count()} headings"] if page.locator("h1").count() > 1 else []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{path}: {wide} pixels too wide"] if wide > 0 else []
    assert wrong == []
    assert screens.errors == []


def test_what_opens_above_a_screen_can_be_read_too(opened: Callable[..., Screens], shop: Any) -> None:
    """Dialogs and side panels."""
    screens = opened()
    begin_draft(shop, "welcome", actor=STAFF, at=Contact.objects.latest("id").first_seen_at)
    wrong = []
    for path, clicks in (
        ("/", ["text=Pause all"]),
        ("/flows/welcome/edit", [".tree .node:not(.fixed) >> nth=0"]),
        ("/flows/welcome/edit", [".tree .node:not(.fixed) >> nth=2"]),
        ("/flows/welcome/edit", [".gap button >> nth=0"]),
        ("/flows/welcome/edit", ["text=See difference and publish"]),
        ("/contacts/anna@example.com", ["text=Erase"]),
        ("/templates/welcome%2Fhello", ["text=Write your own"]),
        ("/offers", ["text=New offer"]),
        ("/topics", ["text=New topic"]),
        ("/forms/footer", ["text=Ask a question", "role=button[name=Print]"]),
        ("/activity", ["text=What changed"]),
    ):
        page = screens.open(path)
        for click in clicks:
            page.locator(click).first.click()
        wrong += [f"{path} {clicks}: {one}" for one in screens.complaints()]
    assert wrong == []


def test_whoever_has_no_mouse_gets_everywhere(opened: Callable[..., Screens], shop: Any) -> None:
    """The bar, a card's link and a dialog by the keyboard alone; Escape closes and the focus comes back."""
    page = opened().open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Flows"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("h1:text('Contacts')").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    page = opened().open("/")
    button = page.get_by_role("button", name="Pause all")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == "Pause all"


def test_nothing_is_asked_of_anybody_else_and_no_cookie_is_sent(opened: Callable[..., Screens], shop: Any) -> None:
    """Everything comes from our own address; the API hears a bearer token and no cookie, even where there is one."""
    screens = opened()
    screens.page.context.add_cookies([{"name": "refreshToken", "value": "secret", "url": screens.base}])
    screens.open("/")
    hosts = {host_of(one.url) for one in screens.requests if not one.url.startswith("data:")}
    assert hosts == {host_of(screens.base)}
    asked = [one for one in screens.requests if one.url.endswith("/graphql/")]
    assert asked
    for one in asked:
        headers = one.all_headers()
        assert headers["authorization"].startswith("Bearer ")
        assert "cookie" not in headers


def test_a_mail_can_do_nothing_to_whoever_looks_at_it(opened: Callable[..., Screens], shop: Any) -> None:
    """No script of it runs, no link leads the page away, and looking does not count as opening."""
    mail = Message.objects.filter(shop=shop, state="accepted").order_by("id").last()
    bad = (
        "<script>parent.document.title = 'taken'</script><img src=x onerror=\"top.location='https://evil.example/'\">"
        f'<a href="https://evil.example/" target="_top">here</a><img src="/o/{"s" * 40}.gif">'
    )
    Message.objects.filter(pk=mail.pk).update(html=f"<p id=words>{quote('read me')}</p>{bad}")
    screens = opened()
    screens.open("/messages")
    screens.page.locator(".list a", has_text=mail.subject).first.click()
    screens.page.frame_locator("iframe").locator("#words").wait_for()
    screens.page.frame_locator("iframe").locator("a").click()
    screens.page.wait_for_timeout(500)
    assert screens.page.title() == "Message · Mail flows"
    assert not [one.url for one in screens.requests if "evil.example" in one.url or "/o/" in one.url]
