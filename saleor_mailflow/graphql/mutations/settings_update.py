"""``settingsUpdate``: keep some settings; the others stay as they are."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.graphql.answer import BaseMutation, Wrong
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.shop_query import settings_list
from saleor_mailflow.graphql.types.common import Problem
from saleor_mailflow.graphql.types.shop import Setting
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.shop.settings_edit import save_settings

LONGEST = 20_000


class SettingInput(graphene.InputObjectType):
    """One setting."""

    class Meta:
        description = "One setting and what it shall be."

    key = graphene.String(required=True, description="Its name in code, such as sender_email.")
    value = graphene.String(
        required=True,
        description="The value as text, lines as they are typed; empty takes it away. Instead of a secret you may give "
        "env:MAILFLOW_PROVIDER_… and set that in the environment.",
    )


class SettingsUpdate(BaseMutation):
    """Keep settings."""

    class Meta:
        description = (
            "Keep some settings; the others stay as they are. What cannot be read is kept, out of use, and said in "
            "problems. Secrets can be written and never read; with another provider or server they are taken away."
        )

    class Arguments:
        input = graphene.List(
            graphene.NonNull(SettingInput), required=True, description="The settings to keep, each key once."
        )

    settings = graphene.List(graphene.NonNull(Setting), description="All settings as they are now.")
    problems = graphene.List(graphene.NonNull(Problem), description="What of this input cannot be read.")

    @classmethod
    def perform(cls, context: Context, input: list[Any]) -> dict[str, Any]:  # type: ignore[override]  # named arguments
        """Keep them."""
        values = {str(one["key"]): str(one["value"]) for one in input}
        if len(values) < len(input):
            raise Wrong("A setting stands here more than once; say each once.", field="input")
        if any(len(value) > LONGEST for value in values.values()):
            raise Wrong(f"A value is longer than {LONGEST} characters.", field="input")
        problems = save_settings(context.shop, values, actor=context.actor, at=context.now)
        context.__dict__["settings"] = settings_of(context.shop)
        return {
            "settings": settings_list(context),
            "problems": [Problem(key=one.key, text=one.text) for one in problems],
        }
