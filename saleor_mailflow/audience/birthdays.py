"""Dates of birth: read, believed once they have been known for a while, changed at most once a year.

Refuses a date that nobody living was born on, and a change of mind within the year: a birthday is worth a present.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from saleor_mailflow.models import Contact

#: A birthday counts once it has been known for this long.
KNOWN_FOR = timedelta(days=14)
_BETWEEN_CHANGES = timedelta(days=365)
_OLDEST = 120
_YOUNGEST = 13


def read_birthday(text: str, today: date) -> date | None:
    """Return the date that ``text`` (``YYYY-MM-DD``) says, None for one that no customer can have been born on."""
    try:
        born = date.fromisoformat(text.strip())
    except ValueError:
        return None
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return born if _YOUNGEST <= age <= _OLDEST else None


def set_birthday(contact: Contact, born: date, at: datetime) -> bool:
    """Note a birthday on ``contact`` (not saved); return whether it was taken over.

    The first one always is; another one only when the last change is a year old. Saying the same again changes nothing.
    """
    if contact.birthday == born:
        return False
    if contact.birthday is None:
        contact.birthday, contact.birthday_known_at = born, at
        return True
    last = contact.birthday_changed_at or contact.birthday_known_at
    if last is not None and at - last < _BETWEEN_CHANGES:
        return False
    contact.birthday, contact.birthday_known_at, contact.birthday_changed_at = born, at, at
    return True
