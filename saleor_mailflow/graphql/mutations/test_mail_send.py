"""``testMailSend``: one marked mail to a mailbox of one's own, or what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import graphene

from saleor_mailflow.audience.throttle import allowed, throttle_key
from saleor_mailflow.audit import record_audit
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.types.template import TemplateWordsInput, words_of
from saleor_mailflow.messages.trial import send_trial
from saleor_mailflow.messages.wordings import preview

MOST_A_MINUTE = 10


class TestMailSend(BaseMutation):
    """Send a test mail."""

    class Meta:
        description = "Send one marked test mail by the provider that is set, and say what came of it or what is wrong."

    class Arguments:
        to = graphene.String(required=True, description="The address to send it to.")
        template = graphene.String(
            description="A template to show with its example; left out, the mail is about itself."
        )
        language = graphene.String(default_value="en", description="The template's language.")
        words = TemplateWordsInput(description="Words to show in place of the template's own; they need not be saved.")

    sent = graphene.Boolean(description="Whether the provider took it.")
    sentence = graphene.String(description="What came of it, or what is wrong and what to do.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, to: str, language: str, template: str | None = None, words: Any = None
    ) -> dict[str, Any]:
        """Send it. Nothing is locked while the provider is talked to."""
        key = throttle_key(context.shop.pk, "test mail", "")
        if not allowed(key, most=MOST_A_MINUTE, window=timedelta(minutes=1), now=context.now):
            raise Wrong(f"More than {MOST_A_MINUTE} test mails in a minute. Wait a moment.", field="to", code="NOT_NOW")
        shown = None
        if template is not None:
            shown = preview(template, language, words_of(words) if words is not None else None)
        trial = send_trial(context.settings, to, shown=shown)
        record_audit(
            context.shop, context.actor, "testmail.sent", "settings", after={"sent": trial.sent}, at=context.now
        )
        return {"sent": trial.sent, "sentence": trial.sentence}
