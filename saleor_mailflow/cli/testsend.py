"""``testsend``: send one marked test mail and say what happened."""

from __future__ import annotations

import argparse

from saleor_mailflow.cli.output import Output
from saleor_mailflow.messages.trial import send_trial
from saleor_mailflow.shop.connect import the_shop
from saleor_mailflow.shop.settings import settings_of

HELP = "send a test mail and say what is wrong if it does not leave"


def add(parser: argparse.ArgumentParser) -> None:
    """Add whom to send it to."""
    parser.add_argument("to", metavar="EMAIL")


def handle(args: argparse.Namespace, output: Output) -> int:
    """Send it; exit 0 when the provider took it."""
    trial = send_trial(settings_of(the_shop(args.shop)), args.to)
    if output.json:
        output.data({"sent": trial.sent, "sentence": trial.sentence})
    else:
        output.say(trial.sentence)
    return 0 if trial.sent else 1
