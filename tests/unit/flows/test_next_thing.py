"""The next thing to do about a flow: the most urgent one, and never two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saleor_mailflow.flows.next_thing import FlowFacts, NextKind, next_thing
from saleor_mailflow.testing.world import START

#: All of it at once, the most urgent first: take one away and the next shows.
EVERYTHING = FlowFacts(
    mode="live", stopped="Too many people called it spam.", retired_at=START, draft=True, offers={"cart"}, held_back=2
)


def test_the_most_urgent_thing_is_said_and_the_next_behind_it() -> None:
    facts, seen = EVERYTHING, []
    for change in (
        {"stopped": ""},
        {"retired_at": None},
        {"draft": False},
        {"set_up": {"cart"}},
        {"held_back": 0},
        {"mode": "off"},
    ):
        seen.append(next_thing(facts).kind)
        facts = replace(facts, **change)
    assert [*seen, next_thing(facts).kind] == [
        NextKind.RESUME,
        NextKind.RETIRED,
        NextKind.PUBLISH,
        NextKind.OFFER,
        NextKind.WHY,
        NextKind.NOTHING,
        NextKind.TRY,
    ]


@pytest.mark.parametrize(
    ("facts", "kind", "words"),
    [
        (FlowFacts(mode="shadow"), NextKind.NOTHING, "nothing would have gone out yet"),
        (FlowFacts(mode="shadow", shadowed=1), NextKind.READ, "the 1 mail that would"),
        (FlowFacts(mode="shadow", shadowed=1200), NextKind.READ, "the 1 200 mails that would"),
        (FlowFacts(mode="shadow", offers={"cart"}), NextKind.NOTHING, "In shadow"),
        (FlowFacts(mode="live", held_back=1), NextKind.WHY, "1 mail was not sent"),
        (FlowFacts(mode="live", held_back=3), NextKind.WHY, "3 mails were not sent"),
        (FlowFacts(mode="live", offers={"next_order"}), NextKind.OFFER, "“next order”"),
        (FlowFacts(mode="live"), NextKind.NOTHING, "nobody has entered lately"),
        (FlowFacts(mode="live", sent=4), NextKind.NOTHING, "Nothing to do"),
        (FlowFacts(mode="off", retired_at=START, inside=1), NextKind.RETIRED, "1 person inside"),
    ],
)
def test_it_is_a_sentence_for_people(facts: FlowFacts, kind: NextKind, words: str) -> None:
    found = next_thing(facts)
    assert found.kind is kind
    assert words in found.sentence
    assert found.sentence.endswith(".")
