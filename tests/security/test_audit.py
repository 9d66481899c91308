"""The audit of what is installed: a version with a hole fails it, and silence is never taken for good news."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("pip_audit", reason="pip-audit comes with `make check`")

spec = importlib.util.spec_from_file_location("audit", ROOT / "tools" / "audit.py")
assert spec is not None
assert spec.loader is not None
audit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(audit)

#: As OSV describes them.
ADVISORIES = {("bleach", "3.1.0"): "PYSEC-2020-27", ("jinja2", "3.1.5"): "PYSEC-0000-1"}


class Database(BaseHTTPRequestHandler):
    """An advisory database that knows ADVISORIES, unless it knows nothing any more."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked["package"]["name"])
        found = ADVISORIES.get((asked["package"]["name"], asked["version"]))
        vulns = [{"id": found, "aliases": [], "summary": "x", "affected": []}] if found and self.server.knows else []
        body = json.dumps({"vulns": vulns} if vulns else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def database() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    server.asked, server.knows = [], True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.service = (("osv", ["--osv-url", f"http://127.0.0.1:{server.server_port}/"]),)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_version_with_a_hole_fails(database: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main({"jinja2": "3.1.5", "idna": "3.7"}, database.service) == 1
    assert "jinja2 3.1.5: PYSEC-0000-1" in capsys.readouterr().out


def test_versions_without_a_hole_pass(database: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main({"jinja2": "3.1.6", "idna": "3.7"}, database.service) == 0
    assert "Audited 2 packages" in capsys.readouterr().out
    assert sorted(database.asked) == ["bleach", "idna", "jinja2"]


@pytest.mark.parametrize("strict", [False, True])
def test_silence_is_no_good_news(
    database: Any, strict: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_AUDIT", "strict" if strict else "")
    database.knows = False
    nowhere = ("osv", ["--osv-url", "http://127.0.0.1:1/"])
    assert audit.main({"jinja2": "3.1.5"}, database.service if strict else (nowhere,)) == strict
    assert "NOT AUDITED" in capsys.readouterr().out


def test_an_accepted_advisory_is_named_with_a_reason() -> None:
    assert all(len(reason) > 20 for reason in audit.accepted().values())
    answers = [{"name": "x", "version": "1", "vulns": [{"id": "A", "aliases": ["CVE-1"], "fix_versions": []}]}]
    assert audit.holes(answers, {}) == ["x 1: A, mended in no version yet"]
    assert audit.holes(answers, {"CVE-1": "why"}) == []


def test_everything_installed_is_asked_about() -> None:
    found = audit.installed()
    assert {"django", "jinja2", "cryptography", "requests"} <= found.keys()
    assert "saleor-mailflow" not in found
    assert audit.CANARY[0] not in found
