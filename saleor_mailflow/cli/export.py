"""``export EMAIL``: everything we hold on an address, as JSON."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.process.export import export_contact
from saleor_mailflow.shop.connect import the_shop

HELP = "write everything we hold on an address as JSON"


def add(parser: argparse.ArgumentParser) -> None:
    """Add whom it is about, and where it goes."""
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a new file, for your eyes only; else to the terminal")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Write it; exit 0 when something is held, 1 when nothing is."""
    told = export_contact(the_shop(args.shop), args.email, now=clock.now(), actor=COMMAND_LINE)
    if args.out is None:
        output.data(told)
        return 0 if told["held"] else 1
    text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    try:
        # Never readable to others, not for a moment; and never over what is there.
        with os.fdopen(os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(
            f"{args.out} cannot be written: {error.strerror}. Name a new file.", key="out"
        ) from None
    counts = {name: len(rows) for name, rows in told.items() if isinstance(rows, list) and rows}
    if output.json:
        output.data({"file": str(args.out), "held": told["held"], "counts": counts})
    held = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
    output.say(f"Written to {args.out}: {held}." if held else f"We hold nothing on this address; {args.out} says so.")
    return 0 if told["held"] else 1
