"""What a flow's fields hold, in words that a merchant reads. Standard library only.

Refuses to show Python to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum

from saleor_mailflow.flows.conditions import All, Ask, Condition, Not, Some
from saleor_mailflow.flows.durations import duration_words
from saleor_mailflow.flows.fact_table import FACTS
from saleor_mailflow.flows.steps import Step, Way
from saleor_mailflow.flows.triggers import Happened, IdleBasket, OnDate, QuietFor, Recurring, Threshold, Trigger

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_COMPARED: Mapping[str, str] = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "at_least": "at least",
    "less_than": "less than",
    "has": "include",
    "has_not": "do not include",
    "known": "known",
    "unknown": "not known",
}
#: Why somebody is in a flow, by what happened to them.
_HAPPENED: Mapping[str, str] = {
    "order.created": "They ordered.",
    "order.confirmed": "An order of theirs was confirmed.",
    "order.paid": "An order of theirs was paid.",
    "order.fulfilled": "Everything of an order of theirs was sent.",
    "order.cancelled": "An order of theirs was cancelled.",
    "order.refunded": "Money of an order of theirs went back.",
    "order.returned": "Something of an order of theirs came back.",
    "mail.clicked": "They clicked in a mail.",
    "mail.opened": "They opened a mail.",
    "consent.granted": "They said yes to mail.",
    "sign_up.created": "They asked for mail.",
    "tag.added": "They got the tag “{of}”.",
    "segment.entered": "They came into the segment “{of}”.",
    "vip.reached": "They came to those who spend the most.",
    "custom": "Another system said so: “{of}”.",
}


def value_words(value: object, field: str = "") -> str:
    """Return the value of a field in words: ``36 h``, ``yes``, ``nothing``, ``orders so far at least 3``."""
    match value:
        case None | "" | () | []:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return duration_words(value)
        case All() | Some() | Not() | Ask():
            return condition_words(value)
        case Enum():
            return str(value.value)
        case tuple() | list():
            return ", ".join(_member(one, field) for one in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _said(value)
    return str(value)


def entered_words(trigger: Trigger) -> str:
    """Return why somebody is in a flow that begins with ``trigger``, as a sentence."""
    match trigger:
        case IdleBasket():
            return "They left a cart and did nothing in it since."
        case QuietFor():
            return "They have not ordered for longer than is usual for them."
        case OnDate(date=date):
            return f"Their day was near: {date.replace('_', ' ')}."
        case Threshold():
            return "They came to those who spend the most." if not trigger.orders else "They ordered often enough."
        case Recurring(segment=segment):
            return f"They were in the segment “{segment}” when its day came."
        case Happened(event=event, of=of):
            return _HAPPENED.get(event, f"This happened to them: {event}.").format(of=of)
    return "They were put in by hand, by another flow or by another system."


def condition_words(condition: Condition) -> str:
    """Return a condition as one reads it aloud."""
    match condition:
        case All(parts=parts):
            return _joined(" and ", parts) if parts else "always"
        case Some(parts=parts):
            return _joined(" or ", parts) if parts else "never"
        case Not(part=part):
            return f"not ({condition_words(part)})"
    return _ask_words(condition)


def _joined(word: str, parts: tuple[Condition, ...]) -> str:
    return word.join(f"({condition_words(p)})" if isinstance(p, All | Some) else condition_words(p) for p in parts)


def _ask_words(ask: Ask) -> str:
    about = FACTS[ask.fact].words + (f" {ask.of}" if ask.of else "")
    if ask.op in {"within_days", "before_days"}:
        return f"{about} {'within the last' if ask.op == 'within_days' else 'longer ago than'} {ask.value} days"
    if ask.op in {"yes", "no"}:
        return about if ask.op == "yes" else f"not: {about}"
    compared = _COMPARED.get(ask.op, ask.op)
    return f"{about}: {compared}" if ask.value is None else f"{about} {compared} {value_words(ask.value)}"


def _member(one: object, field: str) -> str:
    if isinstance(one, Way):
        return f"{one.key} {one.weight}"
    if isinstance(one, tuple):
        return " ".join(str(part) for part in one)
    return _WEEKDAYS[one] if field == "weekdays" and isinstance(one, int) else str(value_words(one))


def _said(value: object) -> str:
    """Return a trigger or the like: its type and what it was told."""
    kind = str(getattr(value, "type", type(value).__name__)).replace("_", " ")
    told = [
        f"{field.name.replace('_', ' ')} {value_words(getattr(value, field.name), field.name)}"
        for field in fields(value)  # type: ignore[arg-type]  # the caller asked is_dataclass of an object
        if getattr(value, field.name) not in ("", (), 0, None, timedelta(0)) and not isinstance(value, Step)
    ]
    return f"{kind} ({', '.join(told)})" if told else kind
