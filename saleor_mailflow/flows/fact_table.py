"""Every fact that a condition may ask about, with its kind and the words for it. Standard library only.

Refuses to know where a fact comes from: ``audience.condition_facts`` reads them, ``audience.segments`` counts by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    """What a fact is; it decides how it may be compared."""

    TEXT = "text"
    NUMBER = "number"
    #: An amount in the currency that ``of`` names.
    MONEY = "money"
    FLAG = "flag"
    #: When something was; compared by how many days ago.
    TIME = "time"
    #: Several texts, such as tags.
    SET = "set"


OPERATORS: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.TEXT: ("is", "is_not", "in", "known", "unknown"),
    FactKind.NUMBER: ("is", "at_least", "less_than", "known", "unknown"),
    FactKind.MONEY: ("at_least", "less_than", "known", "unknown"),
    FactKind.FLAG: ("yes", "no"),
    FactKind.TIME: ("within_days", "before_days", "known", "unknown"),
    FactKind.SET: ("has", "has_not"),
}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact: its kind, its words for a merchant, and what ``of`` names where there is more than one of it."""

    kind: FactKind
    words: str
    of: str = ""
    #: True where it is known to be unreliable, which is said where it is used.
    unreliable: bool = False


def _(kind: FactKind, words: str, of: str = "", *, unreliable: bool = False) -> Fact:
    return Fact(kind=kind, words=words, of=of, unreliable=unreliable)


TEXT, NUMBER, MONEY, FLAG, TIME, SET = FactKind

FACTS: Mapping[str, Fact] = {
    "contact.language": _(TEXT, "language"),
    "contact.country": _(TEXT, "country"),
    "contact.channel": _(TEXT, "channel they last used"),
    "contact.gender": _(TEXT, "gender, where known"),
    "contact.age": _(NUMBER, "age in years"),
    "contact.birthday": _(TIME, "birthday"),
    "contact.has_account": _(FLAG, "has an account"),
    "contact.subscribed": _(FLAG, "said yes to marketing mail"),
    "contact.tags": _(SET, "tags"),
    "contact.score": _(NUMBER, "score"),
    "contact.attribute": _(TEXT, "attribute", "attribute"),
    "contact.segment": _(SET, "segments they are in"),
    "contact.lifecycle": _(TEXT, "stage of life: new, active, customer, vip, dormant, lost"),
    "contact.orders": _(NUMBER, "orders so far"),
    "contact.spent": _(MONEY, "spent so far, refunds taken off", "currency"),
    "contact.spent_12m": _(MONEY, "spent in the last twelve months, refunds taken off", "currency"),
    "contact.first_order": _(TIME, "first order"),
    "contact.last_order": _(TIME, "last order"),
    "contact.last_active": _(TIME, "last order, cart or click"),
    "contact.known_since": _(TIME, "known since"),
    "contact.recency": _(NUMBER, "recency, 1 (long ago) to 5 (lately)"),
    "contact.frequency": _(NUMBER, "frequency, 1 (seldom) to 5 (often)"),
    "contact.monetary": _(NUMBER, "value, 1 (low) to 5 (high)"),
    "contact.products": _(SET, "products bought"),
    "contact.categories": _(SET, "categories bought"),
    "basket.total": _(MONEY, "worth of the cart", "currency"),
    "basket.lines": _(NUMBER, "lines in the cart"),
    "basket.products": _(SET, "products in the cart"),
    "basket.channel": _(TEXT, "channel of the cart"),
    "basket.voucher": _(FLAG, "the cart has a code"),
    "order.total": _(MONEY, "worth of the order", "currency"),
    "order.lines": _(NUMBER, "lines of the order"),
    "order.products": _(SET, "products ordered"),
    "order.channel": _(TEXT, "channel of the order"),
    "order.status": _(TEXT, "status of the order"),
    "order.paid": _(FLAG, "the order is paid"),
    "order.voucher": _(FLAG, "a code was used"),
    "order.first": _(FLAG, "it is their first order"),
    "since.ordered": _(FLAG, "ordered since they entered"),
    "since.active": _(FLAG, "filled a cart since they entered"),
    "coupon.minted": _(FLAG, "has a code of this flow"),
    "coupon.used": _(FLAG, "used a code of this flow"),
    "coupon.used_days": _(TIME, "last order with a code"),
    "mail.clicked": _(FLAG, "clicked in the mail of the step", "step"),
    "mail.clicked_link": _(FLAG, "clicked the link of the step's mail that goes to", "step and address"),
    "mail.clicked_any": _(FLAG, "clicked in any mail of this flow"),
    "mail.opened": _(FLAG, "opened the mail of the step", "step", unreliable=True),
    "mail.bounced": _(FLAG, "a mail of this flow was returned"),
    "mail.complained": _(FLAG, "called a mail of this flow spam"),
    "mail.sent": _(FLAG, "the mail of the step left", "step"),
}
