"""Somebody asks for mail: noted, confirmed from their mailbox, and only then true.

Refuses to believe an address that nobody confirmed, and to show by its answer whether an address is known.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from saleor_mailflow.audience import consent, contacts
from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.birthdays import set_birthday
from saleor_mailflow.audience.contacts import ContactFact
from saleor_mailflow.audience.roles import is_role
from saleor_mailflow.audience.said import UMBRELLA, Said
from saleor_mailflow.audience.suppression import suppressed, unsuppress
from saleor_mailflow.audience.throttle import allowed, throttle_key
from saleor_mailflow.models import Consent, ConsentWording, Contact, ContactTag, SignUp, SignUpForm, Topic

#: How long the link in the confirmation mail works.
CONFIRM_WITHIN = timedelta(days=7)
#: Confirmation mails to one address in a day, whoever asks for them: nobody is flooded by somebody else's typing.
MOST_A_DAY = 3
#: Asked again so soon after, the mail that is on its way is enough.
ON_ITS_WAY = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody typed, checked (see ``read_wish``). ``email`` is normalised."""

    email: str
    name: str = ""
    language: str = ""
    topics: Sequence[str] = ()
    frequency: str = ""
    birthday: date | None = None
    #: {question: answer} of the survey.
    survey: Mapping[str, str] = field(default_factory=dict)


def ask(
    shop_id: int,
    wish: Wish,
    *,
    form: SignUpForm | None,
    entity: str,
    channel: str,
    source: str,
    wording: ConsentWording | None,
    now: datetime,
) -> SignUp | None:
    """Note a wish for mail, for ``flows.sign_ups`` to send the confirmation; return it, None where none is sent.

    ``wording`` is what the person saw (``remember_wording``). The caller answers the same either way, and the same
    statements are run and committed either way: what is not wanted is taken back at the end, so that the time it takes
    says nothing either. No mail goes to an address that does not exist or called us spam, to one that just got one, or
    that got three today. Safe to repeat.
    """
    day = timedelta(days=1)
    with transaction.atomic():
        # Whoever types the same address at this moment waits here for the other, and then finds what they noted.
        allowed(throttle_key(shop_id, "asked", wish.email), most=MOST_A_DAY, window=day, now=now)
        refused = suppressed(shop_id, [wish.email], entity).get(wish.email)
        barred = refused is not None and refused[0] != "unsubscribed"
        open_ones = SignUp.objects.filter(shop_id=shop_id, contact__email=wish.email, entity=entity, confirmed_at=None)
        waits = open_ones.filter(created_at__gt=now - ON_ITS_WAY).exists()
        # What is refused anyway is counted apart: it must not use up the mails of a day.
        counted = throttle_key(shop_id, "asked in vain" if barred or waits else "confirmation", wish.email)
        few = allowed(counted, most=MOST_A_DAY, window=day, now=now)
        place = transaction.savepoint()
        ids = contacts.upsert(shop_id, [ContactFact(email=wish.email, seen_at=now)])
        sign_up = SignUp.objects.create(
            shop_id=shop_id,
            contact_id=ids[wish.email],
            form=form,
            entity=entity,
            channel=channel,
            language=wish.language,
            answers=_answers(wish),
            source=source[:200],
            wording=wording,
            created_at=now,
            expires_at=now + CONFIRM_WITHIN,
        )
        if barred or waits or not few:
            transaction.savepoint_rollback(place)
            return None
        transaction.savepoint_commit(place)
        return sign_up


