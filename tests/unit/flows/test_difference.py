"""What differs between two flows, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.definition import Ending, Flow, flow_from_json
from saleor_mailflow.flows.difference import changed_steps, difference
from saleor_mailflow.flows.steps import Branch, Exit, Split, Step, Tag, Way
from saleor_mailflow.flows.triggers import Threshold
from tests.cart_flow import CART, LAST_CALL, REMINDER, WAIT


def with_steps(*steps: Step) -> Flow:
    return replace(CART, steps=steps)


def said(before: Flow | None, after: Flow) -> list[str]:
    return [change.text for change in difference(before, after)]


@pytest.mark.parametrize("flow", CATALOG.values(), ids=CATALOG.keys())
def test_a_flow_does_not_differ_from_itself_written_and_read(flow: Flow) -> None:
    assert difference(flow, flow_from_json(flow.to_json())) == ()


def test_a_longer_wait_is_said_in_its_own_words() -> None:
    longer = with_steps(REMINDER, replace(WAIT, duration=timedelta(hours=36)), LAST_CALL)
    assert said(CART, longer) == ["wait until_next_day: duration 24 h -> 36 h"]
    assert changed_steps(difference(CART, longer)) == {"until_next_day"}


def test_what_is_new_and_what_is_gone_is_told_apart_from_what_moved() -> None:
    after = with_steps(Tag(id="mark", add=("left a cart",)), LAST_CALL, REMINDER)
    assert said(CART, after) == [
        "tag mark: added, first",
        "send last_call: moved, after until_next_day -> after mark",
        "wait until_next_day: removed",
    ]


def test_a_step_that_goes_into_a_way_has_moved_and_its_branch_is_new() -> None:
    asked = Ask(fact="basket.total", op="at_least", value="100", of="EUR")
    after = with_steps(REMINDER, WAIT, Branch(id="big", when=asked, then=(LAST_CALL,), otherwise=(Exit(id="enough"),)))
    assert said(CART, after) == [
        "branch big: added, after until_next_day",
        "send last_call: moved, after until_next_day -> first in way yes of big",
        "exit enough: added, first in way no of big",
    ]
    more = replace(asked, value="200")
    again = with_steps(REMINDER, WAIT, replace(after.steps[2], when=more))  # type: ignore[arg-type]  # it is a Branch
    assert said(after, again) == [
        "branch big: when worth of the cart EUR at least 100 -> worth of the cart EUR at least 200"
    ]


def test_a_split_says_its_weights_and_not_what_is_inside_its_ways() -> None:
    halves = Split(id="test", choices=(Way(key="a", weight=1, steps=(LAST_CALL,)), Way(key="b", weight=1)))
    other = replace(halves, choices=(Way(key="a", weight=3, steps=()), Way(key="b", weight=1)))
    assert said(with_steps(REMINDER, halves), with_steps(REMINDER, other)) == [
        "split test: choices a 1, b 1 -> a 3, b 1",
        "send last_call: removed",
    ]


def test_settings_of_the_flow_come_first() -> None:
    after = replace(
        CART,
        trigger=Threshold(amounts=(("EUR", Decimal(500)),), settled=timedelta(days=14)),
        ends=(Ending.ORDERED,),
        filter=Ask(fact="contact.orders", op="at_least", value=1),
        once_per=timedelta(days=30),
    )
    assert said(CART, after) == [
        "trigger idle basket (after 1 h) -> threshold (percent 5, amounts EUR 500, settled 14 d)",
        "once per 7 d -> 30 d",
        "filter nothing -> orders so far at least 1",
        "ends nothing -> ordered",
    ]


def test_where_there_was_nothing_every_step_is_new() -> None:
    changes = difference(None, CART)
    assert [change.step for change in changes] == [
        "reminder",
        "until_next_day",
        "last_call",
    ]


def test_a_step_that_became_another_type_is_one_change() -> None:
    assert said(CART, with_steps(Exit(id="reminder"), WAIT, LAST_CALL)) == ["exit reminder: type send -> exit"]
