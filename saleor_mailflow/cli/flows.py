"""``flows``: what there is, what is on, how to switch it, its versions, and flows as files."""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli import flow_files
from saleor_mailflow.cli.output import Output, counted
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.catalog import CATALOG, OURS
from saleor_mailflow.flows.move import move_people
from saleor_mailflow.flows.publish import bring_back, retire, roll_back, set_mode
from saleor_mailflow.models import Enrollment, Flow, FlowVersion, Message, Shop
from saleor_mailflow.process.complaints import resume_flow
from saleor_mailflow.shop.connect import the_shop

HELP = "list flows, switch them, go back a version, move people, retire; export, diff, apply and test them as files"

_FILES = {"export": flow_files.export, "diff": flow_files.diff, "apply": flow_files.apply}
_ONE = ("enable", "disable", "resume", "retire", "bring-back", "roll-back", "move")


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do, and with which flows or files."""
    parser.add_argument("action", choices=("list", *_ONE, *_FILES, "test"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="a flow such as abandoned_checkout, or files")
    parser.add_argument("--shadow", action="store_true", help="enable: do everything but the sending")
    parser.add_argument("--channel", default="", help="enable, disable: in this channel only")
    parser.add_argument("--to", default="", metavar="FOLDER", help="export: one file a flow goes there")
    parser.add_argument("--version", type=int, default=0, metavar="N", help="roll-back: to this one")
    parser.add_argument(
        "--step", action="append", default=[], metavar="OLD=NEW", help="move: where those go whose step is gone"
    )
    parser.add_argument("--note", default="", help="apply, roll-back: what you want to say about it")
    parser.add_argument("--yes", action="store_true", help="apply: do not ask")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Do what is asked; the stories of ``test`` need neither a shop nor a database."""
    if args.action == "test":
        return flow_files.tell(args, output)
    shop = the_shop(args.shop)
    if args.action in _FILES:
        return _FILES[args.action](shop, args, output)
    if args.action == "list":
        return _list(shop, output)
    if len(args.names) != 1:
        raise ConfigurationError(f"Say which flow; known are {', '.join(CATALOG)}.", key="flows")
    said, data = _one(shop, args.names[0], args)
    output.say(said)
    if output.json:
        output.data({"key": args.names[0], **data})
    return 0


def _one(shop: Shop, key: str, args: argparse.Namespace) -> tuple[str, dict[str, object]]:
    now = clock.now()
    match args.action:
        case "resume":
            resume_flow(shop, key, at=now, actor=COMMAND_LINE)
            return f"{key} goes on. Complaints count anew from now.", {"stopped": False}
        case "retire":
            retire(shop, key, at=now, actor=COMMAND_LINE)
            return f"{key} is retired: nobody enters it, and who is inside goes on to the end.", {"retired": True}
        case "bring-back":
            bring_back(shop, key, at=now, actor=COMMAND_LINE)
            return f"{key} is back. Only people who cross from now on enter it.", {"retired": False}
        case "roll-back":
            version = roll_back(shop, key, args.version, at=now, note=args.note, actor=COMMAND_LINE)
            said = f"{key} is at version {version.number}, which is what version {args.version} was."
            return said, {"version": version.number}
        case "move":
            moved = move_people(shop, key, steps=_steps(args.step), at=now, actor=COMMAND_LINE)
            people = counted(moved.people, "person", "people")
            said = f"Moved to version {moved.version}: {people}; {moved.stayed} of them keep their step."
            return said, {"version": moved.version, "people": moved.people, "stayed": moved.stayed}
    mode = "off" if args.action == "disable" else "shadow" if args.shadow else "live"
    flow = set_mode(shop, key, mode, at=now, channel=args.channel, actor=COMMAND_LINE)
    where = f" in {args.channel}" if args.channel else ""
    return f"{key} is now {mode}{where}. Only people who cross from now on enter it.", {"mode": flow.mode}


def _steps(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        old, equals, new = one.partition("=")
        if not equals or not old:
            raise ConfigurationError(f"{one[:80]!r} names no two steps: write --step old=new, or old= for the end.")
        found[old.strip()] = new.strip()
    return found


def _list(shop: Shop, output: Output) -> int:
    known = {one.key: one for one in Flow.objects.filter(shop=shop).select_related("version")}
    rows = []
    for key in [*CATALOG, *sorted(known.keys() - CATALOG.keys() - OURS.keys())]:
        there = known.get(key)
        version = there.version if there else None
        rows.append(
            {
                "key": key,
                "mode": _mode(there),
                "version": version.number if version else None,
                "inside": Enrollment.objects.filter(shop=shop, flow__key=key, state="active").count(),
                "sent": Message.objects.filter(shop=shop, flow_key=key, state="accepted").count(),
                "does": CATALOG[key].description if key in CATALOG else _description(version),
            }
        )
    if output.json:
        output.data(rows)
    columns = ("key", "mode", "version", "inside", "sent", "does")
    output.table("Flows", columns, [[row[c] if row[c] is not None else "-" for c in columns] for row in rows])
    return 0


def _mode(flow: Flow | None) -> str:
    if flow is None:
        return "off"
    return "retired" if flow.retired_at else "stopped" if flow.stopped_at else flow.mode


def _description(version: FlowVersion | None) -> str:
    return str(version.definition["description"]) if version else ""
