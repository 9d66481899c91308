"""Texts that must stay on one line: names, subjects, addresses, and what strangers' servers answer.

Refuses to let a line break, a control character or a bidi trick through, and to build an address by joining strings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

#: The longest name or subject that leaves, in characters.
LIMIT = 200
#: The longest quotation of a provider's answer, in characters.
QUOTE = 200
#: The longest display name of a recipient; shoppers type these, and a longer one is an advertisement.
NAME_LIMIT = 64
#: RFC 5321 §4.5.3.1: an address has at most so many characters, its local part so many.
_LONGEST, _LONGEST_LOCAL = 254, 64

# C0, DEL, C1 and the two Unicode line breaks end a line somewhere; the bidi controls turn words around on screen.
_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_LINK = re.compile(r"://|www\.", re.IGNORECASE)
# Bounded, so that ten thousand letters without an at sign cost no time.
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]{1,64}(?:@|%40)[^\s<>\"'(),;:]+")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A checked address: domain in ASCII (IDNA 2008), local part as it is; ``name`` is one clean line or ""."""

    local: str
    domain: str
    name: str = ""

    @property
    def email(self) -> str:
        """Return ``local@domain``; both were checked, neither holds a quote, a space or an at sign."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Tell whether only a server with SMTPUTF8 (RFC 6531) can take it."""
        return not self.local.isascii()


def whole_text(text: str) -> str:
    """Return text that can be encoded: halves of surrogate pairs (a JSON accident) become U+FFFD."""
    try:
        # Nearly every text can be, and to try is much faster than to look for what cannot.
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def one_line(text: str, *, limit: int = LIMIT) -> str:
    """Return ``text`` as one safe line of at most ``limit`` characters, NFC, without bidi controls.

    Control characters and line breaks become one space, so ``"Ada\\r\\nBcc: x"`` stays a strange name and never
    becomes a header. ``=?`` is split, so that nobody smuggles an encoded word (RFC 2047) past this function.
    """
    if not text.isprintable() or "  " in text:
        text = _BREAKS.sub(" ", _BIDI.sub("", whole_text(text)))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = text.replace("=?", "= ?").strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def person_name(text: str) -> str:
    """Return a shopper's name for a To line, "" where it is an advertisement: a link in it, or very long."""
    name = one_line(text)
    return "" if len(name) > NAME_LIMIT or _LINK.search(name) else name


# What nearly every local part is made of: a dot-atom (RFC 5321 §4.1.2).
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.-]+)", re.ASCII)


def _parts(email: str) -> tuple[str, str]:
    """Return (local part, domain in ASCII). Only what is not plain is looked at whole, at twenty times the cost."""
    plain = _PLAIN.fullmatch(email) if len(email) <= _LONGEST else None
    if plain is not None and len(plain[1]) <= _LONGEST_LOCAL:
        return plain[1], _looked_at(f"a@{plain[2]}")[1]
    return _looked_at(email)


@lru_cache(maxsize=20_000)
def _looked_at(email: str) -> tuple[str, str]:
    found = validate_email(email, check_deliverability=False, globally_deliverable=False)
    return found.local_part, found.ascii_domain or found.domain


def read_address(email: str, *, name: str = "") -> Address:
    """Return the checked address. Raises ValueError with a sentence that does not repeat it.

    Syntax of RFC 5321/6531 by email-validator, nothing looked up; ``name`` must have gone through ``one_line``.
    """
    try:
        local, domain = _parts(email)
    except EmailNotValidError as error:
        raise ValueError(f"it is not an email address ({scrub(str(error)).rstrip('.')})") from None
    return Address(local=local, domain=domain, name=name)


def header_field(name: str, value: str) -> tuple[str, str]:
    """Return a header of our own, checked: ASCII, one line, short enough to stand unfolded (RFC 5322 §2.1.1: 998).

    Raises ValueError with a sentence naming the header.
    """
    if not _FIELD_NAME.fullmatch(name):
        raise ValueError(f"a header cannot be called {one_line(name)!r}")
    if not value.isascii() or not value.isprintable():
        raise ValueError(f"the header {name} holds characters other than printable ASCII")
    if len(name) + 2 + len(value) > 998:
        raise ValueError(f"the header {name} has {len(value)} characters, more than a mail line holds (998)")
    return name, value.strip(" ")


def scrub(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Return what somebody else wrote, fit for our logs and screens: one line, no addresses, none of our secrets."""
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, "…")
    return one_line(_ADDRESS.sub("<address>", text[:4_000]).replace("<<address>>", "<address>"), limit=QUOTE)
