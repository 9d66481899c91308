"""Flows as files, by command: first what is not published, then that what was exported changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.cli import main
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.publish import publish, set_mode
from saleor_mailflow.models import AuditEntry, Flow, FlowVersion, Shop
from saleor_mailflow.testing.world import START, World
from tests.cart_flow import CART

pytestmark = pytest.mark.django_db

NAME = 'Yours: "it" is'
STORIES = """\
flow: my_cart
stories:
  - name: who buys after the first mail gets no second one
    tells:
      - on: {checkout: {total: 120}}
      - after: 1h
      - sends: reminder
      - then: order
      - exits: goal_reached
      - after: 9d
      - sends_nothing
  - name: who does nothing gets two
    zone: Europe/Berlin
    at: 2026-03-03 09:00
    tells:
      - knowing: {contact.orders: 3}
      - on: checkout
      - after: 1h
      - stays
      - sends: [reminder]
      - after: 2d
      - sends: last_call
      - exits: completed
"""


@pytest.fixture
def shop() -> Shop:
    shop = World.begin().shop
    publish(shop, CART, at=START)
    set_mode(shop, CART.key, "live", at=START)
    return shop


@pytest.fixture
def folder(shop: Shop, tmp_path: Path) -> Path:
    assert main(["flows", "export", "--to", str(tmp_path / "flows")]) == 0
    return tmp_path / "flows"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    seen = capsys.readouterr()
    return seen.out + seen.err


def change(folder: Path, old: str, new: str, name: str = "my_cart") -> None:
    file = folder / f"{name}.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def versions() -> int:
    return FlowVersion.objects.count()


def test_one_mistake_anywhere_keeps_everything_from_being_published(folder: Path, capsys: Any) -> None:
    change(folder, "24h", "36h")
    change(folder, "  type: idle_basket", "  type: idle_baskets", "abandoned_checkout")
    before = versions()
    capsys.readouterr()
    assert main(["flows", "apply", str(folder), "--yes"]) == 1
    assert "abandoned_checkout.yaml:" in (text := said(capsys))
    assert "'idle_baskets' is unknown" in text
    assert versions() == before


def test_nothing_is_published_that_nobody_said_yes_to(folder: Path, capsys: Any, monkeypatch: Any) -> None:
    change(folder, "24h", "36h")
    before = versions()
    assert main(["flows", "apply", str(folder)]) == 1
    assert "Say --yes" in said(capsys)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert main(["flows", "apply", str(folder)]) == 1
    assert "wait until_next_day: duration 24 h -> 36 h" in said(capsys)
    assert versions() == before
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert main(["flows", "apply", str(folder)]) == 0
    assert versions() == before + 1


def test_what_was_exported_changes_nothing_and_is_exported_the_same(folder: Path, capsys: Any) -> None:
    before = versions()
    first = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert main(["flows", "diff", str(folder)]) == 0
    assert main(["flows", "apply", str(folder), "--yes"]) == 0
    assert versions() == before
    change(folder, "name: My cart", f"name: '{NAME}'")
    assert main(["flows", "diff", str(folder)]) == 1
    assert main(["flows", "apply", str(folder), "--yes", "--note", "renamed"]) == 0
    main(["flows", "export", "--to", str(folder / "again")])
    again = {file.name: file.read_bytes() for file in (folder / "again").iterdir()}
    assert {**again, "my_cart.yaml": b""} == {**first, "my_cart.yaml": b""}
    assert main(["flows", "apply", str(folder / "again"), "--yes"]) == 0
    assert versions() == before + 1
    newest = FlowVersion.objects.get(flow_key="my_cart", number=2)
    assert (newest.published_by, newest.note, newest.definition["name"]) == (
        "command line",
        "renamed",
        NAME,
    )


def test_the_same_flow_in_two_files_is_refused(folder: Path, capsys: Any) -> None:
    (folder / "copy.yaml").write_text((folder / "my_cart.yaml").read_text())
    assert main(["flows", "diff", str(folder)]) == 1
    assert "Flow 'my_cart' is also in" in said(capsys)


def test_a_flow_of_ones_own_comes_by_file_and_may_start_another_that_comes_with_it(
    shop: Shop, tmp_path: Path, capsys: Any
) -> None:
    steps = "steps:\n  - id: go_on\n    type: start_flow\n    flow: %s\n"
    head = "schema: 2\nkey: %s\nname: N\ndescription: D.\npurpose: marketing\nonce_per: 7d\ntrigger:\n  type: manual\n"
    (tmp_path / "one.yaml").write_text(head % "one" + steps % "two")
    (tmp_path / "two.yaml").write_text(head % "two" + steps % "nowhere")
    assert main(["flows", "apply", str(tmp_path), "--yes"]) == 1
    assert "starts 'nowhere', which is no flow" in said(capsys)
    (tmp_path / "two.yaml").write_text(head % "two" + steps % "my_cart")
    assert main(["flows", "apply", str(tmp_path), "--yes"]) == 0
    assert set(Flow.objects.filter(shop=shop, version__number=1).values_list("key", flat=True)) >= {"one", "two"}
    capsys.readouterr()
    assert main(["flows", "list", "--json"]) == 0
    assert {"one", "two"} <= {row["key"] for row in json.loads(capsys.readouterr().out)}


def test_a_flow_that_was_never_published_is_exported_from_the_catalogue(shop: Shop, capsys: Any) -> None:
    capsys.readouterr()
    assert main(["flows", "export", "birthday"]) == 0
    assert capsys.readouterr().out.splitlines()[2] == "key: birthday"
    assert main(["flows", "export", "brithday"]) == 1
    assert "no flow 'brithday'" in said(capsys)


@pytest.mark.parametrize(
    ("args", "wrong"),
    [
        (["export"], "Say which flow, or where the files go"),
        (["diff"], "Say which files or folders"),
        (["diff", "nowhere"], "There is no file or folder nowhere"),
        (["enable"], "Say which flow"),
        (["roll-back", "my_cart", "--version", "7"], "no version 7"),
        (["move", "my_cart", "--step", "x"], "write --step old=new"),
    ],
)
def test_what_cannot_be_done_says_what_can(shop: Shop, args: list[str], wrong: str, capsys: Any) -> None:
    assert main(["flows", *args]) == 1
    assert wrong in said(capsys)


def test_versions_by_command(shop: Shop, folder: Path, capsys: Any) -> None:
    change(folder, "24h", "36h")
    assert main(["flows", "apply", str(folder / "my_cart.yaml"), "--yes"]) == 0
    for args, told in (
        (["roll-back", "my_cart", "--version", "1"], "my_cart is at version 3, which is what version 1 was."),
        (["move", "my_cart"], "Moved to version 3: 0 people;"),
        (["retire", "my_cart"], "my_cart is retired"),
        (["bring-back", "my_cart"], "my_cart is back"),
        (["disable", "my_cart", "--channel", "de"], "my_cart is now off in de"),
    ):
        assert main(["flows", *args]) == 0
        assert told in said(capsys)
    assert AuditEntry.objects.filter(actor="command line", subject="flow:my_cart").count() >= 6


def test_stories_beside_a_flow_are_told_and_a_broken_one_says_where(folder: Path, capsys: Any) -> None:
    (folder / "my_cart.stories.yaml").write_text(STORIES)
    assert main(["flows", "test", str(folder)]) == 0
    assert "2 of 2 stories hold." in said(capsys)
    change(folder, "24h", "72h")
    assert main(["flows", "test", str(folder)]) == 1
    line = STORIES.splitlines().index("      - sends: last_call") + 1
    assert f"my_cart.stories.yaml:{line}: who does nothing gets two: my_cart: last_call should" in (
        text := said(capsys)
    )
    assert "1 of 2 stories hold." in text


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("sends: reminder", "sendz: reminder", "'sendz' is no word of stories"),
        ("{checkout: {total: 120}}", "{checkout: {totals: 120}}", "checkout is told total, currency"),
        ("then: order", "then: ordered", "'ordered' is nothing that happens"),
        ("after: 1h", "after: [1h]", "'after' is not told like this"),
        ("zone:", "zones:", "'zones' is nothing of a story"),
        ("flow: my_cart", "flow: nothing", "nor a prebuilt flow 'nothing'"),
        ("    tells:", "    tell:", "A story has a “name”"),
    ],
)
def test_a_word_that_no_story_has_is_told_with_its_line(
    folder: Path, old: str, new: str, wrong: str, capsys: Any
) -> None:
    (folder / "my_cart.stories.yaml").write_text(STORIES.replace(old, new, 1))
    assert main(["flows", "test", str(folder)]) == 1
    assert wrong in (text := said(capsys))
    assert "my_cart.stories.yaml:" in text


def test_every_flow_of_the_catalogue_goes_there_and_back(shop: Shop, tmp_path: Path) -> None:
    for key in CATALOG:
        set_mode(shop, key, "shadow", at=START)
    assert main(["flows", "export", "--to", str(tmp_path)]) == 0
    assert main(["flows", "diff", str(tmp_path)]) == 0
