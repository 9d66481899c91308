"""Reads a mail as its reader's program does: links, pictures, the line beside the subject, and the text that is shown.

Refuses to judge; ``lint`` does. Refuses to read HTML as it was typed, which can be made to take minutes and to show the
standard library's parser something else than a browser sees.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from saleor_mailflow.messages.inlining import VOID, as_read

# What stands inside is not shown as text, or not at all.
_UNSEEN = frozenset(
    ("style", "title", "script", "template", "textarea", "select", "iframe", "noembed", "noframes", "object", "svg",
     "math", "xmp", "plaintext")
)  # fmt: skip
_HIDING = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class MailReader(HTMLParser):
    """What is in a mail's HTML."""

    def __init__(self, html: str) -> None:
        """Read it all. Raises TemplateFailed for more elements than a mail has."""
        super().__init__()
        self.links: list[str] = []
        self.pixels = 0
        #: Pictures without an alt text.
        self.unnamed = 0
        self._hidden: list[str] = []
        self._shown: list[str] = []
        self._before: list[str] = []
        self.feed(as_read(html))
        self.close()
        self.text = " ".join("".join(self._shown).split())
        self.preheader = "".join(self._before).replace("\u034f", "").strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if self._hidden or tag in _UNSEEN or _HIDING.search(found.get("style") or ""):
            if tag not in VOID:
                self._hidden.append(tag)
            return
        if tag == "a" and "href" in found:
            self.links.append(found["href"] or "")
        if tag == "img":
            width, height = (_pixels(found.get(name)) for name in ("width", "height"))
            self.pixels += width * (height or width)
            self.unnamed += not found.get("alt")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._shown.append(data)
        elif self._hidden[-1] == "div":
            self._before.append(data)


def _pixels(value: str | None) -> int:
    # A picture without a width may be as wide as the mail.
    return int(value) if value and re.fullmatch(r"[0-9]{1,5}", value) else 0 if value is None else 600
