"""The page about people is the one that the code writes."""

from __future__ import annotations

from pathlib import Path

from saleor_mailflow.audience.facts_page import page
from saleor_mailflow.flows.fact_table import FACTS

DOC = Path(__file__).parents[3] / "docs" / "reference" / "audience.md"


def test_the_page_in_the_docs_is_the_one_that_is_written() -> None:
    assert DOC.read_text(encoding="utf-8") == page(), (
        "Write it anew: python -m saleor_mailflow.audience.facts_page > docs/reference/audience.md"
    )


def test_every_fact_stands_on_it_with_its_words() -> None:
    text = page()
    assert [
        name for name, fact in FACTS.items() if f"| `{name}` | {fact.kind} | {fact.of} | {fact.words}" not in text
    ] == []
