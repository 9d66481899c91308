"""``signUpFormSwitch``: a sign-up form is opened or closed."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.form_book import switch_form
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.shop_query import form_answers
from saleor_mailflow.graphql.types.shop import SignUpForm
from saleor_mailflow.models import SignUpForm as Row


class SignUpFormSwitch(BaseMutation):
    """A sign-up form is opened or closed."""

    class Meta:
        description = "Open or close a sign-up form."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code.")
        active = graphene.Boolean(required=True, description="Whether it shall be open.")

    form = graphene.Field(SignUpForm, description="The form as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, active: bool
    ) -> dict[str, Any]:
        """Do it."""
        row = Row.objects.filter(shop=context.shop, key=key).first()
        if row is None:
            raise Wrong(f"There is no form {key[:60]!r}.", field="key", code="NOT_FOUND")
        switch_form(row, context.shop, active, actor=context.actor, at=context.now)
        return {"form": next(one for one in form_answers(context) if one.key == key)}
