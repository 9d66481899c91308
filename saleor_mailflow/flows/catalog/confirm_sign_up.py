"""Confirm a sign-up: one mail that asks whether it was really them. Ours, always on. Standard library only."""

from __future__ import annotations

from datetime import timedelta

from saleor_mailflow.flows.definition import Flow, Purpose
from saleor_mailflow.flows.kinds import MailKind
from saleor_mailflow.flows.steps import Send
from saleor_mailflow.flows.triggers import Happened

CONFIRM_SIGN_UP = Flow(
    key="confirm_sign_up",
    name="Confirm a sign-up",
    description="Asks somebody who typed an address into a sign-up form whether it was them; without a yes nothing "
    "else is ever sent.",
    purpose=Purpose.TRANSACTIONAL,
    prompt=True,
    kind=MailKind.SERVICE,
    priority=0,
    trigger=Happened(event="sign_up.created"),
    once_per=timedelta(0),
    steps=(Send(id="confirm", template="confirm_sign_up/confirm", lateness=timedelta(hours=24)),),
)
