"""``messageResend``: a mail that somebody lost, once more."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.resend import send_again
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.ids import number_of
from saleor_mailflow.models import Message as Row


class MessageResend(BaseMutation):
    """Send a mail again."""

    class Meta:
        description = (
            "Send a mail that somebody lost once more, as a new mail that the gate is asked about. Pressing twice "
            "sends one: nth says which time it is."
        )

    class Arguments:
        id = graphene.ID(required=True, description="The mail's global id.")
        nth = graphene.Int(required=True, description="Which time it is sent again: timesResent and one.")

    begun = graphene.Boolean(description="Whether it is on its way to the gate.")
    sentence = graphene.String(description="What came of it, for people.")

    @classmethod
    def perform(cls, context: Context, id: str, nth: int) -> dict[str, Any]:  # type: ignore[override]  # named
        """Send it."""
        row = Row.objects.filter(shop=context.shop, pk=number_of("Message", id)).only("uuid").first()
        if row is None:
            raise Wrong("There is no such mail in this shop.", field="id", code="NOT_FOUND")
        done = send_again(context.shop, row.uuid, nth=nth, actor=context.actor, at=context.now)
        return {"begun": done.begun, "sentence": done.sentence}
