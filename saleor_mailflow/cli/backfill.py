"""``backfill``: fill the read model with the shop's past, with a progress bar. Starts no flow for it."""

from __future__ import annotations

import argparse

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from saleor_mailflow import clock
from saleor_mailflow.cli.output import Output
from saleor_mailflow.process.backfill import FAMILIES, backfill
from saleor_mailflow.shop.connect import gateway_for, the_shop
from saleor_mailflow.shop.settings import settings_of

HELP = "learn the shop's customers, orders and carts (resumable; starts no flow)"


def add(parser: argparse.ArgumentParser) -> None:
    """Add whether to start over."""
    parser.add_argument("--again", action="store_true", help="start over instead of going on where it stopped")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Fill, showing progress; print how many were written."""
    shop = the_shop(args.shop)
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=output.errors) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(family: str, done: int, total: int) -> None:
            if family not in tasks:
                tasks[family] = bar.add_task(family, total=total)
            bar.update(tasks[family], completed=done, total=max(total, done))

        written = backfill(
            shop,
            gateway=gateway_for(shop, bulk=True),
            consent_key=settings_of(shop).consent_key,
            now=clock.now(),
            progress=progress,
            again=args.again,
        )
    if output.json:
        output.data(written)
    else:
        output.say(
            "Learned " + ", ".join(f"{written[family]} {family}" for family in FAMILIES) + ". No flow was started."
        )
    return 0
