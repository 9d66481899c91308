"""Values that are texts with a form of their own. Refuses what has not that form, as a mistake of the caller."""

from __future__ import annotations

import json
from typing import Any

import graphene
from graphql.language import ast


class JSONString(graphene.Scalar):
    """JSON, written as text, as in Saleor's own API."""

    class Meta:
        description = "JSON, written as text, as in Saleor's own API."

    @staticmethod
    def serialize(value: Any) -> str:
        """Return a value as text, everything that is not ASCII as it is."""
        return json.dumps(value, ensure_ascii=False, default=str)

    @staticmethod
    def parse_value(value: Any) -> Any:
        """Return what the text says, None where it is no JSON, which the caller is told."""
        try:
            return json.loads(value) if isinstance(value, str) else None
        except (ValueError, RecursionError):
            return None

    @staticmethod
    def parse_literal(node: Any) -> Any:
        """Return what a text in the query says."""
        return JSONString.parse_value(node.value) if isinstance(node, ast.StringValue) else None
