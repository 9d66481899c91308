"""``pause`` and ``resume``: hold all mail of a shop, and let it go on."""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.shop.connect import the_shop
from saleor_mailflow.shop.pause import set_paused

HELP = {"pause": "hold all mail of the shop", "resume": "let mail go on after a pause"}


def add(parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def handle(args: argparse.Namespace, output: Output) -> int:
    """Pause or resume; what waits keeps its own time limit."""
    shop = the_shop(args.shop)
    set_paused(shop, args.command == "pause", actor=COMMAND_LINE, at=clock.now())
    output.say("All mail is held. To go on: mailflow resume" if shop.paused_at else "Mail goes on.")
    if output.json:
        output.data({"paused_at": shop.paused_at})
    return 0
