"""The door of the API: one POST of JSON in, one JSON answer out.

Refuses GET, forms, batches, and bodies, texts or questions that are too large, each with a sentence. Never answers with
a traceback, and reads no cookie.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from graphql import GraphQLError, parse
from graphql.language import ast

from saleor_mailflow import clock
from saleor_mailflow.exceptions import MailflowError
from saleor_mailflow.graphql.caller import caller_of
from saleor_mailflow.graphql.context import Context
from saleor_mailflow.graphql.errors import ApiError, BadRequest, PermissionDenied, TooMuch, told
from saleor_mailflow.graphql.limits import check, introspects
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.connect import the_shop
from saleor_mailflow.webhooks.body import UNSTORABLE

MAX_BODY_BYTES = 1_000_000
MAX_QUERY_CHARACTERS = 50_000
# What ``UNSTORABLE`` finds, spelled out inside a text of the query.
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
#: Nobody waits longer for a screen; a statement that would is stopped.
STATEMENT_MS = 10_000


@csrf_exempt
def api(request: HttpRequest) -> HttpResponse:
    """Answer one GraphQL request."""
    if request.method != "POST":
        answer = _refuse(405, BadRequest("Ask by POST, with a JSON object of query and variables."))
        answer["Allow"] = "POST"
        return answer
    try:
        query, variables, name = _read(request)
        document = _parsed(query)
        operation = _operation(document, name)
        check(document, operation, variables)
        shop = _shop(request)
    except TooMuch as error:
        return _refuse(413 if "body" in str(error) else 400, error)
    except ApiError as error:
        return _refuse(400, error)
    except MailflowError as error:
        return _refuse(400, BadRequest(str(error)))
    context = Context(shop=shop, caller=caller_of(request, shop), now=clock.now(), request=request)
    if introspects(document) and not context.caller.permitted:
        return _refuse(200, PermissionDenied("The schema is shown to staff and apps of the shop that may use it."))
    return _answer(*_run(document, operation, variables, name, context))


def _read(request: HttpRequest) -> tuple[str, dict[str, Any], str | None]:
    """Return (query, variables, operation name). Raises ApiError for what is no such request."""
    if request.content_type != "application/json":
        raise BadRequest("Send application/json: a JSON object of query and variables.")
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise TooMuch(f"The body holds {length} bytes; at most {MAX_BODY_BYTES} are taken.")
    try:
        raw = request.read(MAX_BODY_BYTES + 1)
    except (UnreadablePostError, OSError) as error:
        raise BadRequest("The body ended before it was complete. Send it again.") from error
    if len(raw) > MAX_BODY_BYTES:
        raise TooMuch(f"The body holds more than {MAX_BODY_BYTES} bytes.")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if isinstance(found, list):
        raise BadRequest("Several requests in one are not taken. Send them one by one.")
    query, variables = (found.get("query"), found.get("variables")) if isinstance(found, dict) else (None, None)
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("There is no query: send a JSON object with a member query.")
    if len(query) > MAX_QUERY_CHARACTERS:
        raise TooMuch(f"The query holds {len(query)} characters; at most {MAX_QUERY_CHARACTERS} are taken.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("variables must be a JSON object.")
    if _ESCAPED.search(query) or not _can_be_kept([query, variables]):
        raise BadRequest("A text holds a NUL or half a character, which no database keeps. Take it out.")
    name = found.get("operationName")
    return query, variables or {}, name if isinstance(name, str) and name else None


def _can_be_kept(value: object) -> bool:
    """Tell whether PostgreSQL can keep every text in a JSON value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and UNSTORABLE.search(one):
            return False
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
    return True


def _parsed(query: str) -> ast.Document:
    try:
        return parse(query)
    except GraphQLError as error:
        # The text after the first line draws the place; the place alone says it.
        raise BadRequest(str(error).partition("\n")[0]) from None
    except RecursionError:
        raise TooMuch("The query is nested too deeply.") from None


def _operation(document: ast.Document, name: str | None) -> ast.OperationDefinition:
    found = [one for one in document.definitions if isinstance(one, ast.OperationDefinition)]
    named = [one for one in found if name is None or (one.name is not None and one.name.value == name)]
    if len(named) != 1:
        raise BadRequest(f"There are {len(found)} operations; name one of them in operationName.")
    return named[0]


def _shop(request: HttpRequest) -> Shop:
    """Return the shop that is asked: the only one, else the one whose API address ``Saleor-Api-Url`` names."""
    address = str(request.headers.get("saleor-api-url") or "")
    if address:
        shop = Shop.objects.filter(api_url=address, installed=True).first()
        if shop is not None:
            return shop
    return the_shop()


def _run(
    document: ast.Document,
    operation: ast.OperationDefinition,
    variables: dict[str, Any],
    name: str | None,
    context: Any,
) -> tuple[int, dict[str, Any]]:
    # Imported at the first request: the schema is large, and whoever never asks need not build it.
    from saleor_mailflow.graphql.schema import schema

    def executed() -> Any:
        return schema.execute(document, variable_values=variables, operation_name=name, context_value=context)

    if operation.operation == "query":
        # One moment for all of it; mutations end their own transactions.
        with transaction.atomic():
            _be_brief()
            result = executed()
    else:
        result = executed()
    answer: dict[str, Any] = {} if result.invalid else {"data": result.data}
    if result.errors:
        answer["errors"] = [told(error) for error in result.errors]
    return 400 if result.invalid else 200, answer


def _be_brief() -> None:
    if len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MS:d}")


def _refuse(status: int, error: ApiError) -> HttpResponse:
    return _answer(status, {"errors": [told(error)]})


def _answer(status: int, body: dict[str, Any]) -> HttpResponse:
    answer = JsonResponse(body, status=status)
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
