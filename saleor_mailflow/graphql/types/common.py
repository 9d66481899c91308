"""Small types that several others use: money, texts by language, counts, problems. They hold no rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import graphene


class Money(graphene.ObjectType):
    """An amount of money."""

    class Meta:
        description = "An amount of money in one currency."

    amount = graphene.Decimal(required=True, description="The amount, as text so that no digit is lost.")
    currency = graphene.String(required=True, description="The currency's ISO 4217 code.")


class Text(graphene.ObjectType):
    """A text in one language."""

    class Meta:
        description = "A text in one language."

    language = graphene.String(required=True, description="The language's code, such as en.")
    text = graphene.String(required=True, description="The text.")


class Count(graphene.ObjectType):
    """How many of something."""

    class Meta:
        description = "How many of something there are."

    key = graphene.String(required=True, description="What is counted.")
    count = graphene.Int(required=True, description="How many there are.")
    sentence = graphene.String(required=True, description="What it means, for people; empty where the key says it.")


class Problem(graphene.ObjectType):
    """Something a person has to do."""

    class Meta:
        description = "Something a person has to do before all is well."

    key = graphene.String(required=True, description="The setting or part it is about.")
    text = graphene.String(required=True, description="What was seen and what to do next.")


class TextInput(graphene.InputObjectType):
    """A text in one language."""

    class Meta:
        description = "A text in one language."

    language = graphene.String(required=True, description="The language's code, such as en.")
    text = graphene.String(required=True, description="The text.")


def texts(given: Mapping[str, str]) -> list[Text]:
    """Return texts by language as the API shows them."""
    return [Text(language=language, text=text) for language, text in sorted(given.items())]


def money(amounts: Mapping[str, Any]) -> list[Money]:
    """Return {currency: amount} as the API shows it."""
    return [Money(amount=Decimal(amount), currency=currency) for currency, amount in sorted(amounts.items())]
