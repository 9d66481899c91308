"""Write down what was measured: the figures as JSON, a table as Markdown, a picture beside it.

Refuses to leave out what missed its goal, or to show a median without its spread.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.ground import Figure

ROW, LEFT, WIDE = 26, 400, 420


def write(folder: Path, figures: Sequence[Figure], machine: dict[str, Any], beside: dict[str, Any]) -> None:
    """Write latest.json (the figures), machine.json (what on), latest.svg and latest.md."""
    folder.mkdir(parents=True, exist_ok=True)
    _json(folder / "latest.json", [one.to_json() for one in figures])
    _json(folder / "machine.json", {"machine": machine, "beside": beside})
    (folder / "latest.svg").write_text(_picture(figures), encoding="utf-8")
    (folder / "latest.md").write_text(_table(figures, machine, beside), encoding="utf-8")


def keep(folder: Path, figures: Sequence[Figure], machine: dict[str, Any]) -> None:
    """Keep what takes too long for every run (``run.py --only growth --people 1000000``) for later tables."""
    place = folder / "growth.json"
    said = [replace(one, note=f"{one.note}, at commit {machine['commit']}") for one in figures]
    names = {one.name for one in said}
    before = [one for one in _read(place) if one.name not in names]
    _json(place, [one.to_json() for one in [*before, *said]])


def kept(folder: Path, measured: Collection[str]) -> list[Figure]:
    """Return what other commands measured and this run did not: ``keep``, and ``hook_cost.py --record`` in a Saleor."""
    found = [*_read(folder / "growth.json"), *_read(folder / "hook_cost.json")]
    return [one for one in found if one.name not in measured]


def _read(place: Path) -> list[Figure]:
    found = json.loads(place.read_text(encoding="utf-8")) if place.exists() else []
    return [Figure(**{**one, "rounds": tuple(one["rounds"])}) for one in found]


def _json(path: Path, what: Any) -> None:
    path.write_text(json.dumps(what, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _goal(one: Figure) -> str:
    return f"{'≥' if one.better == 'higher' else '≤'} {one.goal:g}"


def _table(figures: Sequence[Figure], machine: dict[str, Any], beside: dict[str, Any]) -> str:
    missed = [one for one in figures if not one.met]
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Ratios within one run on one machine; variants take turns within a round. The figure",
        "is the median of the rounds, and a goal is met when the median meets it.",
        "`latest.json` holds the figures, `machine.json` what they were measured on.",
        "",
        "![How far each figure is past its goal](latest.svg)",
        "",
        f"{len(figures) - len(missed)} of {len(figures)} goals met"
        + (f"; missed: {', '.join(one.name for one in missed)}." if missed else "."),
        "",
        "| what | goal | measured | rounds | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in figures:
        spread = f"{min(one.rounds):.2f} – {max(one.rounds):.2f} ({len(one.rounds)})"
        said = ("met" if one.met else "**missed**") + (f"; {one.note}" if one.note else "")
        lines.append(f"| {one.name} | {_goal(one)} | {one.value:.2f} | {spread} | {said} |")
    for title, values in beside.items():
        lines += ["", f"{title}: " + ", ".join(f"{name} {value}" for name, value in values.items()) + "."]
    lines += ["", "Machine: " + ", ".join(f"{name} {value}" for name, value in machine.items()) + ".", ""]
    return "\n".join(lines)


def _picture(figures: Sequence[Figure]) -> str:
    """Draw a bar a figure: how many times as good as its goal asks, the goal being the line at 1."""
    most = 3.0
    height = ROW * len(figures) + 50
    unit = WIDE / most
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 70}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{len([f for f in figures if f.met])} of {len(figures)} goals met</title>",
        f'<rect width="{LEFT + WIDE + 70}" height="{height}" fill="#fff"/>',
    ]
    for number, one in enumerate(figures):
        good = one.value / one.goal if one.better == "higher" else one.goal / max(one.value, 0.001)
        top = 30 + ROW * number
        color = "#2e7d32" if one.met else "#c62828"
        width = max(2.0, min(good, most) * unit)
        more = "…" if good > most else ""
        parts += [
            f'<text x="{LEFT - 10}" y="{top + 13}" text-anchor="end" fill="#222">{escape(one.name)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="18" rx="2" fill="{color}"/>',
            f'<text x="{LEFT + width + 6:.0f}" y="{top + 13}" fill="#222">{one.value:.2f}{more} ({_goal(one)})</text>',
        ]
    goal = LEFT + unit
    parts += [
        f'<line x1="{goal:.0f}" x2="{goal:.0f}" y1="22" y2="{height - 14}" stroke="#222" stroke-dasharray="3 3"/>',
        f'<text x="{goal:.0f}" y="16" text-anchor="middle" fill="#222">goal</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
