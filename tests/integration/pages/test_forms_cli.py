"""``mailflow forms``: from a file to a page and a snippet; what cannot be read is said and not saved."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from django.test import Client

from saleor_mailflow.cli import main
from saleor_mailflow.models import AuditEntry, SignUpForm
from saleor_mailflow.testing.world import World

YAML = """
title: {en: Hello, de: Hallo}
fields: [name]
topics: [new]
origins: [https://northmill.example]
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["forms", *arguments])
    captured = capsys.readouterr()
    return code, " ".join((captured.out + captured.err).split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fields: [shoe size]", "cannot ask for 'shoe size'"),
        ("topics: [cats]", "no topic 'cats' in this shop"),
        ("origins: [northmill.example/shop]", "write it as https://shop.example"),
        ("colour: red", "'colour' is no part of a form"),
        ("survey: [{key: a, choices: [{key: b}]}]", "needs two choices"),
        ("- a\n- b", "must hold the parts of a form"),
        ("title: {en: [", "not well-formed (line"),
        ("!!python/object/apply:os.system [echo]", "not well-formed"),
    ],
)
def test_a_form_that_cannot_be_read_is_not_saved(
    shop: World, capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "form.yaml"
    file.write_text(text)
    before = SignUpForm.objects.get().definition
    for key in ("popup", "footer"):
        code, shown = run(capsys, "add", key, str(file))
        assert (code, said in shown) == (1, True), shown
    assert SignUpForm.objects.get().definition == before
    assert not AuditEntry.objects.filter(action__startswith="form.").exists()


@pytest.mark.parametrize("arguments", [("show",), ("show", "popup"), ("add", "a b"), ("add", "popup", "nowhere.yaml")])
def test_what_is_missing_is_said(shop: World, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    code, shown = run(capsys, *arguments)
    assert code == 1
    assert shown.endswith(".") or "mailflow forms" in shown


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_from_a_file_to_a_page(
    client: Client, shop: World, capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"form.{kind}"
    parts = {"title": {"en": "Hello", "de": "Hallo"}, "fields": ["name"], "topics": ["new"]}
    file.write_text(YAML if kind == "yaml" else json.dumps({**parts, "origins": ["https://northmill.example"]}))
    code, shown = run(capsys, "add", "popup", str(file))
    assert (code, "https://mail.northmill.example/s/northmill.example/popup/" in shown) == (0, True)
    assert AuditEntry.objects.filter(subject="form:popup").get().action == "form.added"
    assert "<h1>Hello</h1>" in client.get("/s/northmill.example/popup/").content.decode()
    _, listed = run(capsys, "list", "--json")
    assert {one["key"]: one["open"] for one in json.loads(listed)} == {"footer": True, "popup": True}
    assert run(capsys, "close", "popup")[0] == 0
    assert client.get("/s/northmill.example/popup/").status_code == 404
    assert run(capsys, "snippet", "popup")[0] == 1
    assert run(capsys, "open", "popup")[0] == 0
    code, html = run(capsys, "snippet", "popup", "--json")
    assert 'data-mailflow="popup"' in json.loads(html)["html"]


def test_the_guide_may_be_followed_as_it_stands(
    shop: World, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "howto" / "sign-up.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(sh|yaml)\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "footer.yaml").write_text(next(text for kind, text in blocks if kind == "yaml"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = next(text for kind, text in blocks if kind == "sh").splitlines()
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, f"{command}: {capsys.readouterr().err}"
    assert SignUpForm.objects.get(key="footer").definition["topics"] == ["recipes", "offers"]
