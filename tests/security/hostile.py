"""Names and subjects that nobody is called: made from a seed, each with whether it holds something to click on."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple


class Hostile(NamedTuple):
    """A text somebody typed as their name. ``link`` where a mail program would make a link of a part of it."""

    text: str
    link: bool


NAMES = ("Anna", "Zoë", "李小龍", "Мария", "José María", "عَلِيّ", "👩‍👩‍👧", "O'Neil", "Ng", "")
#: Endings of a header, and what would stand in the next.
BREAKS = (
    "\r\n",
    "\n",
    "\r",
    "\r\n ",
    "\n\t",
    "\x0b",
    "\x0c",
    "\x85",
    "\u2028",
    "\u2029",
    "\x00",
    "\r\n\r\n",
    "%0d%0a",
    "\\r\\n",
)
HEADERS = (
    "Bcc: victim@evil.example", "To: victim@evil.example", "Content-Type: text/html", "Subject: other",
    "From: a@b.example",
    "X-Evil: 1", "MIME-Version: 9", "--=_boundary", ".", "DATA", "RCPT TO:<victim@evil.example>",
    "Resent-To: v@evil.example",
)  # fmt: skip
TRICKS = (
    '"', "'", "<", ">", "<victim@evil.example>", '" <victim@evil.example>', '"@"', "a@b", ",", ";", ":", "\\",
    '\\"', "(", ")",
    "(comment)", "[", "]", "Group: a@b.example, c@d.example;", "=?utf-8?q?=0D=0ABcc:_v@evil.example?=",
    "=?utf-8?b?DQpCY2M6IHZAZXZpbC5leGFtcGxl?=", "=?utf-8?q?a?= =?utf-8?q?b?=", "=?x?y?z?=", "?=", "=?", "=0D=0A",
    "\u202e", "\u2066",
    "\u200f", "\u061c", "\u00ad", "\u200b", "\ufeff", "\ud800", "\udfff", "e\u0301\u0323" * 9,
    "Z\u0351\u036b" * 30, "\U0001f600",
    "\U000e0041", "\x1b[31m", "\x7f", "\x9b", "\t", "   ", "\u00a0", "-", "--", "x" * 300, "ﷺ" * 20, "ß", "İ",
)  # fmt: skip
MARKUP = (
    "<b>x</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>",
    "' onclick='alert(1)",
    '" style="x:expression(1)', "</td></tr></table>", "</title><script>", "</style><style>*{display:none}", "<!--",
    "-->", "<![CDATA[",
    "<!--[if mso]>", "<![endif]-->", "&lt;b&gt;", "&#60;b&#62;", "&", "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "data:text/html,x", "{{ 7 * 7 }}", "{% for a in b %}", "{# x #}", "${7*7}", "{token}", "{brand}", "{count}",
    "%s", "%(name)s",
    "<form action=x>", "<meta http-equiv=refresh>", "<base href=x>", "<link rel=stylesheet>",
    "<style>@import 'x'</style>",
)  # fmt: skip
LINKS = (
    "http://evil.example/x", "https://evil.example", "HTTP://EVIL.EXAMPLE", "www.evil.example", "WWW.evil.example",
    "evil.example",
    "bit.ly/x", "t.co/abc", "x.co/abc", "777.com", "win-1.com", "a1.com", "ftp://evil.example",
    "victim@evil.example", "ｅｖｉｌ．ｃｏｍ",
    "evil。com", "ev\u200bil\u2060.\u200bcom", "ev\u00adil.com", "e\u200dv\u200d.\u200dcom", "10.0.0.1",
    "+1 555 123 4567", "0800-123-4567",
    "evil.example:8080", "e.com/x",
)  # fmt: skip


def hostile(seed: int, count: int) -> Iterator[Hostile]:
    """Yield ``count`` hostile texts; the same for the same seed."""
    chance = Random(seed)
    kinds = (_breaking, _tricky, _marked, _linking, _long, _noise)
    for number in range(count):
        yield kinds[number % len(kinds)](chance)


def _name(chance: Random) -> str:
    return chance.choice(NAMES)


def _breaking(chance: Random) -> Hostile:
    text = _name(chance) + "".join(
        chance.choice(BREAKS) + chance.choice(HEADERS) for _ in range(chance.randrange(1, 4))
    )
    return Hostile(text, False)


def _tricky(chance: Random) -> Hostile:
    parts = [_name(chance), *(chance.choice(TRICKS) for _ in range(chance.randrange(1, 6)))]
    chance.shuffle(parts)
    return Hostile(chance.choice(("", " ")).join(parts), False)


def _marked(chance: Random) -> Hostile:
    parts = [_name(chance), *(chance.choice(MARKUP) for _ in range(chance.randrange(1, 4)))]
    chance.shuffle(parts)
    return Hostile(" ".join(parts), False)


def _linking(chance: Random) -> Hostile:
    return Hostile(f"{_name(chance)} {chance.choice(LINKS)} {chance.choice(('', '!', 'now', ','))}".strip(), True)


def _long(chance: Random) -> Hostile:
    part = chance.choice((*NAMES[:-1], *TRICKS, *MARKUP, *LINKS))
    return Hostile(part * (chance.choice((200,) * 6 + (2_000,) * 3 + (100_000,)) // max(1, len(part)) + 1), False)


def _noise(chance: Random) -> Hostile:
    blocks = (
        (0, 0x7F),
        (0x80, 0x2FF),
        (0x300, 0x36F),
        (0x2000, 0x206F),
        (0xD800, 0xDFFF),
        (0x1F300, 0x1FAFF),
        (0, 0x10FFFF),
    )
    low, high = chance.choice(blocks)
    return Hostile("".join(chr(chance.randint(low, high)) for _ in range(chance.randrange(1, 60))), False)
