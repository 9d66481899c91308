"""Win-back: three mails to a customer who has been away for longer than is usual for them. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.steps import Anchor, Coupon, Send, Wait
from saleor_mailflow.flows.triggers import QuietFor

_WEEK = timedelta(days=7)

WIN_BACK = Flow(
    key="win_back",
    name="Win-back",
    description="Writes to a customer who stays away twice as long as usual for them: a friendly hello, an offer a "
    "week later, a last chance after two more. Stops when they order.",
    purpose=Purpose.MARKETING,
    priority=60,
    trigger=QuietFor(),
    ends=(Ending.ORDERED, Ending.OPEN_ORDER),
    once_per=timedelta(days=90),
    steps=(
        Send(id="hello_again", template="win_back/hello_again", lateness=_WEEK, products="picks"),
        Wait(id="a_week", duration=_WEEK, since=Anchor.STEP, after_mail=_WEEK),
        Coupon(id="gift", offer="win_back"),
        Send(id="offer", template="win_back/offer", lateness=_WEEK, coupon="gift"),
        Wait(id="two_weeks", duration=2 * _WEEK, since=Anchor.STEP, after_mail=2 * _WEEK),
        Send(id="last_chance", template="win_back/last_chance", lateness=_WEEK, coupon="gift"),
    ),
)
