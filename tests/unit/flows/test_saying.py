"""What is said of a flow to a merchant: no code, no key, and no answer without its question."""

from __future__ import annotations

import pytest

from saleor_mailflow.flows.catalog import CATALOG, THANK_YOU
from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.saying import condition_words, entered_words
from saleor_mailflow.flows.triggers import Happened


@pytest.mark.parametrize("flow", CATALOG.values(), ids=lambda flow: flow.key)
def test_why_somebody_is_in_a_flow_names_what_they_did_and_no_key(flow: Flow) -> None:
    said = entered_words(flow.trigger)
    assert said[0].isupper()
    assert said.endswith(".")
    assert "_" not in said
    assert "trigger" not in said
    assert not isinstance(flow.trigger, Happened) or flow.trigger.event not in said


def test_what_packages_bring_is_named_too() -> None:
    assert "name_day" in entered_words(Happened(event="custom", of="name_day"))
    assert "rain.began" in entered_words(Happened(event="rain.began"))


def test_a_yes_or_no_question_is_not_answered_behind_itself() -> None:
    assert THANK_YOU.filter is not None
    assert condition_words(THANK_YOU.filter) == "it is their first order"
    assert condition_words(Ask(fact="order.first", op="no")) == "not: it is their first order"
