"""``enrollmentSkipWait``: let somebody skip a wait."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.by_hand import skip_wait
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.ids import number_of
from saleor_mailflow.graphql.types.enrollment import Enrollment


class EnrollmentSkipWait(BaseMutation):
    """Let somebody skip a wait."""

    class Meta:
        description = "Let somebody who waits go on now, by the way of those whose time is over."

    class Arguments:
        id = graphene.ID(required=True, description="The enrollment's global id.")

    enrollment = graphene.Field(Enrollment, description="The enrollment as it is now.")

    @classmethod
    def perform(cls, context: Context, id: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Do it."""
        number = number_of("Enrollment", id)
        return {"enrollment": skip_wait(context.shop, number, actor=context.actor, at=context.now)}
