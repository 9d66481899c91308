"""Who is in the show and what became of them: what they got and did not get, each with its reason in a sentence.

Refuses to ask once per person: a handful of queries for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.messages.formats import locale_of, money
from saleor_mailflow.models import Basket, Contact, Enrollment, Message, Purchase, Refusal
from saleor_mailflow.service.demo.figures import NOT_SENT

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened to a person. ``tone`` is good, mail, no or quiet; ``rank`` orders what came at once."""

    at: datetime
    rank: int
    tone: str
    title: str
    text: str = ""
    #: Our id of the mail to look at, "" where there is none.
    mail: str = ""


@dataclass(kw_only=True)
class Person:
    """A person and their story so far."""

    email: str
    #: Name, country and language, as far as they are known.
    about: str
    entries: list[Entry] = field(default_factory=list)
    #: What they wait for and until when, while they are inside.
    waits_for: str = ""
    due_at: datetime | None = None

    @property
    def mails(self) -> int:
        """Return how many mails they got."""
        return sum(1 for entry in self.entries if entry.mail)


def people(shop_id: int, *, since: datetime | None = None) -> list[Person]:
    """Return everybody the shop knows, in the order they came, each with their entries in the order they happened.

    With ``since`` only those to whom something happened after it, in the order in which it did.
    """
    came = dict(Contact.objects.filter(shop_id=shop_id).values_list("id", "first_seen_at"))
    found = {
        contact.pk: Person(
            email="(erased)" if contact.erased_at else contact.email,
            about=_about(contact),
            entries=_erased(contact),
        )
        for contact in Contact.objects.filter(shop_id=shop_id).order_by("first_seen_at", "id")
    }
    for owner, entry in _entries(shop_id):
        if owner in found:
            found[owner].entries.append(entry)
    inside = Enrollment.objects.filter(shop_id=shop_id, state=Enrollment.State.ACTIVE).select_related("flow")
    for enrollment in inside:
        person = found[enrollment.contact_id]
        person.waits_for, person.due_at = _flow(enrollment.flow.key), enrollment.due_at
    for pk, person in found.items():
        person.entries.sort(key=lambda entry: (entry.at, entry.rank))
        if since is not None and came[pk] < since and person.entries:
            came[pk] = next((entry.at for entry in person.entries if entry.at >= since), _NEVER)
    return [found[pk] for pk in sorted(found, key=lambda pk: (came[pk], pk)) if came[pk] < _NEVER]


def _about(contact: Contact) -> str:
    english = locale_of("en")
    country = english.territories.get(contact.country, contact.country)
    language = english.languages.get(contact.language.partition("-")[0], contact.language)
    return " · ".join(filter(None, (f"{contact.first_name} {contact.last_name}".strip(), country, language)))


def _erased(contact: Contact) -> list[Entry]:
    if contact.erased_at is None:
        return []
    return [
        Entry(
            at=contact.erased_at,
            rank=9,
            tone="quiet",
            title="Account deleted",
            text="What named this person was erased.",
        )
    ]


def _entries(shop_id: int) -> Iterable[tuple[int | None, Entry]]:
    yield from _baskets(shop_id)
    yield from _purchases(shop_id)
    yield from _messages(shop_id)
    for enrollment in Enrollment.objects.filter(shop_id=shop_id).select_related("flow"):
        name = _flow(enrollment.flow.key)
        yield enrollment.contact_id, Entry(at=enrollment.entered_at, rank=2, tone="quiet", title=f"Entered: {name}")
        if enrollment.ended_at is not None:
            text = sentence(enrollment.exit_reason, enrollment.context.get("exit", {}))
            yield (
                enrollment.contact_id,
                Entry(at=enrollment.ended_at, rank=4, tone="quiet", title=f"Left: {name}", text=text),
            )
    for refusal in Refusal.objects.filter(shop_id=shop_id).select_related("flow"):
        text = sentence(refusal.reason, refusal.detail)
        title = f"Not entered: {_flow(refusal.flow.key)}"
        yield refusal.contact_id, Entry(at=refusal.at, rank=2, tone="no", title=title, text=text)


def _baskets(shop_id: int) -> Iterable[tuple[int | None, Entry]]:
    for basket in Basket.objects.filter(shop_id=shop_id):
        names = ", ".join(
            f"{line.get('quantity')} × {line.get('product_name')} {line.get('variant_name')}".rstrip()
            for line in basket.lines[:6]
        )
        total = money(basket.total, basket.currency, locale_of("en", basket.country)) if basket.currency else ""
        title = f"Cart, {total}" if basket.lines else "Cart, emptied"
        yield basket.contact_id, Entry(at=basket.active_at, rank=0, tone="quiet", title=title, text=names)


def _purchases(shop_id: int) -> Iterable[tuple[int | None, Entry]]:
    for purchase in Purchase.objects.filter(shop_id=shop_id, counts=True):
        total = money(purchase.total, purchase.currency, locale_of("en", purchase.country)) if purchase.currency else ""
        text = "Cancelled since." if purchase.status == "CANCELED" else ""
        yield (
            purchase.contact_id,
            Entry(at=purchase.created_at, rank=1, tone="good", title=f"Order {purchase.number}, {total}", text=text),
        )


def _messages(shop_id: int) -> Iterable[tuple[int | None, Entry]]:
    for message in Message.objects.filter(shop_id=shop_id, ended_at__isnull=False):
        at = message.ended_at or message.due_at
        name = message.step.replace("_", " ")
        if message.state == Message.State.ACCEPTED:
            title = f"Mail: {message.subject or name}"
            yield message.contact_id, Entry(at=at, rank=3, tone="mail", title=title, mail=str(message.uuid))
        elif message.state in NOT_SENT:
            text = sentence(message.reason, message.detail)
            yield message.contact_id, Entry(at=at, rank=3, tone="no", title=f"No mail: {name}", text=text)


def _flow(key: str) -> str:
    return CATALOG[key].name if key in CATALOG else key
