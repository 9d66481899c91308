"""``suppression``: who gets no mail: take a list in, write it out, add or remove one address."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from saleor_mailflow import clock
from saleor_mailflow.audience.addresses import email_hash, normalise
from saleor_mailflow.audience.suppression import suppression_key, unsuppress
from saleor_mailflow.audience.suppression_list import (
    STRENGTH,
    Entry,
    Imported,
    as_cell,
    export_list,
    import_list,
    suppress_all,
)
from saleor_mailflow.audit import COMMAND_LINE, record_audit
from saleor_mailflow.cli.output import Output, counted
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.connect import the_shop

HELP = "import or export who gets no mail, or add or remove one address"

#: Refused lines that are printed one by one; the rest is counted.
_SHOWN = 50
_COLUMNS = ("address", "reason", "date", "entity", "hash")


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do, with which file or address."""
    parser.add_argument("action", choices=("import", "export", "add", "remove"))
    what = "import, export: the file (- is standard output); add, remove: the address"
    parser.add_argument("what", nargs="?", default="", help=what)
    parser.add_argument("--dry-run", action="store_true", help="import: say what would be done, and do nothing")
    parser.add_argument("--reason", choices=STRENGTH, default="manual", help="add: why (default: manual)")
    parser.add_argument("--entity", default="", help="the sending entity; default: the whole shop")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Do it. Exit 1 when lines of an import were refused, or there was nothing to remove."""
    shop = the_shop(args.shop)
    if args.action == "import":
        return _import(shop, args, output)
    if args.action == "export":
        return _export(shop, args.what or "-", output)
    if not normalise(args.what):
        raise ConfigurationError("That is not an email address. Write: mailflow suppression add ADDRESS", key="address")
    return _add(shop, args, output) if args.action == "add" else _remove(shop, args, output)


def _add(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    digest = email_hash(suppression_key(shop.pk), args.what)
    entry = Entry(digest=digest, reason=args.reason, at=clock.now(), entity=args.entity, detail=COMMAND_LINE)
    suppress_all(shop.pk, [entry])
    _note(shop, "suppression.added", {"reason": args.reason, "entity": args.entity})
    output.say("No marketing mail goes to this address from now on.")
    if output.json:
        output.data({"suppressed": True})
    return 0


def _remove(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    removed = unsuppress(shop_id=shop.pk, email=args.what, entity=args.entity, reasons=STRENGTH)
    if removed:
        _note(shop, "suppression.removed", {"entity": args.entity})
        output.say("The address is off the list. What the person said about mail counts as before.")
    else:
        output.refuse(f"This address was not suppressed for {args.entity or 'the whole shop'}.")
    if output.json and removed:
        output.data({"removed": removed})
    return 0 if removed else 1


def _import(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    path = Path(args.what)
    if not args.what or not path.is_file():
        raise ConfigurationError(f"There is no file {args.what!r}. Write: mailflow suppression import FILE", key="file")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            total = sum(1 for _ in lines)
            lines.seek(0)
            with Progress(*columns, console=output.errors) as bar:
                task = bar.add_task("Reading", total=total)
                done = import_list(
                    shop.pk,
                    lines,
                    now=clock.now(),
                    entity=args.entity,
                    dry_run=args.dry_run,
                    progress=lambda read: bar.update(task, completed=read),
                )
    except (UnicodeDecodeError, csv.Error) as error:
        text = f"{path.name} cannot be read as CSV in UTF-8 ({type(error).__name__}); lines before that were taken in."
        raise ConfigurationError(text, key="file") from None
    if not args.dry_run:
        _note(shop, "suppression.imported", {"new": done.new, "refused": len(done.refused), "entity": args.entity})
    _report(done, output, dry_run=args.dry_run)
    return 1 if done.refused else 0


def _report(done: Imported, output: Output, *, dry_run: bool) -> None:
    if output.json:
        output.data({"read": done.read, "new": done.new, "refused": done.refused, "dry_run": dry_run})
        return
    would = "would be suppressed" if dry_run else "suppressed now"
    output.say(f"{counted(done.read, 'line', 'lines')} read, {done.new} {would} that were not (or for less).")
    if done.refused:
        output.table(
            f"{counted(len(done.refused), 'line', 'lines')} refused", ("line", "because"), done.refused[:_SHOWN]
        )
    if len(done.refused) > _SHOWN:
        output.say(f"… and {len(done.refused) - _SHOWN} more; --json lists them all.")


def _export(shop: Shop, what: str, output: Output) -> int:
    with Progress(TextColumn("{task.description}"), MofNCompleteColumn(), console=output.errors) as bar:
        task = bar.add_task("Contacts", total=None)
        rows = export_list(shop.pk, progress=lambda done: bar.update(task, completed=done))
        lines = ((one.address, one.reason, one.at.isoformat(), one.entity, one.digest) for one in rows)
        if output.json:
            output.data([dict(zip(_COLUMNS, line, strict=True)) for line in lines])
        elif what == "-":
            _write(sys.stdout, lines)
        else:
            with Path(what).open("w", encoding="utf-8", newline="") as file:
                count = _write(file, lines)
            kept = counted(count, "suppression", "suppressions")
            output.say(f"{kept} in {what}. Without an address: nobody with it is a contact any more.")
    return 0


def _write(file: TextIO, lines: Iterable[Sequence[str]]) -> int:
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    count = 0
    for line in lines:
        writer.writerow([as_cell(cell) for cell in line])
        count += 1
    return count


def _note(shop: Shop, action: str, after: dict[str, object]) -> None:
    record_audit(shop, COMMAND_LINE, action, "suppression", after=after, at=clock.now())
