"""What is to be said of a person before anything that happened to them: permission, law, wishes, time. Sentences only.

Refuses to repeat an address: whoever asks knows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from babel import Locale

from saleor_mailflow.audience import consent, law
from saleor_mailflow.audience.attention import NOTHING, attention
from saleor_mailflow.audience.said import UMBRELLA
from saleor_mailflow.audience.suppression import suppressions
from saleor_mailflow.audience.zones import named, zone_of
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.goals import day, minute, suppression_reason
from saleor_mailflow.flows.kinds import MailKind
from saleor_mailflow.flows.limits import LIMITS, Limit, stage_of
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.models import Consent, Contact, ContactTag, Shop

_ENGLISH = Locale("en")
_BASES = {
    Consent.Basis.DOUBLE_OPT_IN: "confirmed from the mailbox",
    Consent.Basis.BOX: "said in the shop or on our page",
    Consent.Basis.EXISTING_CUSTOMER: "as an existing customer",
    Consent.Basis.NEGOTIATION: "when asking for an offer",
    Consent.Basis.IMPORTED: "imported",
}


def about_person(
    shop: Shop, address: str, contact: Contact | None, settings: ShopSettings, now: datetime
) -> Iterator[str]:
    """Yield what is true of the owner of a normalised address ("" for none), a sentence each."""
    if not address:
        yield "This is not an email address."
        return
    for entity, (reason, since) in sorted(suppressions(shop.pk, [address]).get(address, {}).items()):
        whole = f" Only mail of {entity} is concerned." if entity else ""
        yield sentence(suppression_reason(reason), {"at": day(since)}) + whole
    if contact is None:
        yield f"{shop.domain} has never told us of this address: no cart, order or account with it was seen."
        return
    yield from _permission(contact, settings)
    yield from _law(contact, settings)
    yield from _wishes(contact, now)
    yield from _attention(contact, settings, now)


def _permission(contact: Contact, settings: ShopSettings) -> Iterator[str]:
    said = consent.words([contact.pk]).get(contact.pk, {})
    if not said:
        yield f"Nothing was said about mail (metadata key {settings.consent_key!r})."
    for (entity, topic), word in sorted(said.items()):
        about = "mail" if topic == UMBRELLA else f"mail about {topic}"
        whom = f" of {entity}" if entity else ""
        how = _BASES.get(Consent.Basis(word.basis), word.basis)
        ends = f" It runs out on {day(word.expires_at)}." if word.expires_at else ""
        yield f"Consent to {about}{whom}: {word.state} on {minute(word.at)}, {how}.{ends}"


def _law(contact: Contact, settings: ShopSettings) -> Iterator[str]:
    country = _ENGLISH.territories.get(contact.country, contact.country) or "an unknown country"
    language = _ENGLISH.languages.get(contact.language.lower(), contact.language) or "an unknown language"
    yield f"They live in {country} and read {language}."
    edits = law.parse_overrides(settings.law)[0]
    for kind in (MailKind.CART, MailKind.MARKETING):
        rule = law.required(kind, contact.country, setting=settings.basis(""), overrides=edits).rule
        yield f"The rule for {kind} mail: {rule}."


def _wishes(contact: Contact, now: datetime) -> Iterator[str]:
    if contact.erased_at is not None:
        yield sentence("erased")
    if contact.is_staff:
        yield sentence("staff")
    if contact.paused_until is not None and contact.paused_until > now:
        yield sentence("person_paused", {"until": day(contact.paused_until)})
    if contact.frequency:
        yield f"They asked for {contact.frequency} mail at most."
    if contact.is_role:
        yield "The address looks like an office's rather than a person's."
    tags = list(ContactTag.objects.filter(contact=contact).order_by("tag").values_list("tag", flat=True))
    if tags:
        yield f"Tags: {', '.join(tags)}."


def _attention(contact: Contact, settings: ShopSettings, now: datetime) -> Iterator[str]:
    seen = attention([contact.pk], now).get(contact.pk, NOTHING)
    stage = stage_of(seen.last_sign_of_life, contact.first_seen_at, now)
    last = f"last sign of life {minute(seen.last_sign_of_life)}" if seen.last_sign_of_life else "no sign of life yet"
    limits = " and ".join(_limit(limit) for limit in LIMITS[stage])
    yield f"Stage: {stage}, {last}; promotional mail at most {limits}. {len(seen.sent)} in the last 30 days."
    if seen.trouble is not None:
        yield sentence("trouble", {"trouble": seen.trouble[0], "order": seen.trouble[1]})
    own = named(contact.timezone) if contact.timezone else None
    where = zone_of(contact.country, channel_zone=settings.zone(""))
    zone, which = (own, "their own") if own is not None else (where.zone, where.which)
    yield f"It is {now.astimezone(zone):%H:%M} where they are ({zone.key}: {which})."


def _limit(limit: Limit) -> str:
    hours = int(limit.window.total_seconds() // 3600)
    return f"{limit.most} in {f'{hours} hours' if hours < 48 else f'{hours // 24} days'}"
