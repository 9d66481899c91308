"""``suppressionAdd``: no marketing mail to an address from now on."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.audit import record_audit
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.models import Suppression


class SuppressionAdd(BaseMutation):
    """Suppress an address."""

    class Meta:
        description = "No marketing mail to an address from now on. Safe to repeat; the first reason stays."

    class Arguments:
        email = graphene.String(required=True, description="The address.")
        entity = graphene.String(default_value="", description="The sending entity; empty is the whole shop.")

    suppressed = graphene.Boolean(description="Whether it is suppressed now.")

    @classmethod
    def perform(cls, context: Context, email: str, entity: str) -> dict[str, Any]:  # type: ignore[override]  # named
        """Suppress it."""
        if not normalise(email):
            raise Wrong("This is not an email address.", field="email")
        suppress(
            shop_id=context.shop.pk,
            email=email,
            reason=Suppression.Reason.MANUAL,
            at=context.now,
            entity=entity[:60],
            detail=context.actor,
        )
        after = {"reason": "manual", "entity": entity[:60]}
        record_audit(context.shop, context.actor, "suppression.added", "suppression", after=after, at=context.now)
        return {"suppressed": True}
