"""Welcome: three mails to somebody who said yes, for the first time. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.conditions import Ask, Some
from saleor_mailflow.flows.definition import Flow, Purpose, Reentry
from saleor_mailflow.flows.steps import Anchor, Branch, Coupon, Send, Tag, Wait
from saleor_mailflow.flows.triggers import Happened

_DAY = timedelta(days=1)

WELCOME = Flow(
    key="welcome",
    name="Welcome",
    description="Welcomes somebody who signed up: who you are at once, a guide the next day, what others like after "
    "three. The first order ends the offers.",
    purpose=Purpose.MARKETING,
    priority=15,
    trigger=Happened(event="consent.granted", of="marketing"),
    once_per=timedelta(days=365),
    reentry=Reentry.NEVER,
    steps=(
        # A gift for the first order is for those who have not made it yet.
        Branch(
            id="is_customer",
            when=Ask(fact="contact.orders", op="at_least", value=1),
            otherwise=(Coupon(id="gift", offer="first_order"),),
        ),
        Send(id="hello", template="welcome/hello", lateness=_DAY, prompt=True, coupon="gift"),
        Wait(id="a_day", duration=_DAY, since=Anchor.STEP, after_mail=timedelta(hours=20)),
        # Whoever has just bought hears from us about the order these days.
        Branch(
            id="just_bought",
            when=Ask(fact="contact.last_order", op="within_days", value=3),
            then=(Wait(id="let_it_arrive", duration=3 * _DAY, since=Anchor.STEP),),
        ),
        Send(id="guide", template="welcome/guide", lateness=3 * _DAY),
        Wait(id="two_days", duration=2 * _DAY, since=Anchor.STEP, after_mail=2 * _DAY),
        Branch(
            id="bought_meanwhile",
            when=Some(
                parts=(
                    Ask(fact="since.ordered", op="yes"),
                    Ask(fact="contact.last_order", op="within_days", value=14),
                )
            ),
            otherwise=(
                Send(id="best_sellers", template="welcome/best_sellers", lateness=3 * _DAY, products="best_sellers"),
            ),
        ),
        Wait(id="time_to_look", duration=3 * _DAY, since=Anchor.STEP, after_mail=3 * _DAY),
        Branch(
            id="is_engaged",
            when=Some(parts=(Ask(fact="mail.clicked_any", op="yes"), Ask(fact="since.ordered", op="yes"))),
            then=(Tag(id="engaged", add=("engaged",)),),
            otherwise=(Tag(id="not_engaged", add=("not_engaged",)),),
        ),
    ),
)
