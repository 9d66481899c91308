"""What a command prints: tables for people, JSON for machines. Never both."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Control characters but tab and line feed, line ends, what turns writing round, and halves of surrogate pairs.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Output:
    """Collects what a command says and prints it in one of two forms."""

    def __init__(self, *, json: bool) -> None:
        """Print JSON when ``json``, else text; text is plain where nobody watches a terminal."""
        self.json = json
        self.console = Console(soft_wrap=True, highlight=False)
        self.errors = Console(stderr=True, soft_wrap=True, highlight=False)

    def data(self, value: object) -> None:
        """Print one JSON value. Times are ISO 8601, money is text."""
        sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")

    def say(self, text: str) -> None:
        """Print a sentence for people; nothing in JSON."""
        if not self.json:
            self.console.print(_shown(text))

    def refuse(self, text: str) -> None:
        """Print why nothing was done, on standard error."""
        if self.json:
            self.data({"error": text})
        else:
            self.errors.print(_shown(text))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table for people; nothing in JSON."""
        if self.json:
            return
        table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_shown(str(cell)) for cell in row))
        self.console.print(table)


def _shown(text: str) -> Text:
    """Return a text as it is to stand on a terminal: no markup of rich's, and nothing that steers the terminal.

    Names are whatever a shopper typed, and ``[/b]`` or an escape sequence in one must neither fail nor act.
    """
    return Text(_STEERING.sub("\ufffd", text))


def counted(number: int, one: str, many: str) -> str:
    """Return ``1 line`` or ``3 lines``, whichever it is."""
    return f"{number} {one if number == 1 else many}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    raise TypeError(f"{type(value).__name__} has no JSON form here.")


def duration(seconds: int | None) -> str:
    """Return a duration as a person reads it, such as ``3 min``; "none" for None."""
    if seconds is None:
        return "none"
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} days"
