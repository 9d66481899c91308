"""Conditions as values: first what is refused, and that what was read can be kept in a set and written again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from saleor_mailflow.flows.conditions import MOST_DAYS, Ask, condition_from_json

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize("value", ["1E400", MOST_DAYS + 1, -MOST_DAYS - 1, "NaN", "Infinity", True, "soon"])
def test_days_that_no_calendar_has_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"contact\.last_order is compared with"):
        Ask(fact="contact.last_order", op="within_days", value=value)


@pytest.mark.parametrize(("value", "holds"), [(MOST_DAYS, True), ("1.5", True), ("0.5", False), (-MOST_DAYS, False)])
def test_all_others_can_be_asked(value: object, holds: bool) -> None:
    ask = Ask(fact="contact.last_order", op="within_days", value=value)
    assert ask.holds({"contact.last_order": NOW - timedelta(days=1)}, NOW) is holds
    born = Ask(fact="contact.birthday", op="within_days", value=value)
    assert born.holds({"contact.birthday": date(2026, 11, 19)}, NOW) is holds


def test_a_list_out_of_json_can_be_kept_in_a_set_and_is_a_list_again() -> None:
    data = {"fact": "contact.country", "op": "in", "value": ["DE", "AT"]}
    ask = condition_from_json(json.loads(json.dumps(data)))
    assert ask in frozenset(ask.asks())
    assert ask.to_json() == data
    assert isinstance(ask, Ask)
    assert ask.holds({"contact.country": "AT"}, NOW)
