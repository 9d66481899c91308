"""What somebody chose to get, and how often: read as it stands, and saved as they wish. Every word is kept.

Refuses to take a box that nobody touched for a yes or a no: only what differs from what counts now is written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from saleor_mailflow.audience import consent, leaving
from saleor_mailflow.audience.said import Said
from saleor_mailflow.audience.suppression import counting, suppressions
from saleor_mailflow.models import Consent, ConsentWording, Contact, Suppression, Topic

#: For how many weeks somebody may pause.
PAUSES = (2, 4, 8)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What counts for one person and sending entity now."""

    #: They left, or said no to all marketing mail.
    off: bool
    #: Why mail is stopped that only the merchant can let go again: bounced, complained or manual; "" for nothing.
    blocked: str = ""
    #: {topic: whether its mail may come}.
    topics: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody asked for on the page; None leaves a thing as it is. ``topics`` are of those that were shown."""

    topics: Mapping[str, bool] = field(default_factory=dict)
    frequency: str | None = None
    #: Weeks from now; 0 ends a pause.
    pause: int | None = None
    language: str | None = None


def topics_of(shop_id: int) -> list[Topic]:
    """Return the topics that people can choose from, in the merchant's order. One query."""
    return list(Topic.objects.filter(shop_id=shop_id, active=True).order_by("position", "id"))


def standing(contact: Contact, topics: Sequence[str], *, entity: str, now: datetime, without_consent: bool) -> Standing:
    """Return what counts for a person. ``without_consent``: mail may come where nothing was said. Three queries."""
    refused = counting(suppressions(contact.shop_id, [contact.email]).get(contact.email), entity)
    said = consent.words([contact.pk]).get(contact.pk, {})
    every = consent.standing(said, entity=entity)
    left = refused is not None and refused[0] == Suppression.Reason.UNSUBSCRIBED
    shown = {}
    for topic in topics:
        word = consent.standing(said, entity=entity, topic=topic)
        lasting = word is not None and (word.expires_at is None or word.expires_at > now)
        granted = word.granted if word is not None and (lasting or not word.granted) else without_consent
        shown[topic] = granted and not left
    no_to_all = every is not None and not every.granted
    return Standing(
        off=left or (no_to_all and not any(shown.values())),
        blocked=refused[0] if refused is not None and not left else "",
        topics=shown,
    )


def save(
    contact: Contact,
    wanted: Wanted,
    was: Standing,
    *,
    entity: str,
    proof: str,
    wordings: Mapping[str, ConsentWording | None],
    now: datetime,
) -> None:
    """Write down what differs from ``was``, all or nothing. ``wordings`` are the texts beside the topics.

    To want none of the topics is to want nothing: see ``leaving.leave``. Whoever had left and wants a topic has come
    back, for that topic.
    """
    changed = {topic: on for topic, on in wanted.topics.items() if on != was.topics.get(topic)}
    with transaction.atomic():
        mine = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        _preferences(mine, wanted, now)
        if changed and not any({**was.topics, **wanted.topics}.values()):
            leaving.leave(mine, entity=entity, source=leaving.PREFERENCE_CENTRE, proof=proof, now=now)
            return
        if any(changed.values()):
            leaving.lift(mine, entity=entity)
        said = [
            Said(
                contact_id=mine.pk,
                state=Consent.State.GRANTED if on else Consent.State.WITHDRAWN,
                source=leaving.PREFERENCE_CENTRE,
                proof=f"{'ticked' if on else 'unticked'}, {proof}",
                at=now,
                topic=topic,
                wording_id=wording.pk if on and (wording := wordings.get(topic)) is not None else None,
            )
            for topic, on in changed.items()
        ]
        consent.append(mine.shop_id, said, entity=entity)


def _preferences(contact: Contact, wanted: Wanted, now: datetime) -> None:
    before = (contact.frequency, contact.paused_until, contact.language, contact.language_chosen)
    if wanted.frequency is not None:
        contact.frequency = wanted.frequency
    if wanted.pause is not None:
        contact.paused_until = now + timedelta(weeks=wanted.pause) if wanted.pause else None
    if wanted.language is not None:
        contact.language, contact.language_at, contact.language_chosen = wanted.language, now, True
    if before != (contact.frequency, contact.paused_until, contact.language, contact.language_chosen):
        contact.updated_at = now
        contact.save(
            update_fields=[
                "frequency", "paused_until", "language", "language_at", "language_chosen", "updated_at"
            ]
        )  # fmt: skip
