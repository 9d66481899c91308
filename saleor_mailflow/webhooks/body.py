"""Read the body of a webhook whose signature was verified. Refuses what is not one JSON object of modest depth.

Everything it returns survives a round trip through PostgreSQL's jsonb: no NUL character, no lone surrogate, no NaN, and
numbers with a point as decimal strings, since a float would lose what the shop wrote.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

import msgspec

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.glance import is_shallow

#: The most bytes a body may have. Saleor's largest payload of 500 lines stays below it.
MAX_BYTES = 1_000_000
#: The deepest nesting of objects and lists. Saleor's own payloads need nine.
MAX_DEPTH = 32

#: PostgreSQL's text and jsonb hold neither NUL nor half a surrogate pair, though JSON may spell both (RFC 8259, 8.2).
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# The only spelling: unescaped, the one is refused by the JSON decoder and the other by UTF-8. A body without it need
# not be searched text by text; whole pairs (an emoji) match too, which only costs time.
_MAY_BE_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


# Several times as fast as the standard library's, and as strict. Numbers with a point stay as they were written.
_decoder = msgspec.json.Decoder(float_hook=str)


def read_body(raw: bytes) -> dict[str, object]:
    """Return the JSON object in ``raw``, ready to be stored. Numbers with a point or exponent become strings.

    Of a name given twice the last counts, as in every browser. Raises WebhookRefused (400) with a sentence for anything
    that is not UTF-8 JSON (RFC 8259), is nested deeper than ``MAX_DEPTH``, or is not an object.
    """
    try:
        found = _decode(raw)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        # Not the decoder's own words: they may quote the body.
        raise WebhookRefused(400, "The body is not JSON in UTF-8. Send it as Saleor made it, byte for byte.") from error
    if not isinstance(found, dict):
        raise WebhookRefused(
            400,
            f"The body is a JSON {_name(found)}, not an object. Give the webhook a subscription query; "
            "payloads without one are not read.",
        )
    if not is_shallow(raw, MAX_DEPTH):
        _check_depth(found)
    if b"\\u" not in raw or _MAY_BE_UNSTORABLE.search(raw) is None:
        return found
    clean = _storable(found)
    assert isinstance(clean, dict)
    return clean


def _decode(raw: bytes) -> object:
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Half a surrogate pair and a number of hundreds of digits are JSON all the same: the library's has the last
        # word. As text: a Decimal has limits of its own, and raises past them (1e99999999999999999999).
        return json.loads(raw.decode("utf-8"), parse_float=str, parse_constant=_no_number)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _name(value: object) -> str:
    return "list" if isinstance(value, list) else "null" if value is None else type(value).__name__


def _too_deep() -> WebhookRefused:
    return WebhookRefused(
        400, f"The body is nested deeper than {MAX_DEPTH} levels. Ask for less in the webhook's query."
    )


def _check_depth(value: dict[str, object]) -> None:
    # By exact type, which is all that the decoder makes, and without a call a value.
    level: list[dict[str, object] | list[object]] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[dict[str, object] | list[object]] = []
        for item in level:
            for child in item.values() if type(item) is dict else item:
                if type(child) is dict or type(child) is list:
                    inner.append(child)
        if not inner:
            return
        level = inner
    raise _too_deep()


def _storable(value: object) -> object:
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {UNSTORABLE.sub("\ufffd", name): _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value
