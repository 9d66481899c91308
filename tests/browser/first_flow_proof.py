"""What the way to the first flow took, kept where MAILFLOW_PROOF names a directory: a row for each place it was walked.

Refuses to be written by hand, and to forget the other place's row: each is walked by a command of its own.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.browser.merchant import Trip

#: What was promised: under five minutes.
MINUTES = 5


def keep(place: str, trip: Trip) -> None:
    """Write the row of ``place`` into first_flow.json, and first_flow.md from all rows."""
    if not os.environ.get("MAILFLOW_PROOF"):
        return
    directory = Path(os.environ["MAILFLOW_PROOF"])
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "first_flow.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    row = {**asdict(trip), "seconds": round(trip.seconds, 1), "by_hand": round(trip.by_hand)}
    rows[place] = {**row, "date": datetime.now(UTC).date().isoformat()}
    path.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (directory / "first_flow.md").write_text(_page(rows), encoding="utf-8")


def _page(rows: dict[str, dict[str, object]]) -> str:
    lines = [
        "# From “plugin enabled” to the first flow",
        "",
        "Written by `tests/browser/test_first_flow.py` with `MAILFLOW_PROOF=docs/proof`, never by hand. A browser "
        "opens the screens of a shop in which nothing is set, goes through the set-up, finds the test mail in the "
        "inbox of a real SMTP server, and switches abandoned checkout live. A field that is typed into counts its "
        "click with it. “By hand” is what the same takes a person by the keystroke-level model (1.35 s to think, 0.4 s "
        "to move the hand, 1.2 s to point and click, 0.28 s a key), the machine's seconds included.",
        "",
        f"Goal: under {MINUTES} minutes.",
        "",
        "| where | clicks | fields | characters | machine, s | by hand, s | at most, s | on |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {place} | {row['clicks']} | {row['fields']} | {row['characters']} | {row['seconds']} | {row['by_hand']} | "
        f"{60 * MINUTES} | {row['date']} |"
        for place, row in sorted(rows.items())
    ]
    return "\n".join([*lines, ""])
