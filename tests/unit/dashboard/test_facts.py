"""What the condition editor offers is what conditions can ask about, and compares as they can be compared."""

from __future__ import annotations

import re
from pathlib import Path

import saleor_mailflow.dashboard
from saleor_mailflow.flows.fact_table import FACTS, OPERATORS

SOURCE = (Path(saleor_mailflow.dashboard.__file__).parent / "ui" / "src" / "flow" / "facts.ts").read_text()


def test_the_editor_offers_every_fact_as_the_package_has_it() -> None:
    """A fact was added, renamed or reworded: write the same row into ui/src/flow/facts.ts, then make ui."""
    text = r'"([^"]*)"'
    rows = re.findall(rf"^  row\({text}, {text}, {text}(?:, {text})?(, true)?\),$", SOURCE, re.MULTILINE)
    shown = {key: (kind, words, of, bool(unreliable)) for key, kind, words, of, unreliable in rows}
    assert shown == {key: (str(one.kind), one.words, one.of, one.unreliable) for key, one in FACTS.items()}


def test_the_editor_compares_nothing_in_a_way_that_is_refused() -> None:
    """By each kind of fact, only ways that the package knows for it."""
    for kind, operators in OPERATORS.items():
        if str(kind) == "money":
            continue  # made of the number's, without "is"
        block = re.search(rf"^  {kind}: \[(.*)\],$", SOURCE, re.MULTILINE)
        assert block is not None, kind
        assert set(re.findall(r'value: "(\w+)"', block[1])) <= set(operators), kind
