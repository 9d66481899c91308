"""The mails as the mail server got them, made fit to be looked at: our own pictures stand in for the shop's.

The recorded shop does not exist, so its pictures cannot be fetched. Refuses to fetch anything from anywhere.
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from saleor_mailflow.testing.smtp_sink import Taken

PICTURES = Path(__file__).parent.parent / "pictures"

#: Words in a product's name or its picture's address, and the picture that comes nearest.
_MEANT = {
    "shirt": ("shirt", "tee", "polo", "hoodie", "blouse", "top", "koszul", "hemd"),
    "shoes": ("shoe", "balance", "sneaker", "boot", "trainer", "but", "schuh"),
    "cap": ("cap", "hat", "beanie", "mütze"),
    "socks": ("sock", "socken", "skarpet"),
    "mug": ("mug", "cup", "tasse", "kubek", "coffee", "kaffee"),
    "bottle": ("bottle", "juice", "water", "drink", "oil", "beer", "wine", "flasche"),
    "candle": ("candle", "lamp", "kerze", "light"),
    "bag": ("bag", "cushion", "case", "pack", "tasche", "torba"),
}
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_FAR = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail as its reader gets it."""

    uuid: str
    subject: str
    sender: str
    recipient: str
    html: str
    text: str


def letter_of(mails: Iterable[Taken], uuid: str) -> Letter | None:
    """Return the mail with our id ``uuid`` among those the mail server took, None where it has none."""
    found = next((mail for mail in mails if mail.uuid == uuid), None)
    if found is None:
        return None
    message = message_from_bytes(found.raw, policy=policy.default)
    rich, plain = message.get_body(("html",)), message.get_body(("plain",))
    return Letter(
        uuid=uuid,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        html=rich.get_content() if rich else "",
        text=plain.get_content() if plain else "",
    )


def with_own_pictures(document: str) -> str:
    """Return an HTML mail with every far picture replaced by one of ours, and links that open beside the page."""
    document = _IMAGE.sub(_own_picture, document)
    return re.sub(r"(<head\b[^>]*>)", r'\1<base target="_blank">', document, count=1, flags=re.IGNORECASE)


def picture_for(words: str) -> str:
    """Return the name of the picture that comes nearest to a product's words; the same words get the same picture."""
    plain = words.lower()
    for name, hints in _MEANT.items():
        if any(re.search(rf"(?<![^\W_]){re.escape(hint)}", plain) for hint in hints):
            return name
    names = sorted(_MEANT)
    return names[zlib.crc32(plain.encode()) % len(names)]


def _own_picture(match: re.Match[str]) -> str:
    tag = match.group(0)
    values = {name.lower(): html.unescape(value[1:-1]) for name, value in _ATTRIBUTE.findall(tag)}
    source = values.get("src", "")
    if not _FAR.match(source):
        return tag
    # The product's name first; what the file is called only where the name says nothing.
    words = f"{values.get('alt', '')} {source.rsplit('/', 1)[-1]}"
    own = f'src="/pictures/{picture_for(words)}.svg"'
    return re.sub(r"""\bsrc\s*=\s*("[^"]*"|'[^']*')""", own, tag, count=1, flags=re.IGNORECASE)
