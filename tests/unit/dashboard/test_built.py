"""The built screens: current, small, complete, and telling nobody where they were built. Needs no Node."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

import saleor_mailflow.dashboard

HERE = Path(saleor_mailflow.dashboard.__file__).parent
UI, STATIC = HERE / "ui", HERE / "static"
#: As tools/build.mjs has them.
SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "src", "tools", "queries")
FIRST_LOAD_KB = 100


def _manifest() -> dict[str, object]:
    return dict(json.loads((STATIC / "manifest.json").read_text()))


def _digest() -> str:
    found = [UI / one for one in SOURCES if (UI / one).is_file()]
    found += [path for one in SOURCES for path in (UI / one).rglob("*") if path.is_file()]
    told = hashlib.sha256()
    for name in sorted(path.relative_to(UI).as_posix() for path in found):
        told.update(f"{name}\n{hashlib.sha256((UI / name).read_bytes()).hexdigest()}\n".encode())
    return told.hexdigest()


def test_what_is_committed_was_built_from_these_sources() -> None:
    """Somebody changed a source and did not build: ``make ui``, and commit static/ with it."""
    assert _manifest()["sources"] == _digest()


def test_first_load_is_small() -> None:
    """The style, the first script and what it brings along, compressed as the browser gets them."""
    manifest = _manifest()
    names = [manifest["style"], manifest["script"], *manifest["preload"]]  # type: ignore[misc]  # a list in JSON
    sizes = [len(gzip.compress((STATIC / str(name)).read_bytes())) for name in names]
    assert 0 < sum(sizes) < FIRST_LOAD_KB * 1024


def test_every_file_that_a_file_asks_for_is_there() -> None:
    """A screen that is loaded later must not be missing from the package."""
    assets = set(_manifest()["assets"])  # type: ignore[call-overload]  # a mapping in JSON
    assert assets == {path.name for path in STATIC.iterdir()} - {"index.html", "manifest.json"}
    for path in STATIC.glob("*.js"):
        asked = set(re.findall(r'(?:from|import)\s*\(?\s*"\./([^"]+)"', path.read_text()))
        assert asked <= assets, path.name
    shell = (STATIC / "index.html").read_text()
    assert set(re.findall(r"\{\{mount\}\}/static/([^\"]+)", shell)) <= assets


def test_shell_has_nothing_that_the_policy_forbids() -> None:
    """No script or style stands in the page, and every address is absolute below the mount."""
    shell = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", shell)
    for address in re.findall(r'(?:src|href)="([^"]+)"', shell):
        assert address.startswith(("{{mount}}/static/", "data:,")), address


@pytest.mark.parametrize("path", [*STATIC.iterdir(), UI / "package-lock.json"], ids=lambda path: path.name)
def test_nothing_names_the_machine_or_the_index_it_came_from(path: Path) -> None:
    """The lock file holds versions and digests; from which index they come is each machine's own matter."""
    text = path.read_text()
    assert '"resolved"' not in text
    assert str(HERE) not in text


def test_no_browser_dialog_is_relied_on() -> None:
    """The Dashboard's sandbox answers confirm() with no, and shows nothing."""
    for path in (UI / "src").rglob("*.ts*"):
        assert not re.search(r"\b(?:window\.)?(?:confirm|alert|prompt)\(\s*[\"'`]", path.read_text()), path.name


def test_mails_are_shown_in_a_shut_frame_only() -> None:
    """A mail's HTML is foreign: it never becomes part of our page, and its frame may do nothing."""
    frames = []
    for path in (UI / "src").rglob("*.tsx"):
        text = path.read_text()
        assert "dangerouslySetInnerHTML" not in text, path.name
        assert ".innerHTML" not in text, path.name
        frames += re.findall(r"<iframe[^>]*>", text)
    assert frames
    for frame in frames:
        assert 'sandbox=""' in frame
        assert "srcdoc=" in frame