def confirm(sign_up_id: int, *, now: datetime) -> bool:
    """Make a wish true: consent, preferences, tags; return False where its time is over or the person was erased.

    Safe to repeat: what was confirmed stays as it was then. The address is proven by now, so an earlier unsubscribe is
    lifted; a bounce or complaint is not.
    """
    with transaction.atomic():
        found = SignUp.objects.select_for_update(of=("self",)).select_related("contact").filter(pk=sign_up_id).first()
        if found is None or found.contact.erased_at is not None:
            return False
        if found.confirmed_at is not None:
            return True
        if found.expires_at <= now:
            return False
        contact = Contact.objects.select_for_update(no_key=True).get(pk=found.contact_id)
        found.confirmed_at = now
        found.save(update_fields=["confirmed_at"])
        _apply(contact, found, now)
        said = [
            Said(
                contact_id=contact.pk,
                state=Consent.State.GRANTED,
                source=found.source,
                proof=f"sign-up {found.uuid} of {found.created_at.isoformat()}, confirmed {now.isoformat()}",
                at=now,
                topic=topic,
                basis=Consent.Basis.DOUBLE_OPT_IN,
                wording_id=found.wording_id,
            )
            for topic in _topics(found)
        ]
        consent.append(found.shop_id, said, entity=found.entity)
        unsuppress(shop_id=found.shop_id, email=contact.email, entity=found.entity)
        unsuppress(shop_id=found.shop_id, email=contact.email)
    return True


def remember_wording(shop_id: int, language: str, text: str, now: datetime) -> ConsentWording | None:
    """Return the row of a text that people agree to, made where it is new; None for no text."""
    if not text.strip():
        return None
    digest = wording_digest(language, text)
    found, _ = ConsentWording.objects.get_or_create(
        shop_id=shop_id, digest=digest, defaults={"language": language[:10], "text": text, "at": now}
    )
    return found


def wording_digest(language: str, text: str) -> str:
    """Return what tells one text in one language from every other: SHA-256, as 64 hex digits."""
    return hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()


def find(shop_id: int, token_uuid: uuid.UUID) -> SignUp | None:
    """Return the wish that a link is about. One query."""
    return SignUp.objects.filter(Q(shop_id=shop_id), uuid=token_uuid).select_related("contact", "form").first()


def read_wish(data: Mapping[str, object], *, topics: Sequence[str], known: Mapping[str, Sequence[str]]) -> Wish | None:
    """Return what was typed, with whatever was not asked for left out; None where the address is none.

    ``topics`` and ``known`` ({question: its answers}) are what the form offers.
    """
    email = normalise(str(data.get("email") or ""))
    if not email:
        return None
    chosen = data.get("topics")
    wanted = [chosen] if isinstance(chosen, str) else list(chosen) if isinstance(chosen, Sequence) else []
    frequency = str(data.get("frequency") or "")
    born = data.get("birthday")
    return Wish(
        email=email,
        name=str(data.get("name") or "").strip()[:256],
        language=str(data.get("language") or "").strip()[:35],
        topics=[topic for topic in topics if topic in wanted],
        frequency=frequency if frequency in {"weekly", "monthly"} else "",
        birthday=born if isinstance(born, date) else None,
        survey={
            question: answer
            for question, answers in known.items()
            if (answer := str(data.get(f"survey_{question}") or "")) in answers
        },
    )


def offered_topics(shop_id: int, keys: Sequence[str]) -> list[Topic]:
    """Return the topics of a form that exist and are active, in the merchant's order. One query."""
    if not keys:
        return []
    return list(Topic.objects.filter(shop_id=shop_id, key__in=keys, active=True).order_by("position", "id"))


def _answers(wish: Wish) -> dict[str, object]:
    return {
        "name": wish.name,
        "topics": list(wish.topics),
        "frequency": wish.frequency,
        "birthday": wish.birthday.isoformat() if wish.birthday else "",
        "survey": dict(wish.survey),
    }


def _topics(found: SignUp) -> list[str]:
    return found.answers.get("topics") or [UMBRELLA]


def _apply(contact: Contact, found: SignUp, now: datetime) -> None:
    answers = found.answers
    if answers.get("name"):
        contact.first_name, contact.name_at = answers["name"], now
    if found.language:
        contact.language, contact.language_at = found.language, now
    if answers.get("frequency"):
        contact.frequency = answers["frequency"]
    if answers.get("birthday"):
        set_birthday(contact, date.fromisoformat(answers["birthday"]), now)
    contact.is_role = is_role(contact.email)
    contact.paused_until = None
    contact.updated_at = now
    contact.save()
    ContactTag.objects.bulk_create(
        [
            ContactTag(contact=contact, tag=f"{question}:{answer}"[:60], source="sign-up", at=now)
            for question, answer in (answers.get("survey") or {}).items()
        ],
        ignore_conflicts=True,
    )
