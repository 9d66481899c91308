"""Signed links: what is in a mail proves whose mail it was, for as long as the link is meant to work.

Refuses to put an address or a name into a link, and to forget a key: the newest signs, every one verifies.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Self
from uuid import UUID

from saleor_mailflow.models import LinkKey, Shop

#: How long the way back to a cart stays open.
RESTORE_FOR = timedelta(days=30)

# kind, shop, contact, message, expiry in seconds since 1970 (0 is never; for CLICK, which never expires, the number)
_FIELDS = struct.Struct(">BIQ16sI")
#: 144 bits of HMAC-SHA256 (RFC 2104 §5 asks for 80 at least, we for 128). Makes the token 68 characters, no padding.
_MAC_BYTES = 18
_TOKEN = re.compile(r"[A-Za-z0-9_-]{68}", re.ASCII)


class LinkKind(IntEnum):
    """What a link may do. Signed along, so that one kind never passes for another."""

    #: Stop marketing mail. Works for ever.
    UNSUBSCRIBE = 1
    #: Go back to a cart. Works for RESTORE_FOR.
    RESTORE = 2
    #: Choose what to get. Works for ever.
    PREFERENCES = 3
    #: Say that a sign-up was one's own; ``message`` is the sign-up's uuid. Works as long as the sign-up waits.
    CONFIRM = 4
    #: Go where a numbered link of a mail leads. Works for ever.
    CLICK = 5
    #: The picture that says a mail was opened, by somebody or something. Works for ever.
    OPEN = 6


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link that we signed. ``expired`` ones were ours and may be told so; they may do nothing else."""

    kind: LinkKind
    shop_id: int
    contact_id: int
    message: UUID
    expired: bool
    #: Which link of the mail, for CLICK; 0 for every other kind.
    number: int = 0


class LinkSigner:
    """Signs the links of a batch of mails; the keys are read once."""

    def __init__(self, shop_id: int, keys: Sequence[bytes], *, base: str) -> None:
        """``keys`` newest first, at least one; ``base`` is the address the links begin with, without a final slash."""
        self._shop_id, self._keys, self._base = shop_id, keys, base

    @classmethod
    def of(cls, shop: Shop, *, base: str) -> Self:
        """Return the signer of a shop, with a first key made where there is none. One query."""
        return cls(shop.pk, _keys_of(shop.pk) or [LinkKey.objects.create(shop=shop).key.encode()], base=base)

    def unsubscribe(self, *, contact_id: int, message: UUID) -> str:
        """Return the address of the page and RFC 8058 endpoint that stops marketing mail."""
        return f"{self._base}/u/{make_unsubscribe(self._keys, self._shop_id, contact_id, message)}/"

    def restore(self, *, contact_id: int, message: UUID, now: datetime) -> str:
        """Return the address that leads back to the cart a message was about, for RESTORE_FOR from ``now`` (aware)."""
        return f"{self._base}/r/{make_restore(self._keys, self._shop_id, contact_id, message, now)}/"

    def preferences(self, *, contact_id: int, message: UUID) -> str:
        """Return the address of the page where a person chooses what to get."""
        return f"{self._base}/p/{_make(self._keys, LinkKind.PREFERENCES, self._shop_id, contact_id, message, 0)}/"

    def confirm(self, *, contact_id: int, sign_up: UUID, until: datetime) -> str:
        """Return the address where a person says that a sign-up was theirs, until then (aware)."""
        expiry = int(until.timestamp())
        return f"{self._base}/c/{_make(self._keys, LinkKind.CONFIRM, self._shop_id, contact_id, sign_up, expiry)}/"

    def click(self, *, contact_id: int, message: UUID, number: int) -> str:
        """Return the address that leads where the ``number``-th link of a mail leads, and knows that it was clicked."""
        return f"{self._base}/l/{_make(self._keys, LinkKind.CLICK, self._shop_id, contact_id, message, number)}/"

    def open(self, *, contact_id: int, message: UUID) -> str:
        """Return the address of the picture that is fetched where a mail is opened."""
        return f"{self._base}/o/{_make(self._keys, LinkKind.OPEN, self._shop_id, contact_id, message, 0)}.gif"


def make_unsubscribe(keys: Sequence[bytes], shop_id: int, contact_id: int, message: UUID) -> str:
    """Return a token that never expires, signed with the first of ``keys``."""
    return _make(keys, LinkKind.UNSUBSCRIBE, shop_id, contact_id, message, 0)


def make_restore(keys: Sequence[bytes], shop_id: int, contact_id: int, message: UUID, now: datetime) -> str:
    """Return a token that works for RESTORE_FOR from ``now`` (aware), signed with the first of ``keys``."""
    return _make(keys, LinkKind.RESTORE, shop_id, contact_id, message, int((now + RESTORE_FOR).timestamp()))


def read(token: str, kind: LinkKind, now: datetime) -> Link | None:
    """Return what a token of ``kind`` says, or None for one that no key of its shop has signed. One query."""
    return verify(token, kind, now, _keys_of)


def verify(token: str, kind: LinkKind, now: datetime, keys_of: Callable[[int], Sequence[bytes]]) -> Link | None:
    """Do what ``read`` does with keys looked up by ``keys_of`` (a shop's id in, its keys out)."""
    claim = _open(token)
    if claim is None:
        return None
    signed, mac = claim
    given, shop_id, contact_id, message, expiry = _FIELDS.unpack(signed)
    # Every key is tried, so the time it takes does not say which one came close.
    genuine = [hmac.compare_digest(_mac(key, signed), mac) for key in keys_of(shop_id)]
    if not any(genuine) or given != kind:
        return None
    return Link(
        kind=kind,
        shop_id=shop_id,
        contact_id=contact_id,
        message=UUID(bytes=message),
        expired=given != LinkKind.CLICK and bool(expiry) and now.timestamp() >= expiry,
        number=expiry if given == LinkKind.CLICK else 0,
    )


def claimed_shop(token: str) -> int | None:
    """Return the shop that a token says it is from, unproven: good for showing a public name, for nothing else."""
    claim = _open(token)
    return None if claim is None else int(_FIELDS.unpack(claim[0])[1])


def unsubscribe_headers(url: str) -> dict[str, str]:
    """Return the headers for one-click unsubscribing at ``url`` (RFC 2369 §3.2, RFC 8058 §3.1).

    Providers honour https only; http is let through for a shop on the same machine, as in the demo.
    Raises ValueError for anything but one plain web address: a second one could be smuggled in.
    """
    if not re.fullmatch(r"https?://[!-;=?-~]+", url):
        raise ValueError("An unsubscribe link must be one plain web address. Check the link host.")
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _keys_of(shop_id: int) -> list[bytes]:
    found = LinkKey.objects.filter(shop_id=shop_id).order_by("-created_at", "-id").values_list("key", flat=True)
    return [key.encode() for key in found]


def _make(keys: Sequence[bytes], kind: LinkKind, shop_id: int, contact_id: int, message: UUID, expiry: int) -> str:
    signed = _FIELDS.pack(kind, shop_id, contact_id, message.bytes, expiry)
    return base64.urlsafe_b64encode(signed + _mac(keys[0], signed)).decode()


def _open(token: str) -> tuple[bytes, bytes] | None:
    if not _TOKEN.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    return raw[: _FIELDS.size], raw[_FIELDS.size :]


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, b"mailflow link 1\0" + signed, hashlib.sha256)[:_MAC_BYTES]
