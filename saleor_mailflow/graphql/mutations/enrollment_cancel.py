"""``enrollmentCancel``: take somebody out of a flow."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.flows.by_hand import take_out
from saleor_mailflow.graphql.answer import BaseMutation
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.ids import number_of
from saleor_mailflow.graphql.types.enrollment import Enrollment


class EnrollmentCancel(BaseMutation):
    """Take somebody out of a flow."""

    class Meta:
        description = "Take somebody out of a flow. Mails of it that have not left do not leave."

    class Arguments:
        id = graphene.ID(required=True, description="The enrollment's global id.")

    enrollment = graphene.Field(Enrollment, description="The enrollment as it is now.")

    @classmethod
    def perform(cls, context: Context, id: str) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Do it."""
        number = number_of("Enrollment", id)
        return {"enrollment": take_out(context.shop, number, actor=context.actor, at=context.now)}
