"""``uninstall``: take away what would outlive the package, and leave an export of suppression and ledger."""

from __future__ import annotations

import argparse
from pathlib import Path

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE, record_audit
from saleor_mailflow.cli.output import Output
from saleor_mailflow.models import Shop
from saleor_mailflow.uninstall import uninstall

HELP = "remove beat rows, app row and configuration; export suppression and ledger"


def add(parser: argparse.ArgumentParser) -> None:
    """Add where the export goes, and the safety catch."""
    parser.add_argument("--export", type=Path, default=Path("mailflow-export"), metavar="DIR")
    parser.add_argument("--yes", action="store_true", help="do it; without this only list what would go")


def handle(args: argparse.Namespace, output: Output) -> int:
    """List what would go, or export and remove it."""
    removed = uninstall(args.export, apply=args.yes)
    if args.yes:
        for shop in Shop.objects.filter(road=Shop.Road.PLUGIN):
            record_audit(shop, COMMAND_LINE, "shop.uninstalled", "shop", at=clock.now())
    if output.json:
        output.data(removed)
    else:
        output.table(
            "Removed" if args.yes else "Would be removed (add --yes)",
            ("what", "how many"),
            [(one.what, one.count) for one in removed],
        )
    return 0
