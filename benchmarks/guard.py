"""The short form for every build: has anything become clearly slower than what ``make bench`` wrote down?

Fails only where the best of three rounds is below 0.7 times the recorded ratio. Refuses to pass in silence: without a
record, or with one of other names, it says what it could not compare. Run ``python -m benchmarks.guard``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.ground import Figure
from benchmarks.run import OUT, database

#: Below this part of what was recorded, no noise explains it.
CLEARLY = 0.7
ROUNDS = 3


def main() -> int:
    """Measure what needs no peers, compare, and return 1 where something became clearly slower."""
    began = time.monotonic()
    recorded = read(OUT / "latest.json")
    if not recorded:
        print("Benchmarks: nothing is recorded in docs/benchmarks/latest.json, so nothing is compared. Run make bench.")
        return 0
    with database():
        from benchmarks import claiming, intake, rendering

        measured = [
            *rendering.figures(rounds=ROUNDS, times=40),
            *intake.figures(events=60, rounds=ROUNDS),
            *claiming.against_others(people=4_000, rounds=ROUNDS),
        ]
    lines = compare(measured, recorded)
    print("\n".join(lines))
    print(f"Benchmarks: {len(measured)} ratios against the record, in {time.monotonic() - began:.0f} s.")
    return 1 if any(line.startswith("SLOWER") for line in lines) else 0


def read(path: Path) -> dict[str, float]:
    """Return {name: value} of the recorded figures, an empty one where there is no file."""
    if not path.exists():
        return {}
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {str(one["name"]): float(one["value"]) for one in found}


def compare(measured: Sequence[Figure], recorded: dict[str, float]) -> list[str]:
    """Return a sentence a figure; one that begins with SLOWER is a clear regression."""
    lines = []
    for one in measured:
        was = recorded.get(one.name)
        best = max(one.rounds) if one.better == "higher" else min(one.rounds)
        if not was:
            lines.append(f"new     {one.name}: {best:.2f}, with nothing recorded to compare it with.")
            continue
        part = best / was if one.better == "higher" else was / max(best, 1e-9)
        word = "SLOWER " if part < CLEARLY else "as good"
        lines.append(f"{word} {one.name}: {best:.2f} at best of {len(one.rounds)} rounds, {was:.2f} recorded.")
    return lines


if __name__ == "__main__":
    sys.exit(main())
