"""The developer's guide is run: each block as it stands there, by curl and Python, against the running service."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from saleor_mailflow.graphql import remote
from saleor_mailflow.models import Flow, LinkKey, Shop, SignUp, SignUpForm
from tests.integration.graphql.shop_door import shop_door

GUIDE = (Path(__file__).parents[2] / "docs" / "howto" / "graphql.md").read_text(encoding="utf-8")
CURLS = [block for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) if block.startswith("curl")]
PYTHON = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[str]:
    """Run the standalone service on a port of this machine; yield its address."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.fixture
def environment(transactional_db: None) -> Iterator[dict[str, str]]:
    """A shop with its own API, our service running, and a token of somebody who may all that the guide does."""
    remote.forget()
    with shop_door() as door, running() as address:
        shop = Shop.objects.create(domain="guide.example", api_url=door.url, road=Shop.Road.APP)
        LinkKey.objects.create(shop=shop)
        SignUpForm.objects.create(shop=shop, key="footer", definition={}, updated_at=shop.created_at)
        token = door.staff("MANAGE_PLUGINS", "MANAGE_ORDERS", "MANAGE_USERS")
        yield {**os.environ, "MAILFLOW_API": f"{address}/graphql/", "TOKEN": token}
    remote.forget()


def test_the_guide_has_what_it_promises() -> None:
    assert len(CURLS) == 3
    assert PYTHON.count("mutation") >= 4


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_every_curl_is_answered(environment: dict[str, str]) -> None:
    answers = []
    for block in CURLS:
        done = subprocess.run(["bash", "-c", block], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        answers.append(json.loads(done.stdout))
    assert not [answer for answer in answers if "errors" in answer]
    assert "abandoned_checkout" in {flow["key"] for flow in answers[0]["data"]["flows"]}
    assert answers[1]["data"]["why"]["known"] is False
    assert answers[2]["data"]["subscribe"] == {"asked": True, "errors": []}
    assert SignUp.objects.get().contact.email == "anna@example.com"


def test_the_python_does_what_it_says(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", PYTHON], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "SHADOW"
    assert "no_such_flow" in lines[1]
    assert "until_next_day" in lines[2]
    assert "number" in lines[3]
    assert Flow.objects.get(key="abandoned_checkout").mode == "shadow"
