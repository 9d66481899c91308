"""What a caller is told when something is wrong: a sentence, a code, and for our own mistakes a reference to the log.

Refuses internals: no traceback, no statement, no address; the log has the place of a mistake under the same reference.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from graphql import GraphQLError

from saleor_mailflow.exceptions import MailflowError, blame

logger = logging.getLogger("saleor_mailflow.graphql")


class ApiError(Exception):
    """Something the caller did, answered with a sentence and one of Saleor's codes (``extensions.exception``)."""

    code = "GraphQLError"


class PermissionDenied(ApiError):
    """The caller may not ask this."""

    code = "PermissionDenied"


class ExpiredToken(ApiError):
    """The caller's token is over; a fresh one would do. Saleor's clients know this code."""

    code = "ExpiredSignatureError"


class InvalidToken(ApiError):
    """The caller's token is no token of this shop."""

    code = "InvalidTokenError"


class TooMuch(ApiError):
    """The request asks for too much at once."""

    code = "QueryCostError"


class BadRequest(ApiError):
    """The request cannot be read."""

    code = "GraphQLError"


def told(error: BaseException) -> dict[str, Any]:
    """Return an error as the answer holds it. What was not raised for the caller is logged, and told by reference."""
    place: dict[str, Any] = {}
    original: BaseException = error
    if isinstance(error, GraphQLError):
        if error.locations:
            place["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
        if error.path:
            place["path"] = list(error.path)
        original = getattr(error, "original_error", None) or error
    if isinstance(original, ApiError):
        return {"message": str(original), **place, "extensions": {"exception": {"code": original.code}}}
    if isinstance(original, MailflowError):
        # Its text is a sentence for whoever asked for it.
        return {"message": str(original), **place, "extensions": {"exception": {"code": "GraphQLError"}}}
    if isinstance(original, GraphQLError):
        # Syntax, unknown fields, wrong arguments: about the caller's own text.
        return {"message": original.message, **place, "extensions": {"exception": {"code": "GraphQLError"}}}
    reference = secrets.token_hex(6)
    logger.error("GraphQL %s failed: %s.", reference, blame(original))
    return {
        "message": f"Something went wrong on our side. Tell whoever looks after the shop's server: {reference}.",
        **place,
        "extensions": {"exception": {"code": "InternalError"}, "reference": reference},
    }
