"""``testMailSend``: one marked mail to a mailbox of one's own, or what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import graphene

from saleor_mailflow.audience.throttle import allowed, throttle_key
from saleor_mailflow.audit import record_audit
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.messages.trial import send_trial

MOST_A_MINUTE = 10


class TestMailSend(BaseMutation):
    """Send a test mail."""

    class Meta:
        description = "Send one marked test mail by the provider that is set, and say what came of it or what is wrong."

    class Arguments:
        to = graphene.String(required=True, description="The address to send it to.")

    sent = graphene.Boolean(description="Whether the provider took it.")
    sentence = graphene.String(description="What came of it, or what is wrong and what to do.")

    @classmethod
    def perform(cls, context: Context, to: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Send it. Nothing is locked while the provider is talked to."""
        key = throttle_key(context.shop.pk, "test mail", "")
        if not allowed(key, most=MOST_A_MINUTE, window=timedelta(minutes=1), now=context.now):
            raise Wrong(f"More than {MOST_A_MINUTE} test mails in a minute. Wait a moment.", field="to", code="NOT_NOW")
        trial = send_trial(context.settings, to)
        record_audit(
            context.shop, context.actor, "testmail.sent", "settings", after={"sent": trial.sent}, at=context.now
        )
        return {"sent": trial.sent, "sentence": trial.sentence}
