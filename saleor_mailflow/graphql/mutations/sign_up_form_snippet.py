"""``signUpFormSnippet``: a sign-up form as HTML for a page of one's own."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.models import SignUpForm
from saleor_mailflow.pages.sign_up_form import open_form
from saleor_mailflow.pages.snippet import snippet


class SignUpFormSnippet(BaseMutation):
    """A sign-up form for a page of one's own."""

    class Meta:
        description = (
            "A sign-up form as plain HTML for a page of one's own. The words that people agree to on it are remembered,"
            " so ask again when they change."
        )

    class Arguments:
        key = graphene.String(required=True, description="Its name in code.")
        language = graphene.String(default_value="en", description="In which language: en, de, fr or pl.")

    html = graphene.String(description="The HTML, without any style, and whole without a script.")

    @classmethod
    def perform(  # type: ignore[override]  # named arguments
        cls, context: Context, key: str, language: str
    ) -> dict[str, Any]:
        """Do it."""
        if language not in LANGUAGES:
            raise Wrong(f"{language[:35]!r} is none of {', '.join(LANGUAGES)}.", field="language")
        if not SignUpForm.objects.filter(shop=context.shop, key=key).exists():
            raise Wrong(f"There is no form {key[:60]!r}.", field="key", code="NOT_FOUND")
        opened = open_form(context.shop.domain, key)
        if opened is None:
            raise Wrong(
                f"Nobody can use the form {key!r} now: it is closed, or mailflow is switched off.", code="NOT_NOW"
            )
        return {"html": snippet(opened, language, context.now)}
