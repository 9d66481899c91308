"""What other systems say happened to a person, for flows that begin with it or wait for it.

Refuses people we do not know, addresses among the facts, and to take the same event twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from saleor_mailflow.audience.occasions import FORGOTTEN, Note, note
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import Contact, Occasion, Shop

MOST_FACTS, LONGEST_FACT = 20, 200
#: Clocks of other systems may be ahead a little.
AHEAD = timedelta(minutes=5)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def record_custom(
    shop: Shop,
    contact: Contact,
    *,
    name: str,
    key: str,
    at: datetime,
    facts: Mapping[str, object],
    now: datetime,
) -> bool:
    """Write an event down; return whether it is new. ``key`` tells it from others of its name, whoever repeats it.

    ``at`` is aware. Raises ConfigurationError, writing nothing, for a name, time or facts that cannot be used, and for
    somebody who was erased.
    """
    if contact.erased_at is not None:
        raise ConfigurationError("This person was erased; nothing more is written about them.", key="contact")
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name[:80]!r} is no name of an event: write it as survey.answered.", key="name")
    if not 0 < len(key) <= 80:
        raise ConfigurationError("The key has 1 to 80 characters: it tells this event from the next one.", key="key")
    if at > now + AHEAD:
        raise ConfigurationError(f"{at.isoformat()} is in the future; events have happened.", key="at")
    if now - at >= FORGOTTEN:
        raise ConfigurationError(
            f"{at.isoformat()} is more than {FORGOTTEN.days} days ago: nothing begins with that any more.", key="at"
        )
    fact_key = f"custom:{name}:{contact.pk}:{key}"
    known = Occasion.objects.filter(shop=shop, key=fact_key).exists()
    event = Note(contact_id=contact.pk, kind="custom", key=fact_key, at=min(at, now), of=name, detail=_checked(facts))
    note(shop.pk, [event], learned_at=now)
    return not known


def _checked(facts: Mapping[str, object]) -> dict[str, object]:
    if len(facts) > MOST_FACTS:
        raise ConfigurationError(f"An event has {MOST_FACTS} facts at most; {len(facts)} were given.", key="facts")
    for name, value in facts.items():
        if not isinstance(value, str | int | float | bool | None) or len(str(value)) > LONGEST_FACT or len(name) > 40:
            raise ConfigurationError(f"The fact {name[:40]!r} is too long, or no text, number, yes or no.", key="facts")
        if "@" in f"{name}{value}":
            raise ConfigurationError("A fact holds an address; name the person by their contact alone.", key="facts")
    return dict(facts)
