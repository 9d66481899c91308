"""``purge``: let go of what its time is over for. The worker does the same every night."""

from __future__ import annotations

import argparse

from rich.progress import Progress, SpinnerColumn, TextColumn

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE, record_audit
from saleor_mailflow.cli.output import Output
from saleor_mailflow.process.retention import purge
from saleor_mailflow.retention import POLICIES
from saleor_mailflow.shop.connect import the_shop
from saleor_mailflow.shop.settings import settings_of

HELP = "let go of what is older than the retention says (the worker does it every night)"


def add(parser: argparse.ArgumentParser) -> None:
    """Add whether only to count."""
    parser.add_argument("--dry-run", action="store_true", help="only count what would go")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Purge or count; print how much of what."""
    shop, now = the_shop(args.shop), clock.now()
    days = settings_of(shop).retention
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=output.errors, transient=True) as bar:
        task = bar.add_task("Looking")
        report = purge(
            shop,
            now=now,
            dry_run=args.dry_run,
            progress=lambda key, rows: bar.update(task, description=f"{key.replace('_', ' ')}: {rows}"),
        )
    if not args.dry_run:
        record_audit(shop, COMMAND_LINE, "retention.applied", after=report.counts, at=now)
    if output.json:
        output.data({"dry_run": args.dry_run, "days": dict(days), "counts": report.counts})
    output.table(
        "Would be let go of" if args.dry_run else "Let go of",
        ("retention", "days", "rows", "what"),
        [(p.key, days[p.key], report.counts.get(p.key, 0), p.what) for p in POLICIES if p.days is not None],
    )
    return 0
