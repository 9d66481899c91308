"""The README is run: every command it names exists and takes these arguments, every example works as printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.cli import parser

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Commands in blocks and in running text alike.
COMMANDS = sorted(
    {line.strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()}
    | set(re.findall(r"`((?:make|python manage\.py|mailflow) [^`]+)`", README))
)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make ")])
def test_every_make_command_has_its_target(command: str) -> None:
    target = shlex.split(command)[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", [c for c in COMMANDS if " mailflow " in f" {c} "])
def test_every_mailflow_command_takes_these_arguments(command: str) -> None:
    words = shlex.split(command)
    args = parser().parse_args(words[words.index("mailflow") + 1 :])
    assert args.command


def test_there_is_something_to_run() -> None:
    assert len(COMMANDS) > 10


@pytest.mark.django_db
@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_every_example_works_as_printed(example: str, db: Any) -> None:
    names: dict[str, Any] = {}
    exec(compile(example, "README.md", "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for one in tests:
        one(db)


def test_every_file_it_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]
    assert [link for link in links if not (ROOT / link).exists()] == []
