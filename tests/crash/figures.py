"""The figures of a disaster: people lost, mailed twice, of unknown fate, held against the sink's log.

Refuses to take the ledger's word for what was sent, and to keep quiet about a figure that misses its goal: what
`make crash` writes is what came out.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.crash.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
PROOF = ROOT / "docs" / "proof"
GOALS = "0 lost, 0 twice, and at most one unknown for each killed worker (10 in the fast mode)"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What one disaster came to."""

    scenario: str
    people: int
    #: Deaths of workers, and of anything else that was ended on purpose.
    kills: int
    lost: int
    twice: int
    unknown: int
    unknown_goal: int

    @property
    def met(self) -> bool:
        """Tell whether every goal was met."""
        return self.lost == 0 and self.twice == 0 and self.unknown <= self.unknown_goal


#: Every disaster of this run, in order.
FIGURES: list[Figure] = []


def hold_to_account(
    one: Stage,
    scenario: str,
    people: int,
    *,
    unknown_at_most: int,
    ended: Collection[str] = (),
    kills: int | None = None,
) -> Figure:
    """Hold the ledger against the sink's log, keep the figures, and raise AssertionError for what is wrong.

    ``ended`` names states that are as good an end in this story as a mail, such as ``failed`` where a mailbox refuses.
    """
    delivered, states = one.delivered(), one.states()
    twice = [uuid for uuid, times in delivered.items() if times > 1]
    lost = people - states["accepted"] - states["unknown"] - sum(states[state] for state in ended)
    figure = Figure(
        scenario=scenario,
        people=people,
        kills=one.kills if kills is None else kills,
        lost=lost,
        twice=len(twice),
        unknown=states["unknown"],
        unknown_goal=unknown_at_most,
    )
    FIGURES.append(figure)
    assert figure.met, f"{figure}: {states}"
    by_state = dict(one.ask("SELECT uuid::text, state FROM mailflow_message"))
    accepted = {uuid for uuid, state in by_state.items() if state == "accepted"}
    assert accepted <= set(delivered), "the ledger says sent, the sink never took it"
    surprises = {uuid for uuid in delivered if by_state[uuid] not in ("accepted", "unknown")}
    assert not surprises, f"the sink took what the ledger calls {[by_state[uuid] for uuid in surprises]}"
    unknown = one.ask(
        "SELECT c.email FROM mailflow_message m JOIN mailflow_contact c ON c.id = m.contact_id "
        "WHERE m.state = 'unknown' LIMIT 1"
    )
    (verified, said), (_, status), *told = one.commands(
        "verify", "status --json", *[f"why {email} --json" for (email,) in unknown]
    )
    assert verified == 0, said
    assert json.loads(status)["health"]["unknown"] == states["unknown"], "an unknown mail that status does not show"
    assert all("perhaps sent" in why for _, why in told), told
    return figure


def write(directory: Path, *, postgres: str, seed: int, seconds: float) -> None:
    """Write crash.json and crash.md: every figure beside its goal, and where it was taken."""
    directory.mkdir(parents=True, exist_ok=True)
    about = {
        "command": "make crash",
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "postgresql": postgres,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "seed": seed,
        "seconds": round(seconds),
    }
    rows = [{**asdict(figure), "met": figure.met} for figure in FIGURES]
    whole = {
        "kills": sum(figure.kills for figure in FIGURES),
        "people": sum(figure.people for figure in FIGURES),
        "lost": sum(figure.lost for figure in FIGURES),
        "twice": sum(figure.twice for figure in FIGURES),
        "unknown": sum(figure.unknown for figure in FIGURES),
        "unknown_goal": sum(figure.unknown_goal for figure in FIGURES),
    }
    text = json.dumps({"about": about, "whole": whole, "scenarios": rows}, indent=1)
    (directory / "crash.json").write_text(text + "\n", encoding="utf-8")
    (directory / "crash.md").write_text(_table(about, whole), encoding="utf-8")


def _table(about: dict[str, object], whole: dict[str, int]) -> str:
    lines = [
        "# Killed, stopped, restarted",
        "",
        "Written by `make crash`, never by hand. Real worker processes send against a real PostgreSQL to a mail server "
        "that writes down what it took before it says so; its log is the truth that our ledger is held against. After "
        "every scenario `mailflow verify` holds and `mailflow status` shows each mail of unknown fate.",
        "",
        f"Goal: {GOALS}.",
        "",
        "| what happened | people | killed | lost | twice | unknown | at most | |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {f.scenario} | {f.people} | {f.kills} | {f.lost} | {f.twice} | {f.unknown} | {f.unknown_goal} | "
        f"{'met' if f.met else '**missed**'} |"
        for f in FIGURES
    ]
    lines += [
        f"| **together** | {whole['people']} | {whole['kills']} | {whole['lost']} | {whole['twice']} | "
        f"{whole['unknown']} | {whole['unknown_goal']} | |",
        "",
        f"Commit {about['commit']}, {about['date']}, PostgreSQL {about['postgresql']}, Python {about['python']}, "
        f"{about['cores']} cores, seed {about['seed']}, {about['seconds']} seconds.",
        "",
    ]
    return "\n".join(lines)


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    changed = subprocess.run(
        ["git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no", "saleor_mailflow"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout.strip() or "unknown") + (" with changes" if changed.stdout.strip() else "")
