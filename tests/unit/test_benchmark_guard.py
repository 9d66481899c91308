"""The guard of the benchmarks: what became clearly slower is named, noise is not, and nothing passes in silence."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.ground import Figure, ratio
from benchmarks.guard import compare, read


def measured(*rounds: float, better: str = "higher") -> Figure:
    return Figure(name="a ÷ b", value=sorted(rounds)[1], goal=1.0, better=better, rounds=rounds)


def test_what_is_clearly_slower_in_its_best_round_is_named() -> None:
    assert compare([measured(0.5, 0.69, 0.6)], {"a ÷ b": 1.0})[0].startswith("SLOWER")
    assert compare([measured(1.5, 1.6, 1.45, better="lower")], {"a ÷ b": 1.0})[0].startswith("SLOWER")


def test_one_good_round_is_enough() -> None:
    assert compare([measured(0.1, 0.71, 0.2)], {"a ÷ b": 1.0})[0].startswith("as good")
    assert compare([measured(9.0, 1.4, 8.0, better="lower")], {"a ÷ b": 1.0})[0].startswith("as good")


def test_what_was_never_recorded_is_said_to_be_new(tmp_path: Path) -> None:
    assert read(tmp_path / "latest.json") == {}
    assert "nothing recorded" in compare([measured(0.1, 0.2, 0.3)], {})[0]


def test_the_record_of_make_bench_is_read(tmp_path: Path) -> None:
    (tmp_path / "latest.json").write_text(json.dumps([measured(1, 2, 3).to_json()]), encoding="utf-8")
    assert read(tmp_path / "latest.json") == {"a ÷ b": 2.0}


def test_a_machine_that_varies_twofold_is_called_noisy() -> None:
    assert "noisy" not in ratio("a", [1, 2], [1, 1.9], goal=1).note
    assert "noisy" in ratio("a", [1, 2], [1, 2.1], goal=1, note="kept").note
    assert ratio("a", [1, 2], [1, 2.1], goal=1, note="kept").note.startswith("kept; ")
