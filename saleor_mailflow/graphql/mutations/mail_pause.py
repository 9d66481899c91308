"""``mailPause``: all mail is held."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.shop.pause import set_paused


class MailPause(BaseMutation):
    """Pause all mail."""

    class Meta:
        description = "Hold all mail of the shop. What waits keeps its own time limit."

    paused_at = graphene.DateTime(description="Since when all mail is held; null while it is not.")

    @classmethod
    def perform(cls, context: Context) -> dict[str, Any]:  # type: ignore[override]  # it has no arguments
        """Do it."""
        set_paused(context.shop, True, actor=context.actor, at=context.now)
        return {"paused_at": context.shop.paused_at}
