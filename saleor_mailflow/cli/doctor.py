"""``doctor``: look at everything mail depends on, and say what to do."""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.cli.output import Output
from saleor_mailflow.dashboard.framing import framing_findings
from saleor_mailflow.process.doctor import Grade, examine
from saleor_mailflow.shop.connect import the_shop
from saleor_mailflow.shop.settings import settings_of

HELP = "check public address, beat, broker, sender and its DNS records"


def add(parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def handle(args: argparse.Namespace, output: Output) -> int:
    """Examine; exit 1 when something is broken."""
    shop = the_shop(args.shop)
    findings = [*examine(shop, settings_of(shop), clock.now()), *framing_findings()]
    if output.json:
        output.data(findings)
    output.table("Doctor", ("how", "what", "seen"), [(f.grade, f.check, f.text) for f in findings])
    return 1 if any(f.grade is Grade.BROKEN for f in findings) else 0
