"""``signUpFormSave``: a sign-up form, new or changed."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.audience.form_book import save_form
from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.scalars import JSONString
from saleor_mailflow.graphql.shop_query import form_answers
from saleor_mailflow.graphql.types.shop import SignUpForm


class SignUpFormSave(BaseMutation):
    """A sign-up form, new or changed."""

    class Meta:
        description = "Save a sign-up form, new or changed."

    class Arguments:
        key = graphene.String(required=True, description="Its name in code and in its address.")
        definition = JSONString(required=True, description="What it asks and promises.")
        channel = graphene.String(description="The channel it speaks for; left out, as it was.")

    form = graphene.Field(SignUpForm, description="The form as it is now.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, definition: Any, channel: str | None = None
    ) -> dict[str, Any]:
        """Do it."""
        if not isinstance(definition, dict):
            raise Wrong("A form is a JSON object of its parts.", field="definition")
        save_form(context.shop, key, definition, channel=channel, actor=context.actor, at=context.now)
        return {"form": next(one for one in form_answers(context) if one.key == key)}
