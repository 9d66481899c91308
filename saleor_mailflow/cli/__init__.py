"""The command line, the same inside Saleor (``manage.py mailflow``) and standalone (``mailflow``). Never decides.

Each command is one file with ``add`` (its arguments) and ``handle`` (what it does, returning the exit code).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from types import ModuleType

from saleor_mailflow import host
from saleor_mailflow.cli import (
    audit,
    backfill,
    confirm,
    contacts,
    dashboard,
    doctor,
    erase,
    export,
    flows,
    forms,
    gallery,
    offers,
    pause,
    purge,
    run,
    schema,
    segments,
    shops,
    status,
    suppression,
    testsend,
    topics,
    uninstall,
    verify,
    why,
)
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import MailflowError

COMMANDS: dict[str, ModuleType] = {
    "status": status,
    "doctor": doctor,
    "dashboard": dashboard,
    "run": run,
    "backfill": backfill,
    "flows": flows,
    "forms": forms,
    "gallery": gallery,
    "contacts": contacts,
    "topics": topics,
    "offers": offers,
    "segments": segments,
    "why": why,
    "testsend": testsend,
    "confirm": confirm,
    "pause": pause,
    "resume": pause,
    "shops": shops,
    "export": export,
    "erase": erase,
    "purge": purge,
    "audit": audit,
    "schema": schema,
    "verify": verify,
    "suppression": suppression,
    "uninstall": uninstall,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(prog="mailflow", description="Lifecycle email that lives inside a Saleor shop.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        sub = commands.add_parser(name, help=module.HELP[name] if isinstance(module.HELP, dict) else module.HELP)
        sub.add_argument("--shop", default="", help="the shop's domain, where one service serves several")
        sub.add_argument("--json", action="store_true", help="print JSON for machines")
        module.add(sub)
    return top


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or unwell (the sentence says why), 2 wrong usage."""
    args = parser().parse_args(argv)
    output = Output(json=args.json)
    try:
        with host.writer():
            return int(COMMANDS[args.command].handle(args, output))
    except MailflowError as error:
        output.refuse(str(error))
        return 1
