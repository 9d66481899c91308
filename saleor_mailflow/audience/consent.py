"""What people said about mail: appended, never changed, the newest counts. Refuses to read silence as a yes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow.audience import consent_log
from saleor_mailflow.audience.occasions import note_consents
from saleor_mailflow.audience.said import UMBRELLA, Said
from saleor_mailflow.models import Consent
from saleor_mailflow.statements import array, run

_YES = {"1", "true", "yes", "y", "on", "ja", "oui", "tak", "si", "sí", "granted", "subscribed", "opt-in", "opt_in"}
_NO = {"0", "false", "no", "n", "off", "nein", "non", "nie", "withdrawn", "unsubscribed", "opt-out", "opt_out"}


@dataclass(frozen=True, kw_only=True)
class Word:
    """The newest word on one topic. ``state`` is granted or withdrawn; times are aware UTC."""

    state: str
    at: datetime
    basis: str
    expires_at: datetime | None = None

    @property
    def granted(self) -> bool:
        """Tell whether it was a yes."""
        return self.state == Consent.State.GRANTED


#: {(entity, topic): the newest word}; entity "" is the whole shop.
Words = Mapping[tuple[str, str], Word]


def read_metadata(metadata: Mapping[str, str], key: str) -> Consent.State | None:
    """Return what a metadata value says, None where the key is absent, empty or in words that are no yes and no no."""
    value = str(metadata.get(key, "")).strip().lower()
    if value in _YES:
        return Consent.State.GRANTED
    if value in _NO:
        return Consent.State.WITHDRAWN
    return None


def append(shop_id: int, said: Collection[Said], *, entity: str = "", learned_at: datetime | None = None) -> int:
    """Append what is new: a source that repeats its last word adds nothing. Return how many were added.

    News may come in any order (see ``consent_log``). ``learned_at`` is when we heard, else when the last was said.
    """
    added = consent_log.write(shop_id, said, entity=entity)
    yes = {one.contact_id for one in said if one.state == Consent.State.GRANTED}
    if added and yes:
        note_consents(shop_id, yes, learned_at=learned_at or max(one.at for one in said))
    return added


def words(contact_ids: Collection[int]) -> Mapping[int, Words]:
    """Return {contact id: the newest word per sending entity and topic}. One query; whoever said nothing is absent."""
    found: dict[int, dict[tuple[str, str], Word]] = {}
    if not contact_ids:
        return found
    for contact_id, entity, topic, state, at, basis, expires_at in run(_NEWEST, [array(contact_ids)]).rows:
        word = Word(state=state, at=at, basis=basis, expires_at=expires_at)
        found.setdefault(contact_id, {})[entity, topic] = word
    return found


_NEWEST = """
SELECT DISTINCT ON (contact_id, entity, topic) contact_id, entity, topic, state, at, basis, expires_at
FROM mailflow_consent WHERE contact_id = ANY(%s::bigint[]) ORDER BY contact_id, entity, topic, at DESC, id DESC
"""


def standing(said: Words, *, entity: str = "", topic: str = UMBRELLA) -> Word | None:
    """Return the word that counts for a topic of a sending entity, None where nothing was said. Pure.

    What was said to the entity and to the whole shop counts alike, the newer one wins. A "no" to all mail ends every
    earlier "yes"; a "no" to one topic is lifted only by a "yes" to that topic; where nothing was said to the topic,
    what was said to all mail counts.
    """
    every, own = _newer(said, entity, UMBRELLA), _newer(said, entity, topic)
    if topic == UMBRELLA or own is None:
        return every
    if every is not None and not every.granted and every.at >= own.at:
        return every
    return own


def _newer(said: Words, entity: str, topic: str) -> Word | None:
    found = [word for word in (said.get(("", topic)), said.get((entity, topic))) if word is not None]
    # Of two words at one moment the "no" counts.
    return max(found, key=lambda word: (word.at, not word.granted), default=None)


def newest(contact_ids: Collection[int], *, entity: str = "") -> Mapping[int, tuple[str, datetime]]:
    """Return {contact id: (granted|withdrawn, when)} of what counts for mail in general. One query."""
    found = {contact_id: standing(said, entity=entity) for contact_id, said in words(contact_ids).items()}
    return {contact_id: (word.state, word.at) for contact_id, word in found.items() if word is not None}
