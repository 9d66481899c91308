"""``subscribe``: somebody asks for mail by a form of the shop. Needs no token; counts for nothing until confirmed."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.pages.sign_up import take
from saleor_mailflow.pages.sign_up_form import open_form

#: What is said of a problem with a field; the pages say it in the person's language.
_SENTENCES = {
    "wrong_email": "This is not an email address.",
    "wrong_topics": "Choose one topic at least.",
    "wrong_birthday": "This is no date of birth; write it as 1990-12-31.",
    "busy": "Too many sign-ups came from this network. Try again in a minute.",
    "changed": "The words that were agreed to are none of this form's. Show the form anew.",
}


class SubscribeInput(graphene.InputObjectType):
    """What somebody typed."""

    class Meta:
        description = "What somebody typed into a form."

    email = graphene.String(required=True, description="Their address.")
    name = graphene.String(description="Their name, where the form asks for it.")
    language = graphene.String(description="The language of the confirmation mail, such as de.")
    topics = graphene.List(graphene.NonNull(graphene.String), description="Keys of the topics they chose.")
    frequency = graphene.String(description="How often they want mail at most: weekly, monthly, or empty.")
    birthday = graphene.String(description="Their date of birth, such as 1990-12-31.")
    wording = graphene.String(
        description="The digest of the words that they agreed to, where the form showed some; else today's count."
    )


class Subscribe(BaseMutation):
    """Ask for mail."""

    class Meta:
        description = (
            "Ask for mail by one of the shop's sign-up forms. Everybody hears the same, whether the address is known "
            "or not: a mail is on its way that asks whether it was them. Nothing counts before they say yes."
        )

    class Arguments:
        form = graphene.String(required=True, description="The form's key, such as footer.")
        input = SubscribeInput(required=True, description="What was typed.")

    asked = graphene.Boolean(description="Whether it was taken.")

    @classmethod
    def perform(cls, context: Context, form: str, input: Any) -> dict[str, Any]:  # type: ignore[override]  # named
        """Note the wish."""
        one = open_form(context.shop.domain, form)
        if one is None:
            raise Wrong(f"There is no open form {form[:60]!r}.", field="form", code="NOT_FOUND")
        given = {key: value for key, value in input.items() if value is not None}
        read = take(context.request, one, given, str(given.get("language") or "en"), context.now, stamp=None)
        for field, key in read.problems.items():
            code = "NOT_NOW" if key == "busy" else "INVALID"
            raise Wrong(_SENTENCES.get(key, "This cannot be used."), field=field, code=code)
        return {"asked": True}
