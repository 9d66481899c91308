"""``python -m saleor_mailflow.service.demo``: play a recorded day of a real shop, and show what comes of it.

Refuses to send a mail to anybody: they go to a mail server of its own that delivers none.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from saleor_mailflow.exceptions import MailflowError
from saleor_mailflow.service.demo.day import OWN_DAY, Day, load_day


def main(arguments: list[str] | None = None) -> int:
    """Play a day; return 0, or 2 after a sentence about what is in the way."""
    parser = argparse.ArgumentParser(prog="make demo", description="Play a recorded day of a real shop.")
    parser.add_argument("--once", action="store_true", help="play it unattended and print one JSON object at the end")
    parser.add_argument("--day", type=Path, default=OWN_DAY, metavar="DIR", help="another recorded day")
    parser.add_argument("--port", type=int, default=0, help="where to serve the page (default: 8765, else any)")
    chosen = parser.parse_args(arguments)
    try:
        day = load_day(chosen.day)
        for problem in day.skipped:
            sys.stderr.write(problem + "\n")
        return _set_up_and_play(day, own=chosen.day == OWN_DAY, once=chosen.once, port=chosen.port)
    except MailflowError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _set_up_and_play(day: Day, *, own: bool, once: bool, port: int) -> int:
    # Switches of a real shop are not the demo's.
    for name in ("MAILFLOW_DISABLED", "MAILFLOW_REDIRECT_TO"):
        os.environ.pop(name, None)
    # Also where a shell started us in the background, and for whoever stops us politely.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_mailflow.service.demo.settings"
    from saleor_mailflow.service.postgres import ensure_database

    server = ensure_database()
    try:
        import django

        django.setup()
        with suppress(KeyboardInterrupt):
            _play(day, own=own, once=once, port=port)
    finally:
        if server is not None:
            server.stop()
    return 0


def _play(day: Day, *, own: bool, once: bool, port: int) -> None:
    # What needs Django's settings is imported once they stand.
    from rich.console import Console

    from saleor_mailflow.service.demo.figures import count
    from saleor_mailflow.service.demo.player import Progress, play
    from saleor_mailflow.service.demo.screen import Screen
    from saleor_mailflow.service.demo.season import play_season
    from saleor_mailflow.service.demo.stage import staged

    console = Console(stderr=once, highlight=False)
    with staged(day, port=port) as stage:
        screen = Screen(console, stage, hurry=once or not console.is_terminal)
        progress = Progress(total=len(day.webhooks), happened=screen.show)
        if not once:
            console.print(f"People and mails: {stage.address}   (Ctrl-C stops)", style="bold")
        try:
            with screen.open():
                play(stage, day, progress)
                if own:
                    play_season(stage, progress)
            if not once:
                console.print(f"The day is over. Look at the mails: {stage.address}   Ctrl-C stops.", style="bold")
                threading.Event().wait()
        finally:
            # The last line, whenever the show ends.
            sys.stdout.write(json.dumps(count(stage.shop.pk, until=stage.day_over_at).to_json()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
