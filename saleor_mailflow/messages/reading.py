"""Reads a mail as its reader's program does: links, pictures, the line beside the subject, and the text that is shown.

Refuses to judge; ``lint`` does.
"""

from __future__ import annotations

from html.parser import HTMLParser


class MailReader(HTMLParser):
    """What is in a mail's HTML."""

    def __init__(self, html: str) -> None:
        """Read it all."""
        super().__init__()
        self.links: list[str] = []
        self.pixels = 0
        #: Pictures without an alt text.
        self.unnamed = 0
        self.preheader = ""
        self._hidden: list[str] = []
        self._shown: list[str] = []
        self.feed(html)
        self.close()
        self.text = " ".join("".join(self._shown).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if self._hidden or tag in {"style", "title", "script"} or "display: none" in (found.get("style") or ""):
            if tag not in {"br", "img", "meta", "hr", "link"}:
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
            self.preheader = (self.preheader + data).replace("\u034f", "").strip()


def _pixels(value: str | None) -> int:
    # A picture without a width may be as wide as the mail.
    return int(value) if value and value.isdigit() else 0 if value is None else 600
