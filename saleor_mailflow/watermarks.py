"""How far the shop's regular work has come: its watermarks, read all at once. Refuses to move any: whoever works does.

Read once a tick: each part asks what was read whether its time has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from saleor_mailflow.statements import run


class Mark(NamedTuple):
    """When a part was last done, and where it stopped: "" where it came to its end."""

    at: datetime
    value: str


#: {name of a watermark: where it stands}
Marks = Mapping[str, Mark]

_MARKS = "SELECT name, at, value FROM mailflow_watermark WHERE shop_id = %s::bigint"


def marks_of(shop_id: int) -> Marks:
    """Return all of a shop's marks. One query, whatever their number."""
    return {name: Mark(at, value) for name, at, value in run(_MARKS, [shop_id]).rows}


def mark_of(shop_id: int, name: str, marks: Marks | None) -> Mark | None:
    """Return one mark, from what was read already or, without that, by a query."""
    return (marks_of(shop_id) if marks is None else marks).get(name)


def long_ago(mark: Mark | None, now: datetime, every: timedelta) -> bool:
    """Tell whether a part was never done, or ``every`` ago, or at a time that is still to come (a clock was put right).

    A mark in the future would keep its part from being done until then.
    """
    return mark is None or now - mark.at >= every or mark.at > now


def night_due(mark: Mark | None, now: datetime, every: timedelta) -> bool:
    """Tell whether a part that goes on in slices is due by ``long_ago``, or was begun and has not come to its end."""
    return long_ago(mark, now, every) or (mark is not None and mark.value != "")
