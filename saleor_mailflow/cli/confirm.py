"""``confirm``: a person says that this database belongs to the address it runs at."""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE, record_audit
from saleor_mailflow.cli.output import Output
from saleor_mailflow.shop.connect import gateway_for, the_shop
from saleor_mailflow.shop.identity import confirm

HELP = "confirm that this database belongs here, after a move or a restore"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the safety catch."""
    parser.add_argument("--yes", action="store_true", help="do it; without this only show what would be confirmed")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Show what was expected and what is seen; confirm with --yes."""
    shop = the_shop(args.shop)
    seen = gateway_for(shop).identity()
    if seen is None or not (shop.copied_seen or seen.public_url != shop.public_url):
        output.say(f"Nothing to confirm: this database belongs to {shop.public_url or shop.domain} and runs there.")
        return 0
    if not args.yes:
        output.say(
            f"This database belongs to {shop.public_url} and runs at {seen.public_url}. If it is a copy, leave it: it "
            "sends nothing. If the shop has moved here: mailflow confirm --yes"
        )
        return 1
    before = {"public_url": shop.public_url}
    confirm(shop, seen)
    after = {"public_url": seen.public_url}
    record_audit(shop, COMMAND_LINE, "identity.confirmed", "shop", before, after, clock.now())
    output.say(f"Confirmed: this database belongs to {seen.public_url}. Mail goes out again.")
    return 0
