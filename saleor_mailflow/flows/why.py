"""Why did she (not) get this? Everything a contact got, will get and did not get, each with its reason in a sentence.

Refuses to guess: what is told is what rows say, and for what has not happened yet the rules asked now, with the values
they saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.facts import see_baskets
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.enroll import entry_key, recent_mails, refusal_reason
from saleor_mailflow.flows.goals import minute
from saleor_mailflow.flows.reasons import sentence
from saleor_mailflow.flows.saying import entered_words
from saleor_mailflow.flows.triggers import IdleBasket
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.flows.why_person import about_person
from saleor_mailflow.messages.gate import ShopFacts, explain
from saleor_mailflow.messages.gate_facts import GateRoom, gate_facts
from saleor_mailflow.models import Basket, Contact, Enrollment, Flow, Message, Refusal, Shop
from saleor_mailflow.shop.gateway import ShopGateway


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened, or did not, or will. ``at`` is when it happened or is due."""

    at: datetime
    flow: str
    what: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the gate, asked now for a mail that waits: ``sentence`` is "" where it lets the mail pass."""

    message: str
    rule: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """The whole answer for one address."""

    email: str
    known: bool
    says: tuple[str, ...]
    timeline: tuple[Entry, ...]
    rules: tuple[Rule, ...]


def why(
    shop: Shop, email: str, *, settings: ShopSettings, shop_facts: ShopFacts, gateway: ShopGateway, now: datetime
) -> Why:
    """Return everything about one address. ``shop_facts`` as the gate sees them now."""
    address = normalise(email)
    contact = Contact.objects.filter(shop=shop, email=address).first() if address else None
    says = tuple(about_person(shop, address, contact, settings, now))
    if contact is None:
        return Why(email=address or email, known=False, says=says, timeline=(), rules=())
    entries = [*_messages(contact), *_enrollments(contact), *_refusals(contact)]
    entries += _baskets(shop, contact, gateway, now)
    rules = _rules(contact, GateRoom(shop_id=shop.pk, now=now, gateway=gateway, settings=settings, shop=shop_facts))
    timeline = sorted(entries, key=lambda entry: (entry.at, _RANK.get(entry.what, 1)))
    return Why(email=contact.email, known=True, says=says, timeline=tuple(timeline), rules=rules)


#: At one and the same time people enter, get mail, and leave, in this order.
_RANK = {"entered": 0, "left": 2, "next step": 2}

_SAID = {
    Message.State.ACCEPTED: "sent",
    Message.State.SHADOWED: "would have been sent",
    Message.State.PLANNED: "waits",
    Message.State.CLAIMED: "is being sent",
    Message.State.SENDING: "is being sent",
    Message.State.BLOCKED: "not sent",
    Message.State.MISSED: "missed",
    Message.State.FAILED: "failed",
    Message.State.UNKNOWN: "perhaps sent",
}
#: What there is to say of a message without a reason whose subject was not kept.
_UNSAID = dict.fromkeys(Message.State, "Planned.") | {
    Message.State.ACCEPTED: "The worker died while handing it over; the provider said later that it has it.",
}


def _messages(contact: Contact) -> list[Entry]:
    entries = []
    for message in Message.objects.filter(contact=contact).defer("html", "text"):
        state = Message.State(message.state)
        text = sentence(message.reason, message.detail) if message.reason else message.subject or _UNSAID[state]
        at = message.ended_at or message.due_at
        entries.append(Entry(at=at, flow=message.flow_key, what=f"{message.step}: {_SAID[state]}", sentence=text))
    return entries


def _enrollments(contact: Contact) -> list[Entry]:
    entries = []
    for enrollment in Enrollment.objects.filter(contact=contact).select_related("flow", "version"):
        key = enrollment.flow.key
        trigger = definition_of(enrollment.version.pk, enrollment.version.digest).trigger
        entries.append(Entry(at=enrollment.entered_at, flow=key, what="entered", sentence=entered_words(trigger)))
        if enrollment.ended_at is not None:
            text = sentence(enrollment.exit_reason, enrollment.context.get("exit", {}))
            entries.append(Entry(at=enrollment.ended_at, flow=key, what="left", sentence=text))
        elif enrollment.due_at is not None:
            text = "Off: nothing happens until the flow is on." if enrollment.flow.mode == "off" else "Inside the flow."
            entries.append(Entry(at=enrollment.due_at, flow=key, what="next step", sentence=text))
    return entries


def _refusals(contact: Contact) -> list[Entry]:
    return [
        Entry(at=r.at, flow=r.flow.key, what="did not enter", sentence=sentence(r.reason, r.detail))
        for r in Refusal.objects.filter(contact=contact).select_related("flow")
    ]


def _baskets(shop: Shop, contact: Contact, gateway: ShopGateway, now: datetime) -> list[Entry]:
    """Tell of open carts about which nothing has been decided: when they cross, or why they never will."""
    entries = []
    baskets = list(Basket.objects.filter(shop=shop, contact=contact, state=Basket.State.OPEN))
    sights = see_baskets(shop.pk, gateway, {b.pk: b.active_at for b in baskets})
    for flow in Flow.objects.filter(shop=shop).select_related("version"):
        if flow.version is None:
            continue
        definition = definition_of(flow.version.pk, flow.version.digest)
        if not isinstance(definition.trigger, IdleBasket):
            continue
        recent = recent_mails(flow.pk, [contact.pk], now - definition.once_per).get(contact.pk, [])
        for basket in baskets:
            if basket.considered_activity >= basket.activity:
                continue
            crosses = basket.active_at + definition.trigger.after
            if flow.mode == Flow.Mode.OFF:
                text = "The flow is switched off."
            elif flow.enabled_at is not None and crosses <= flow.enabled_at:
                text = f"The flow was switched on at {minute(flow.enabled_at)}, after this cart had been left."
            else:
                reason, detail = refusal_reason(
                    sights[basket.pk], basket, recent, definition, crossed_at=crosses, now=max(now, crosses)
                )
                text = sentence(reason, detail) if reason else "Enters then, if nothing changes."
            entries.append(Entry(at=crosses, flow=flow.key, what=f"cart {entry_key(basket)[7:15]}…", sentence=text))
    return entries


def _rules(contact: Contact, room: GateRoom) -> tuple[Rule, ...]:
    waiting = list(
        Message.objects.filter(contact=contact, state=Message.State.PLANNED).select_related(
            "enrollment__flow", "enrollment__version", "contact"
        )
    )
    if not waiting:
        return ()
    return tuple(
        Rule(
            message=asked.message.step,
            rule=result.rule,
            sentence=sentence(result.reason, result.detail) if result.reason else "",
        )
        for asked in gate_facts(room, waiting)
        for result in explain(asked.facts)
    )
