"""VIP: thanks to those who buy most, and something now and then while they do. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.steps import Anchor, Branch, Coupon, Exit, Send, Wait
from saleor_mailflow.flows.triggers import Threshold

_WEEK = timedelta(days=7)
_STILL = Ask(fact="contact.lifecycle", op="is", value="vip")

VIP = Flow(
    key="vip",
    name="VIP",
    description="Thanks those who come to the top twentieth of twelve months' spending, with a better offer, and again "
    "every three months while they stay there. Leaving is silent.",
    purpose=Purpose.MARKETING,
    priority=50,
    trigger=Threshold(),
    once_per=timedelta(days=60),
    steps=(
        Coupon(id="thanks", offer="vip"),
        Send(id="welcome", template="vip/welcome", lateness=_WEEK, coupon="thanks"),
        Wait(id="three_months", months=3, since=Anchor.STEP),
        Branch(id="still_after_three", when=_STILL, otherwise=(Exit(id="left_after_three"),)),
        Coupon(id="second_gift", offer="vip"),
        Send(id="again", template="vip/again", lateness=2 * _WEEK, coupon="second_gift", products="picks"),
        Wait(id="three_more", months=3, since=Anchor.STEP),
        Branch(id="still_after_six", when=_STILL, otherwise=(Exit(id="left_after_six"),)),
        Coupon(id="third_gift", offer="vip"),
        Send(id="once_more", template="vip/again", lateness=2 * _WEEK, coupon="third_gift", products="picks"),
    ),
)
