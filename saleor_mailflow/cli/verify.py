"""``verify``: check the ledger's invariants, in production too."""

from __future__ import annotations

import argparse

from saleor_mailflow.cli.output import Output
from saleor_mailflow.process.verify import COUNT, verify
from saleor_mailflow.shop.connect import the_shop

HELP = "check that the ledger holds what we promise (reads only)"


def add(parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def handle(args: argparse.Namespace, output: Output) -> int:
    """Check; exit 1 when an invariant does not hold."""
    broken = verify(the_shop(args.shop).pk)
    if output.json:
        output.data(broken)
    elif broken:
        rows = [(one.invariant, one.count, ", ".join(map(str, one.examples))) for one in broken]
        output.table("What must not be", ("what", "how often", "such as"), rows)
    else:
        output.say(f"All {COUNT} invariants hold.")
    return 1 if broken else 0
