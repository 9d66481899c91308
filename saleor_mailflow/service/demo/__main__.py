"""``python -m saleor_mailflow.service.demo``: play a recorded day of a real shop at our own door, and show what comes of it.

Refuses to send a mail to anybody: they go to a mail server of its own that delivers none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from saleor_mailflow.exceptions import MailflowError
from saleor_mailflow.service.demo.day import OWN_DAY, Day, load_day


def main(arguments: list[str] | None = None) -> int:
    """Play a day; return 0, or 2 after a sentence about what is in the way."""
    parser = argparse.ArgumentParser(prog="make demo ARGS=", description="A recorded day of a real shop, played.")
    parser.add_argument("--once", action="store_true", help="play it unattended and print one JSON object at the end")
    parser.add_argument("--day", type=Path, default=OWN_DAY, metavar="DIR", help="another recorded day")
    parser.add_argument("--port", type=int, default=0, help="where to serve the page")
    chosen = parser.parse_args(arguments)
    try:
        day = load_day(chosen.day)
        for sentence in day.skipped:
            sys.stderr.write(sentence + "\n")
        return _show(day, once=chosen.once, port=chosen.port)
    except MailflowError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _show(day: Day, *, once: bool, port: int) -> int:
    # Switches of a real shop are not the demo's.
    for name in ("MAILFLOW_DISABLED", "MAILFLOW_REDIRECT_TO"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_mailflow.service.demo.settings"
    from saleor_mailflow.service.postgres import ensure_database

    server = ensure_database()
    try:
        import django

        django.setup()
        from saleor_mailflow.service.demo.figures import count
        from saleor_mailflow.service.demo.player import Progress, play
        from saleor_mailflow.service.demo.stage import staged

        with staged(day, port=port) as stage:
            progress = Progress(total=len(day.webhooks))
            play(stage, day, progress)
            for refused in progress.refused:
                print(refused)
            print(json.dumps(count(stage.shop.pk).to_json()))
    finally:
        if server is not None:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
