"""``run``: be the worker, for shops without a broker and for anyone who wants one process to watch.

Refuses another time than now unless no mail can reach a stranger.
"""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from datetime import UTC, datetime

from django.db import close_old_connections, connections

from saleor_mailflow import clock
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError, blame
from saleor_mailflow.flows.tick import TickReport, run_tick
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.connect import gateway_for, the_shop
from saleor_mailflow.shop.settings import settings_of

HELP = "do the work: once, or every few seconds until stopped"
logger = logging.getLogger("saleor_mailflow.run")


def add(parser: argparse.ArgumentParser) -> None:
    """Add when and how often."""
    parser.add_argument("--once", action="store_true", help="do what is due and exit")
    parser.add_argument("--every", type=float, default=5.0, metavar="SECONDS", help="pause between ticks (default 5)")
    parser.add_argument(
        "--now", default="", metavar="ISO8601", help="pretend it is this time; only with a sink or console"
    )


def handle(args: argparse.Namespace, output: Output) -> int:
    """Tick until stopped by SIGTERM or Ctrl-C, or once."""
    shop = the_shop(args.shop)
    now = _pretended(args.now, shop)
    if args.once or now is not None:
        report = _tick(shop, now or clock.now())
        _say(output, report)
        return 0
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    output.say(f"Working for {shop.domain}, a tick every {args.every:g} s. Ctrl-C stops.")
    while not stop.is_set():
        try:
            report = _tick(shop, clock.now())
            if not report.idle:
                _say(output, report)
        except Exception as error:  # noqa: BLE001 - the database may be away for a while, and comes back
            logger.error("This tick failed: %s. Nothing is lost; the next follows in %g s.", blame(error), args.every)
            # It may lead to a server that only reads since another took over, and would be kept for as long as it does.
            connections.close_all()
        close_old_connections()
        stop.wait(args.every)
    output.say("Stopped.")
    return 0


def _tick(shop: Shop, now: datetime) -> TickReport:
    return run_tick(shop.pk, now, gateway=gateway_for(shop), beat="run")


def _pretended(text: str, shop: Shop) -> datetime | None:
    if not text:
        return None
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--now is {text!r}; write it as 2026-11-20T10:00:00+00:00.", key="--now") from None
    settings = settings_of(shop)
    if not transport_for(settings).harmless:
        raise ConfigurationError(
            f"--now works only where no mail can reach a stranger, and the provider is {settings.provider!r}. "
            "Set it to console, or to smtp on this machine with “sink = yes” among its options.",
            key="--now",
        )
    return now if now.tzinfo is not None else now.replace(tzinfo=UTC)


def _say(output: Output, report: TickReport) -> None:
    if output.json:
        output.data(report)
    else:
        output.say(f"{report.events} events, {report.enrolled} entered, {report.advanced} advanced, {report.sent} sent")
