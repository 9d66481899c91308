"""``segments``: people picked out by a saved condition: list, save, count, delete."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from saleor_mailflow import clock
from saleor_mailflow.audience import segment_book, segments
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.conditions import Condition
from saleor_mailflow.models import Segment, Shop
from saleor_mailflow.shop.connect import the_shop

HELP = "list segments, save one, count the people in one now, or delete it"


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do, with which segment, and what it asks."""
    parser.add_argument("action", choices=("list", "save", "count", "delete"))
    parser.add_argument("key", nargs="?", default="", help="such as loyal")
    parser.add_argument("--name", default="", help="what it is called; the key where nothing is said")
    parser.add_argument(
        "--when", default="", metavar="JSON", help='such as {"fact": "contact.orders", "op": "at_least", "value": 3}'
    )
    parser.add_argument("--file", default="", help="a file that holds the JSON")


def handle(args: argparse.Namespace, output: Output) -> int:
    """List, save, count or delete. A count is of this moment; without a key it is of the condition that is given."""
    shop = the_shop(args.shop)
    if args.action == "list":
        return _list(shop, output)
    if not args.key and not (args.action == "count" and (args.when or args.file)):
        raise ConfigurationError(
            f"Say which segment to {args.action}: mailflow segments {args.action} KEY", key="segments"
        )
    return {"save": _save, "count": _count, "delete": _delete}[args.action](shop, args, output)


def _list(shop: Shop, output: Output) -> int:
    rows = [
        {"key": one.key, "name": one.name, "people": one.size, "counted_at": one.counted_at, "when": one.conditions}
        for one in Segment.objects.filter(shop=shop).order_by("key")
    ]
    if output.json:
        output.data(rows)
    elif not rows:
        output.say("There are no segments. Save one: mailflow segments save KEY --when JSON")
    else:
        shown = [
            (row["key"], row["name"], row["people"] if row["people"] is not None else "-", json.dumps(row["when"]))
            for row in rows
        ]
        output.table("Segments", ("key", "name", "people when last counted", "when"), shown)
    return 0


def _save(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    now = clock.now()
    saved = segment_book.save(shop, args.key, name=args.name, condition=_condition(args), at=now, actor=COMMAND_LINE)
    found = segment_book.count_saved(saved, now=now)
    output.say(f"{saved.key} is saved: {_people(found)} now.")
    if output.json:
        output.data({"key": saved.key, "name": saved.name, "people": found.number, "exact": found.exact})
    return 0


def _count(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    now = clock.now()
    if args.when or args.file:
        found = segments.count(shop.pk, _condition(args), now=now)
    else:
        segment = Segment.objects.filter(shop=shop, key=args.key).first()
        if segment is None:
            raise ConfigurationError(f"There is no segment {args.key[:60]!r}.", key="segments")
        found = segment_book.count_saved(segment, now=now)
    output.say(f"{_people(found)} now.")
    if output.json:
        output.data({"people": found.number, "exact": found.exact})
    return 0


def _delete(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    segment_book.delete(shop, args.key, at=clock.now(), actor=COMMAND_LINE)
    output.say(f"{args.key} is deleted. Nobody's mail changes by that.")
    if output.json:
        output.data({"key": args.key, "deleted": True})
    return 0


def _condition(args: argparse.Namespace) -> Condition:
    try:
        data = json.loads(Path(args.file).read_text(encoding="utf-8") if args.file else args.when)
    except OSError as error:
        raise ConfigurationError(f"{args.file[:200]!r} cannot be read: {error.strerror}.", key="segments") from error
    except ValueError as error:
        raise ConfigurationError(
            f"What the segment asks is no JSON ({error}); write it as "
            '--when \'{"fact": "contact.orders", "op": "at_least", "value": 3}\'.',
            key="segments",
        ) from error
    return segment_book.read_condition(data)


def _people(found: segments.Count) -> str:
    people = "1 person" if found.number == 1 else f"{found.number:,} people".replace(",", " ")
    return people if found.exact else f"About {people}, from a sample,"
