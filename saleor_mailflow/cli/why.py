"""``why EMAIL``: what this person got, will get and did not get, each with its reason."""

from __future__ import annotations

import argparse

from saleor_mailflow import clock
from saleor_mailflow.cli.output import Output
from saleor_mailflow.flows.goals import minute
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.flows.why import why
from saleor_mailflow.shop.connect import gateway_for, the_shop
from saleor_mailflow.shop.settings import settings_of

HELP = "tell what a person got, will get and did not get, and why"


def add(parser: argparse.ArgumentParser) -> None:
    """Add whom to tell about."""
    parser.add_argument("email", metavar="EMAIL")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Tell; exit 0 when the address is known."""
    shop, now = the_shop(args.shop), clock.now()
    settings, gateway = settings_of(shop), gateway_for(shop)
    facts = shop_facts(shop, settings, gateway)
    answer = why(shop, args.email, settings=settings, shop_facts=facts, gateway=gateway, now=now)
    if output.json:
        output.data(answer)
        return 0 if answer.known else 1
    for line in answer.says:
        output.say(line)
    rows = [(minute(e.at) + (" (to come)" if e.at > now else ""), e.flow, e.what, e.sentence) for e in answer.timeline]
    if rows:
        output.table(f"\n{answer.email}", ("when", "flow", "what", "why"), rows)
    elif answer.known:
        output.say("No cart of theirs has come up for any flow.")
    if answer.rules:
        output.table(
            "\nThe mail that waits, asked now",
            ("mail", "rule", "answer"),
            [(r.message, r.rule, r.sentence or "fine") for r in answer.rules],
        )
    return 0 if answer.known else 1
