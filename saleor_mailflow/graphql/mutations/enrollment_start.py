"""``enrollmentStart``: a person enters a flow because somebody says so."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audit import record_audit
from saleor_mailflow.flows.entering import begin
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.find import contact_row


class EnrollmentStart(BaseMutation):
    """Let somebody into a flow."""

    class Meta:
        description = (
            "Let a person into a flow that is on, by the flow's own rules. Sent again with the same key it changes "
            "nothing. What the law, their wishes and the gate say counts as always."
        )

    class Arguments:
        flow = graphene.String(required=True, description="The flow's name in code.")
        contact = graphene.ID(required=True, description="The contact's global id.")
        key = graphene.String(required=True, description="Tells this entry from another one of the same person.")
        channel = graphene.String(default_value="", description="The channel; empty is the one they last used.")

    started = graphene.Boolean(description="Whether they entered.")
    sentence = graphene.String(description="Why they did not; empty where they did.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, flow: str, contact: str, key: str, channel: str
    ) -> dict[str, Any]:
        """Let them in."""
        if not 0 < len(key) <= 80:
            raise Wrong("The key has 1 to 80 characters.", field="key")
        row = contact_row(context, contact)
        refused = begin(
            context.shop.pk,
            flow,
            row.pk,
            key=f"api:{row.pk}:{key}",
            now=context.now,
            gateway=context.gateway,
            channel=channel,
        )
        if not refused:
            after = {"flow": flow}
            record_audit(
                context.shop, context.actor, "enrollment.started", f"contact:{row.pk}", after=after, at=context.now
            )
        return {"started": not refused, "sentence": refused}
