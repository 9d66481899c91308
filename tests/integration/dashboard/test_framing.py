"""What a proxy adds on the way is found by asking for the page as a browser does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client

from saleor_mailflow.dashboard.framing import framing_findings, look
from saleor_mailflow.process.doctor import Grade


@contextmanager
def proxy(status: int = 200, **added: str) -> Iterator[str]:
    """Serve our page as a proxy would, with headers added."""
    ours = Client().get("/app/").headers

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in [*ours.items(), *((key.replace("_", "-"), one) for key, one in added.items())]:
                if name != "Content-Length":
                    self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/app"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("value", ["DENY", "SAMEORIGIN"])
def test_a_frame_that_stays_empty_is_told(value: str) -> None:
    with proxy(X_Frame_Options=value) as address:
        found = look(address)
    assert found.grade is Grade.BROKEN
    assert value in found.text


def test_a_second_policy_is_told() -> None:
    with proxy(Content_Security_Policy="frame-ancestors 'none'") as address:
        assert look(address).grade is Grade.HINT


@pytest.mark.parametrize("status", [301, 404, 502])
def test_a_page_that_is_not_there_is_told(status: int) -> None:
    with proxy(status) as address:
        found = look(address)
    assert found.grade is Grade.BROKEN
    assert str(status) in found.text


def test_nobody_there_is_a_hint() -> None:
    with proxy() as address:
        pass
    assert look(address).grade is Grade.HINT


def test_a_proxy_that_adds_nothing_is_fine() -> None:
    with proxy() as address:
        assert look(address).grade is Grade.FINE


def test_outside_saleor_there_is_nothing_to_look_at() -> None:
    assert framing_findings() == []
