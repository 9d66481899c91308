"""``gallery``: every mail in every language, rendered with its example into a folder to look at. Sends nothing."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from saleor_mailflow.cli.output import Output
from saleor_mailflow.messages.gallery import write_gallery

HELP = "every mail in every language as pages to look at, phone and desktop, light and dark"


def add(parser: argparse.ArgumentParser) -> None:
    """Add where to."""
    parser.add_argument("--out", default="gallery", metavar="DIR", help="the folder, made where it is missing")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Write the folder and say where to look."""
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = Path(__file__).resolve().parent.parent / "service" / "pictures"
    if pictures.is_dir():
        shutil.copytree(pictures, folder / "pictures", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.svg"))
    index, count = write_gallery(folder)
    if output.json:
        output.data({"index": str(index), "mails": count})
    else:
        output.say(f"{count} mails; open {index}")
    return 0
