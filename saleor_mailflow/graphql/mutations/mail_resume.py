"""``mailResume``: mail goes on."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.shop.pause import set_paused


class MailResume(BaseMutation):
    """Resume all mail."""

    class Meta:
        description = "Let mail go on after a pause."

    paused_at = graphene.DateTime(description="Since when all mail is held; null while it is not.")

    @classmethod
    def perform(cls, context: Context) -> dict[str, Any]:  # type: ignore[override]  # it has no arguments
        """Do it."""
        set_paused(context.shop, False, actor=context.actor, at=context.now)
        return {"paused_at": context.shop.paused_at}
