"""``status``: is it working, and what is the next thing to do?"""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.cli.output import Output, duration
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.process.doctor import Grade, delivery_findings
from saleor_mailflow.process.health import health_of
from saleor_mailflow.shop.connect import the_shop
from saleor_mailflow.shop.settings import settings_of

HELP = "show health, what is due or stuck, and the next thing to do"


def add(parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def handle(args: argparse.Namespace, output: Output) -> int:
    """Print health; exit 0 when nothing is left to do for a person, 1 otherwise."""
    shop = the_shop(args.shop)
    settings = settings_of(shop)
    health = health_of(shop, settings, clock.now())
    if output.json:
        output.data({"shop": shop.domain, "well": health.well, "health": health})
        return 0 if health.well else 1
    output.table(
        f"Mailflow in {shop.domain}",
        ("what", "now"),
        [
            ("flows", ", ".join(f"{key}: {mode}" for key, mode in sorted(health.flows.items())) or "none published"),
            ("people inside", health.inside),
            ("carts in their quiet hour", health.waiting_baskets),
            ("events waiting", f"{health.pending_events} (oldest {duration(health.lag_seconds)})"),
            ("events set aside", health.parked_events),
            ("oldest work due", duration(health.oldest_due_seconds)),
            ("last tick", ", ".join(f"by {who} {duration(s)} ago" for who, s in health.ticked_by.items()) or "never"),
            ("mails, 7 days", ", ".join(f"{n} {state}" for state, n in sorted(health.messages.items())) or "none"),
        ],
    )
    for finding in delivery_findings(shop, settings):
        if finding.grade is not Grade.FINE:
            output.say(f"\nDelivery events: {finding.text}")
    if health.reasons:
        rows = sorted(health.reasons.items(), key=lambda item: -item[1])
        output.table("\nNot sent, last 7 days", ("times", "because"), [(n, sentence(reason)) for reason, n in rows])
    if health.problems:
        output.table("\nTo do", ("setting", "what"), [(p.key, p.text) for p in health.problems])
    if health.nothing_sent:
        output.say(f"\nWhy nothing has been sent yet: {health.nothing_sent}")
    return 0 if health.well else 1
