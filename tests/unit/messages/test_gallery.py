"""The gallery: every mail there is, to look at."""

from __future__ import annotations

import re
from pathlib import Path

from saleor_mailflow.cli import parser
from saleor_mailflow.cli.gallery import handle
from saleor_mailflow.cli.output import Output
from saleor_mailflow.messages.gallery import dark, write_gallery
from saleor_mailflow.messages.registry import REGISTRY
from saleor_mailflow.messages.words import LANGUAGES


def test_it_shows_every_mail_in_every_language_and_nothing_that_is_not_there(tmp_path: Path) -> None:
    index, count = write_gallery(tmp_path)
    assert count == len(REGISTRY) * len(LANGUAGES)
    page = index.read_text(encoding="utf-8")
    frames = re.findall(r'<iframe src="([^"]+)" width="(\d+)" sandbox ', page)
    assert len(frames) == count * 4
    for name, _ in frames:
        assert (tmp_path / name).is_file()
    assert {width for _, width in frames} == {"375", "800"}
    assert "<script" not in page


def test_dark_is_dark_whatever_the_screen_is() -> None:
    assert dark("a { } @media (prefers-color-scheme: dark) { b { } }") == "a { } @media all { b { } }"


def test_the_command_brings_its_pictures(tmp_path: Path) -> None:
    args = parser().parse_args(["gallery", "--out", str(tmp_path / "new")])
    assert handle(args, Output(json=True)) == 0
    html = (tmp_path / "new/upsell-goes_with.de.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img src="([^"]+)"', html)
    assert pictures
    for picture in pictures:
        assert (tmp_path / "new" / picture).is_file()
