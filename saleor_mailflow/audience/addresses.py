"""Email addresses: one spelling for one mailbox, and a keyed hash that outlives it. Refuses to mend a broken one."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email


@lru_cache(maxsize=20_000)
def normalise(address: str) -> str:
    """Return the one spelling of an address: NFC, lower case, domain in its Unicode form; "" when it is none.

    Line breaks, control characters and anything else RFC 5321/6531 forbids make it "". Addresses are not looked up.
    """
    text = unicodedata.normalize("NFC", address.strip(" \t"))
    if not text or len(text) > 320 or any(unicodedata.category(character).startswith("C") for character in text):
        return ""
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return ""
    return found.normalized.lower()


def email_hash(key: bytes, address: str) -> str:
    """Return HMAC-SHA256 of an address as 64 hex digits. Survives erasure, says nothing without the key."""
    return normal_hash(key, normalise(address))


def normal_hash(key: bytes, normalised: str) -> str:
    """Return the same for an address that is normalised already, as contacts are kept."""
    return hmac.new(key, normalised.encode(), hashlib.sha256).hexdigest()
