"""``flows``: what there is, what is on, and how to switch it."""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.models import Enrollment, Flow, Message
from saleor_mailflow.process.complaints import resume_flow
from saleor_mailflow.shop.connect import the_shop

HELP = "list flows, switch one on (live or shadow) or off, or let one go on that complaints have stopped"


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do and with which flow."""
    parser.add_argument("action", choices=("list", "enable", "disable", "resume"))
    parser.add_argument("key", nargs="?", default="", help="such as abandoned_checkout")
    parser.add_argument("--shadow", action="store_true", help="do everything but the sending")


def handle(args: argparse.Namespace, output: Output) -> int:
    """List, enable, disable or resume."""
    shop = the_shop(args.shop)
    if args.action != "list":
        if not args.key:
            raise ConfigurationError(f"Say which flow; known are {', '.join(CATALOG)}.", key="flows")
        if args.action == "resume":
            flow = resume_flow(shop, args.key, at=clock.now(), actor=COMMAND_LINE)
            output.say(f"{flow.key} goes on. Complaints count anew from now.")
            if output.json:
                output.data({"key": flow.key, "stopped": False})
            return 0
        mode = "off" if args.action == "disable" else "shadow" if args.shadow else "live"
        flow = set_mode(shop, args.key, mode, at=clock.now(), actor=COMMAND_LINE)
        output.say(f"{flow.key} is now {flow.mode}. Only people who cross from now on enter it.")
        if output.json:
            output.data({"key": flow.key, "mode": flow.mode})
        return 0
    known = {one.key: one for one in Flow.objects.filter(shop=shop).select_related("version")}
    rows = []
    for key, definition in CATALOG.items():
        there = known.get(key)
        rows.append(
            {
                "key": key,
                "mode": ("stopped" if there.stopped_at else there.mode) if there else "off",
                "version": there.version.number if there and there.version else None,
                "inside": Enrollment.objects.filter(shop=shop, flow__key=key, state="active").count(),
                "sent": Message.objects.filter(shop=shop, flow_key=key, state="accepted").count(),
                "does": definition.description,
            }
        )
    if output.json:
        output.data(rows)
    columns = ("key", "mode", "version", "inside", "sent", "does")
    output.table("Flows", columns, [[row[c] if row[c] is not None else "-" for c in columns] for row in rows])
    return 0
