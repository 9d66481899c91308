"""``erase EMAIL``: take a person's name out of everything we hold."""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.process.erasure import erase_contact
from saleor_mailflow.process.export import export_contact
from saleor_mailflow.shop.connect import the_shop

HELP = "erase a person by address, guest or account; purchases and statistics stay without a name"


def add(parser: argparse.ArgumentParser) -> None:
    """Add whom to erase, and the safety catch."""
    parser.add_argument("email", metavar="EMAIL")
    parser.add_argument("--yes", action="store_true", help="do it; without this only say what would be erased")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Erase with --yes, else say what is held."""
    shop, now = the_shop(args.shop), clock.now()
    if not args.yes:
        told = export_contact(shop, args.email, now=now, actor=COMMAND_LINE)
        counts = {name: len(rows) for name, rows in told.items() if isinstance(rows, list)}
        if output.json:
            output.data({"erased": False, "held": counts})
            return 1
        output.table(
            "Would be erased (add --yes); it cannot be taken back",
            ("what", "how many"),
            [(name.replace("_", " "), number) for name, number in counts.items() if number],
        )
        return 1
    done = erase_contact(shop, args.email, now=now, actor=COMMAND_LINE)
    if output.json:
        output.data({"erased": True, "report": done})
        return 0
    if not done.contacts:
        output.say("Nothing was held under this address. What is learned later of the time before now stays nameless.")
        return 0
    output.say(
        f"Erased: {len(done.contacts)} contacts with {done.baskets} baskets, {done.purchases} purchases and "
        f"{done.messages} mails. What the shop itself keeps of them is the shop's to delete."
    )
    if done.leaving:
        output.say(
            f"{done.leaving} mails were being handed over at this moment; how that ends is kept, not their text."
        )
    return 0
