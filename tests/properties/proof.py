"""How many cases a property is asked for, by which seed, and what it came to: written by the run, never by hand.

Refuses to write anything unless ``MAILFLOW_PROOF`` names a directory.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

#: Cases of each of the two large properties, 10 000 by ``make properties``; without it a short form.
FULL = int(os.environ.get("MAILFLOW_PROPERTIES", "0"))
SEED = int(os.environ.get("MAILFLOW_PROPERTIES_SEED", "20261122"))


@dataclass(kw_only=True)
class Row:
    """One property as it was proved."""

    name: str
    goal: str
    #: What it was proved on: the pure core, one database, several connections.
    proved_on: str
    cases: int = 0
    unit: str = "cases"
    seed: int | None = None
    seconds: float = 0.0
    result: str = "failed"


ROWS: list[Row] = []


@contextmanager
def prove(name: str, *, goal: str, on: str, unit: str = "cases", seed: int | None = None) -> Iterator[Row]:
    """Time a property and keep its row, "failed" until ``result`` says otherwise; print the seed for a repetition."""
    row = Row(name=name, goal=goal, proved_on=on, unit=unit, seed=seed)
    ROWS.append(row)
    print(f"{name}: seed {seed}")
    began = time.monotonic()
    try:
        yield row
    finally:
        row.seconds = round(time.monotonic() - began, 1)


def cases(short: int) -> int:
    """Return how many cases to play: ``short`` ones in every test run, all of them by ``make properties``."""
    return FULL or short


def write(directory: Path) -> None:
    """Write ``properties.md`` and ``properties.json``; rows of properties that this run did not play stay."""
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / "properties.json"
    before = json.loads(page.read_text())["properties"] if page.exists() else []
    rows = {row["name"]: row for row in [*before, *(asdict(row) for row in ROWS)]}
    machine = {"python": platform.python_version(), "processors": os.cpu_count(), "system": platform.system()}
    facts: dict[str, object] = {
        "command": "make properties",
        "at": datetime.now(UTC).date().isoformat(),
        "machine": machine,
    }
    facts["properties"] = list(rows.values())
    page.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    (directory / "properties.md").write_text(_page(facts))


def _page(facts: dict[str, object]) -> str:
    machine = facts["machine"]
    assert isinstance(machine, dict)
    lines = [
        "# Properties, as the last full run proved them",
        "",
        f"Written by `{facts['command']}` on {facts['at']} (Python {machine['python']}, {machine['processors']} "
        f"processors, {machine['system']}); every test run proves a short form. What each property says, and on what "
        "it was proved, is in `tests/properties`.",
        "",
        "| property | proved on | goal | cases | seed | seconds | result |",
        "| --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    properties = facts["properties"]
    assert isinstance(properties, list)
    lines += [
        f"| {row['name']} | {row['proved_on']} | {row['goal']} | {row['cases']:,} {row['unit']} | "
        f"{'–' if row['seed'] is None else row['seed']} | {row['seconds']:,.1f} | {row['result']} |"
        for row in properties
    ]
    return "\n".join([*lines, ""])
