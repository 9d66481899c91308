"""``contacts``: take people in from a file of another system, with what they agreed to there."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from saleor_mailflow import clock
from saleor_mailflow.audience.contact_import import Taken, import_contacts
from saleor_mailflow.audience.said import UMBRELLA
from saleor_mailflow.audit import COMMAND_LINE, record_audit
from saleor_mailflow.cli.output import Output, counted
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.shop.connect import the_shop

HELP = "take people in from a CSV file, with their consent"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the file, and where its people agreed."""
    parser.add_argument("action", choices=("import",))
    parser.add_argument("file", help="CSV in UTF-8 with a header line; needs a column email")
    parser.add_argument("--source", required=True, help="where these people agreed, such as: Mailchimp list 2025")
    parser.add_argument("--topic", default=UMBRELLA, help="what they agreed to (default: all mail)")
    parser.add_argument("--entity", default="", help="the sending entity; default: the whole shop")
    parser.add_argument("--refused", default="", help="write refused lines with their reasons into this CSV file")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Take the file in. Exit 1 when lines were refused."""
    shop, path = the_shop(args.shop), Path(args.file)
    if not path.is_file():
        raise ConfigurationError(f"There is no file {args.file!r}.", key="file")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            total = sum(1 for _ in lines) - 1
            lines.seek(0)
            with Progress(*columns, console=output.errors) as bar:
                task = bar.add_task("Reading", total=max(total, 0))
                done = import_contacts(
                    shop.pk,
                    lines,
                    source=args.source,
                    now=clock.now(),
                    topic=args.topic,
                    entity=args.entity,
                    dry_run=args.dry_run,
                    progress=lambda read: bar.update(task, completed=read),
                )
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        text = str(error) if type(error) is ValueError else f"{path.name} cannot be read as CSV in UTF-8."
        raise ConfigurationError(f"{text} Earlier lines, if any, were taken in; run it again.", key="file") from None
    if not args.dry_run:
        after = {"source": args.source, "new": done.new, "consents": done.consents, "refused": len(done.refused)}
        record_audit(shop, COMMAND_LINE, "contacts.imported", "contacts", after=after, at=clock.now())
    if args.refused:
        _write_refused(Path(args.refused), done)
    _report(done, args, output)
    return 1 if done.refused else 0


def _write_refused(path: Path, done: Taken) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "because"))
        writer.writerows(done.refused)


def _report(done: Taken, args: argparse.Namespace, output: Output) -> None:
    if output.json:
        output.data({**done.__dict__, "dry_run": args.dry_run})
        return
    new, yeses = counted(done.new, "new person", "new people"), counted(done.consents, "yes", "yeses")
    would = " would come in" if args.dry_run else " came in"
    output.say(f"{counted(done.read, 'line', 'lines')} read; {new} and {yeses}{would}.")
    if done.refused:
        output.table(f"{counted(len(done.refused), 'line', 'lines')} refused", ("line", "because"), done.refused[:20])
    if len(done.refused) > 20:
        output.say(f"… and {len(done.refused) - 20} more; --refused FILE writes them all down.")
