"""``dashboard``: where the Dashboard shows our screens, and to put that right."""

from __future__ import annotations

import argparse

from saleor_mailflow import host_dashboard
from saleor_mailflow.cli.output import Output
from saleor_mailflow.dashboard.policy import frame_ancestors

HELP = "repair our App in the Saleor Dashboard: its address, its place in the side bar, its widgets"


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do."""
    parser.add_argument("action", choices=("sync",), help="sync: make it what it should be, also where it was removed")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Repair and say what was done, and who may frame the screens."""
    done = host_dashboard.sync_app(repair=True)
    framed = frame_ancestors()
    if output.json:
        output.data({"said": done.said, "address": done.address, "places": list(done.places), "framed_by": framed})
        return 0
    output.say(done.said)
    output.table("Places in the Dashboard", ("place",), [(place,) for place in done.places])
    output.say(f"Who may frame it: {framed} (set DASHBOARD_URL to name your Dashboard).")
    return 0
