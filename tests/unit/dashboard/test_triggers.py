"""The editor writes a trigger's fields in the units in which they are read: seconds here, whole days there."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import saleor_mailflow.dashboard
from saleor_mailflow.flows.triggers import IdleBasket, OnDate, QuietFor, Recurring, Threshold, Trigger

SOURCE = (Path(saleor_mailflow.dashboard.__file__).parent / "ui" / "src" / "flow" / "trigger_form.tsx").read_text()
KINDS = dict(re.findall(r'^  \["(\w+)", "[^"]*", "(\w+)"\],$', SOURCE, re.MULTILINE))
TEN = timedelta(days=10)


@pytest.mark.parametrize(
    "trigger",
    [
        IdleBasket(after=TEN),
        QuietFor(factor=Decimal(3), least=TEN, most=TEN),
        OnDate(date="birthday", known_for=TEN, catch_up=TEN, before=TEN),
        Threshold(settled=TEN),
        Recurring(segment="all", weekday=0),
    ],
    ids=lambda trigger: str(trigger.type),
)
def test_each_length_of_time_is_shown_in_the_unit_it_is_written_in(trigger: Trigger) -> None:
    """Ten days are 864000 where seconds are written and 10 where days are: nobody is to read one for the other."""
    written = trigger.to_json()
    lengths = [name for name in written if getattr(trigger, name, None) == TEN]
    for name in lengths:
        assert written[name] == {"seconds": 864_000, "days": 10}[KINDS[name]], name
    texts = [name for name, value in written.items() if name in KINDS and isinstance(value, str)]
    assert [KINDS[name] for name in texts if KINDS[name] in {"seconds", "days"}] == []
