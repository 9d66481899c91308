"""The app inside a Dashboard's frame: who is believed, what is answered, and what happens to a token that is over."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import TOKEN, Screens

DASHBOARD = "http://dashboard.example"
STRANGER = "http://stranger.example"

# What the Dashboard does (docs: App Bridge), as far as we use it.
_PARENT = """<!doctype html><title>Dashboard</title><body style="margin:0">
<iframe id="app" src="%s" style="width:1200px;height:800px;border:0"
  sandbox="allow-same-origin allow-forms allow-scripts allow-downloads allow-popups"></iframe>
<script>
window.heard = [];
const app = document.getElementById("app");
window.tell = (type, payload) => app.contentWindow.postMessage({type, payload}, "*");
addEventListener("message", (event) => {
  if (event.source !== app.contentWindow) return;
  window.heard.push(event.data);
  if (event.data.type === "notifyReady" && window.token) tell("handshake", {token: window.token, version: 1});
});
</script>"""


def _framed(screens: Screens, path: str = "/", *, token: str = TOKEN, origin: str = DASHBOARD) -> Page:
    page = screens.page
    parent = _PARENT % f"{screens.base}/app{path}?domain=shop.example&theme=dark"
    page.route(f"{origin}/**", lambda route: route.fulfill(body=parent, content_type="text/html"))
    page.add_init_script(f"if (location.origin === {json.dumps(origin)}) window.token = {json.dumps(token)};")
    page.goto(f"{origin}/extensions/app/1")
    return page


def test_the_frame_is_let_in_by_the_handshake(opened: Callable[..., Screens], shop: Any) -> None:
    """The token of the handshake opens the API; the theme follows; a second handshake changes nothing."""
    screens = opened()
    page = _framed(screens)
    app = page.frame_locator("#app")
    app.locator("h1:text('Mail flows')").wait_for()
    app.get_by_role("article", name="Welcome").wait_for()
    assert app.locator("html").get_attribute("data-theme") == "dark"
    page.evaluate("tell('theme', {theme: 'light'})")
    page.evaluate(f"tell('handshake', {{token: {json.dumps(TOKEN)}, version: 1}})")
    app.locator("html[data-theme='light']").wait_for()
    assert not [one for one in screens.requests if one.url.endswith("/demo-token")]


def test_the_address_bar_of_the_dashboard_follows(opened: Callable[..., Screens], shop: Any) -> None:
    """Every screen can be linked to, and each action carries an id of its own."""
    page = _framed(opened())
    app = page.frame_locator("#app")
    app.get_by_role("link", name="Messages", exact=True).click()
    app.locator("h1:text('Messages')").wait_for()
    heard = page.evaluate("heard.filter((one) => one.type === 'updateRouting')")
    assert heard[-1]["payload"]["newRoute"] == "/messages"
    ids = page.evaluate("heard.map((one) => one.payload.actionId)")
    assert len(set(ids)) == len(ids)


def test_opened_below_the_dashboards_own_path_it_still_finds_everything(
    opened: Callable[..., Screens], shop: Any
) -> None:
    """By some addresses the Dashboard puts its own path behind ours."""
    page = _framed(opened(), "/extensions/app/QXBwOjM=/messages")
    page.frame_locator("#app").locator("h1:text('Messages')").wait_for()


def test_nobody_but_whoever_framed_us_is_believed(opened: Callable[..., Screens], shop: Any) -> None:
    """A frame inside ours, or beside it, cannot hand us a token or a theme."""
    screens = opened()
    page = _framed(screens, token="")
    app = page.frame_locator("#app")
    app.locator("h1").first.wait_for()
    frame = next(one for one in page.frames if "/app" in one.url)
    frame.evaluate("window.postMessage({type: 'handshake', payload: {token: 'forged'}}, '*')")
    frame.evaluate("window.postMessage({type: 'theme', payload: {theme: 'light'}}, '*')")
    page.wait_for_timeout(300)
    assert not [one for one in screens.requests if one.url.endswith("/graphql/")]
    assert app.locator("html").get_attribute("data-theme") == "dark"


def test_a_token_that_is_over_is_asked_for_anew(opened: Callable[..., Screens], shop: Any) -> None:
    """Tokens live for five minutes: the screen waits for the next one and shows what was asked for."""
    screens = opened()
    page = _framed(screens, token="")
    frame = page.frame_locator("#app")
    frame.locator("h1").first.wait_for()
    page.evaluate("tell('handshake', {token: 'over', version: 1})")
    with page.expect_request(lambda one: one.url.endswith("/graphql/")):
        pass
    page.evaluate(f"tell('tokenRefresh', {{token: {json.dumps(TOKEN)}}})")
    frame.get_by_role("article", name="Welcome").wait_for()
