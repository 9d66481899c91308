"""A real Chromium in front of the standalone service: the screens as a merchant has them."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from playwright.sync_api import Browser, Page, Request, sync_playwright

import saleor_mailflow.dashboard
from tests.browser.seed import seed

# Playwright runs a loop in this thread, which Django takes for one of its own.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

TOKEN = "t" * 43
AXE = Path(saleor_mailflow.dashboard.__file__).parent / "ui" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Width and height in CSS pixels, and the theme.
LOOKS = {"desktop": (1280, 900, "light"), "phone": (390, 844, "dark")}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine; CHROMIUM names another one."""
    path = os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("No Chromium was found: install Debian's package chromium, or name one by CHROMIUM.")
    with sync_playwright() as playwright:
        # As root, such as in CI, Chromium does not start with its own sandbox.
        # A Dashboard by another name may frame this machine: in the field neither is on it.
        arguments = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        chromium.close()


class _Quiet(WSGIRequestHandler):
    """Says nothing of every request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingMixIn, WSGIServer):
    """Knows how many requests it is at, so that no table is emptied under one of them."""

    daemon_threads = True
    at_work = 0
    lock = threading.Lock()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Count while at work."""
        with self.lock:
            self.at_work += 1
        try:
            super().process_request_thread(request, client_address)
        finally:
            # A connection is a thread's own; what the threads leave open keeps the database from being dropped.
            connections.close_all()
            with self.lock:
                self.at_work -= 1


@pytest.fixture(scope="session")
def served() -> Iterator[_Server]:
    """The service behind a port. Django's own live server wants static files, of which there are none here."""
    server = make_server("127.0.0.1", 0, WSGIHandler(), server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(kw_only=True)
class Screens:
    """One window with the app in it. ``errors`` is what the browser's console complained of."""

    page: Page
    base: str
    theme: str
    errors: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a screen and wait until it says what it is and nothing is on its way."""
        self.page.goto(f"{self.base}/app{path}{'&' if '?' in path else '?'}theme={self.theme}")
        self.page.locator("h1").first.wait_for()
        self.page.wait_for_load_state("networkidle")
        return self.page

    def complaints(self) -> list[str]:
        """Return what axe-core finds wrong with the screen as it is now, each with its place."""
        assert AXE.is_file(), "axe-core is missing; make test-browser installs it."
        # By the protocol, which the page's own policy does not hold back.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
        return [
            f"{one['id']}: {one['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]


@pytest.fixture
def opened(
    transactional_db: None, served: _Server, settings: Any, browser: Browser
) -> Iterator[Callable[..., Screens]]:
    """Open a window on the app, by look."""
    settings.ROOT_URLCONF = "tests.browser.urls"
    settings.MAILFLOW_DEMO_TOKEN = TOKEN
    settings.ALLOWED_HOSTS = ["*"]
    contexts = []

    def window(look: str = "desktop") -> Screens:
        width, height, theme = LOOKS[look]
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        screens = Screens(page=page, base=f"http://127.0.0.1:{served.server_port}", theme=theme)
        page.on("pageerror", lambda error: screens.errors.append(str(error)))
        page.on("console", lambda told: screens.errors.append(told.text) if _ours(told) else None)
        page.on("request", lambda one: screens.requests.append(one))
        return screens

    yield window
    for context in contexts:
        context.close()
    ends = time.monotonic() + 20
    while served.at_work and time.monotonic() < ends:
        time.sleep(0.05)


def _ours(told: Any) -> bool:
    """Tell whether a complaint is about us: pictures of a shop that does not exist are not."""
    return told.type == "error" and "ERR_NAME_NOT_RESOLVED" not in told.text


@pytest.fixture
def shop(transactional_db: None) -> Any:
    """A shop with something to see on every screen."""
    return seed()


def host_of(url: str) -> str:
    """Return the host and port of an address."""
    return urlsplit(url).netloc
