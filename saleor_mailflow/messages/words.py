"""The phrases that programs (not templates) put into mails and pages, by key, in every language.

Refuses to mix: a language either has every phrase or is not offered (a test compares the catalogs).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from saleor_mailflow.messages.catalogs import LANGUAGES, catalog

__all__ = ["LANGUAGES", "PHRASES", "phrase", "phrases", "words"]

#: The phrases in English by key, which is their context in the catalogs; a pair is one and many.
PHRASES = Path(__file__).parent / "phrases.json"


@cache
def phrases() -> Mapping[str, str | list[str]]:
    """Return the phrases in English: a text, or the text for one and for many."""
    found: dict[str, str | list[str]] = json.loads(PHRASES.read_text(encoding="utf-8"))
    return MappingProxyType(found)


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the phrases of a language by key, without those that go with a count; English where we do not write it."""
    known = catalog(language)
    return {key: known.text(text, context=key) for key, text in phrases().items() if isinstance(text, str)}


def phrase(language: str, key: str, *, count: int | None = None, **values: str) -> str:
    """Return one phrase with ``{name}`` filled in from ``values``, and ``{count}`` from ``count``.

    With a count, the form is the one that the language uses with it. Raises KeyError for a phrase that does not exist.
    """
    english = phrases()[key]
    if isinstance(english, str):
        text = words(language)[key]
    else:
        one, many = english
        text = catalog(language).plural(one, many, count if count is not None else 2, context=key)
    if count is not None:
        values["count"] = str(count)
    # Not str.format, and in one pass: braces in a value (a product may be called anything) stay what they are.
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), text)
