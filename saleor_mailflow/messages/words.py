"""The phrases that mails and pages share, one JSON file a language beside the templates.

Refuses to mix: a language either has every phrase or is not offered (a test compares the files).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from saleor_mailflow.messages.formats import FALLBACK_LANGUAGE, locale_of

#: The languages that every registered template and page is written in.
LANGUAGES = ("en", "de")


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the phrases of a language by key; those of English for a language that we do not write."""
    name = language if language in LANGUAGES else FALLBACK_LANGUAGE
    text = files("saleor_mailflow.messages").joinpath(f"templates/words/{name}.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def phrase(language: str, key: str, *, count: int | None = None, **values: str) -> str:
    """Return one phrase with ``{name}`` filled in from ``values``, and ``{count}`` from ``count``.

    With a count, the plural form comes from ``key:one``, ``key:few``, … as the language has them, else ``key:other``.
    Raises KeyError for a phrase that does not exist.
    """
    known = words(language)
    if count is not None:
        form = f"{key}:{locale_of(language).plural_form(count)}"
        key = form if form in known else f"{key}:other"
        values["count"] = str(count)
    # Not str.format, and in one pass: braces in a value (a product may be called anything) stay what they are.
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), known[key])
