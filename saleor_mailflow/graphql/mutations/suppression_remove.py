"""``suppressionRemove``: an address may get marketing mail again, if the person says yes."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.suppression import unsuppress
from saleor_mailflow.audit import record_audit
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.models import Suppression


class SuppressionRemove(BaseMutation):
    """Take an address off the list."""

    class Meta:
        description = "Take an address off the list. What the person said about mail counts as before."

    class Arguments:
        email = graphene.String(required=True, description="The address.")
        entity = graphene.String(default_value="", description="The sending entity; empty is the whole shop.")

    removed = graphene.Boolean(description="Whether it stood on the list.")

    @classmethod
    def perform(cls, context: Context, email: str, entity: str) -> dict[str, Any]:  # type: ignore[override]  # named
        """Take it off."""
        if not normalise(email):
            raise Wrong("This is not an email address.", field="email")
        removed = unsuppress(
            shop_id=context.shop.pk, email=email, entity=entity[:60], reasons=tuple(Suppression.Reason.values)
        )
        if removed:
            after = {"entity": entity[:60]}
            record_audit(context.shop, context.actor, "suppression.removed", "suppression", after=after, at=context.now)
        return {"removed": removed}
