"""What templates may call besides jinja2's harmless filters. Refuses to make anything large or link anything unsafe."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from saleor_mailflow.exceptions import TemplateFailed

#: What one call may make: text in characters, ranges by length.
LARGEST_TEXT = 1_000
LONGEST_RANGE = 200

_LINK = re.compile(r"(?:https?://|mailto:)[^\s\\<>\"']+")


def bounded_range(*arguments: int) -> range:
    """Return ``range(*arguments)``. Raises TemplateFailed for one of more than LONGEST_RANGE steps."""
    found = range(*arguments)
    if len(found) > LONGEST_RANGE:
        raise TemplateFailed(f"range() has {len(found)} steps, at most {LONGEST_RANGE} are allowed")
    return found


def link(value: str) -> str:
    """Return an address for an ``href`` or ``src``. Raises TemplateFailed for ``javascript:``, ``data:`` and such."""
    if not _LINK.fullmatch(str(value)):
        raise TemplateFailed("only https://, http:// and mailto: addresses may be linked")
    return value


def replace(text: str, old: str, new: str) -> str:
    """Return ``text`` with ``new`` for ``old``. Raises TemplateFailed where that makes more than LARGEST_TEXT."""
    if isinstance(text, Markup):
        # It will be escaped, and is longer then.
        new = escape(new)
    if len(text) + text.count(old) * (len(new) - len(old)) > LARGEST_TEXT:
        raise TemplateFailed(f"replace makes a text of more than {LARGEST_TEXT} characters")
    return text.replace(old, new)
