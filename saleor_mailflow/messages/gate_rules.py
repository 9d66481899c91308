"""The gate's rules: each asks one thing of the facts and gives its answer. Standard library only.

Refuses to look anything up. The order of the rules is the order in which their answer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.goals import (
    BasketFacts,
    LifeFacts,
    day,
    leave_reason,
    minute,
    person_leaves,
    suppression_reason,
)
from saleor_mailflow.flows.limits import OWN_LIMITS, Limit, free_at
from saleor_mailflow.flows.reasons import Reason

#: How long the shop may hold a checkout while it becomes an order; Saleor's own lock lasts three minutes.
COMPLETING = timedelta(minutes=5)
#: How long after a mail of higher order was due the next in order asks again.
OUTRANKED_FOR = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class ShopFacts:
    """What is true of the shop and its set-up, the same for every mail of a batch."""

    disabled: bool = False
    paused: bool = False
    #: (expected, seen) addresses when this database is a copy.
    copy: tuple[str, str] | None = None
    has_sender: bool = True
    has_postal_address: bool = True
    #: What is missing of the provider's set-up, "" for nothing.
    provider_problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """It is quiet where the person is: mail may come ``until`` then; ``local`` is their time now."""

    until: datetime
    zone: str
    local: str


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What is true of one mail. Times are aware UTC."""

    now: datetime
    expires_at: datetime
    shop: ShopFacts
    #: off, shadow or live.
    flow_mode: str
    #: (since when, complaint rate as text) where too many people called the flow's mail spam.
    flow_stopped: tuple[datetime, str] | None = None
    purpose: str
    #: Promotional mail keeps limits, order and quiet hours; prompt mail only counts.
    promotional: bool = False
    #: False where the step would rather be skipped than come later than it should.
    may_wait: bool = True
    is_staff: bool = False
    erased: bool = False
    #: (reason, since) of a suppression of the address.
    suppressed: tuple[str, datetime] | None = None
    #: (granted or withdrawn, when) of the word that counts, None where nothing was said.
    consent: tuple[str, datetime] | None = None
    #: When that word runs out, where the law lets it.
    consent_expires: datetime | None = None
    #: consent, existing_customer or none.
    basis: str = "consent"
    #: Whether the merchant set the basis, rather than the law table.
    basis_is_set: bool = False
    #: The rule that says so, such as ``DE: consent (…)``.
    rule: str = ""
    country: str = ""
    is_customer: bool = False
    #: No mail before this time, by the person's own wish.
    paused_until: datetime | None = None
    #: When marketing mail was sent to the person, as far back as any limit looks.
    sent: tuple[datetime, ...] = ()
    limits: tuple[Limit, ...] = ()
    #: weekly or monthly where the person asked for it.
    frequency: str = ""
    #: (flow of higher order that has a mail for the same person, when that is due).
    outranked_by: tuple[str, datetime] | None = None
    #: (what is wrong, order number), such as ("late", "1042").
    trouble: tuple[str, str] | None = None
    quiet: Quiet | None = None
    #: When this template last went to this person inside the flow's ``once_per``.
    already_sent_at: datetime | None = None
    channel: str = ""
    has_storefront_link: bool = True
    #: None for mails that are about no basket.
    basket: BasketFacts | None = None
    #: The basket has lines, and none of them can be bought any more.
    nothing_left: bool = False
    #: What ends a flow that is about no basket, and what is true of the person; None for mails about a basket.
    ends: tuple[Ending, ...] = ()
    life: LifeFacts | None = None
    entered_activity: int = 0


class Answer(NamedTuple):
    """What one rule says: no reason lets the mail pass. ``until`` is when the answer will be another one, if known."""

    reason: str = ""
    detail: Mapping[str, object] = {}
    until: datetime | None = None


_FINE = Answer()


def _shop(facts: GateFacts) -> Answer:
    shop = facts.shop
    if shop.disabled:
        return Answer(Reason.DISABLED)
    if shop.copy is not None:
        return Answer(Reason.COPY, {"expected": shop.copy[0], "seen": shop.copy[1]})
    return Answer(Reason.PAUSED) if shop.paused else _FINE


def _flow(facts: GateFacts) -> Answer:
    if facts.flow_mode == "off":
        return Answer(Reason.FLOW_OFF)
    if facts.flow_stopped is not None:
        since, rate = facts.flow_stopped
        return Answer(Reason.FLOW_STOPPED, {"at": day(since), "rate": rate})
    return _FINE


def _person(facts: GateFacts) -> Answer:
    if facts.erased:
        return Answer(Reason.ERASED)
    return Answer(Reason.STAFF) if facts.is_staff else _FINE


def _basket(facts: GateFacts) -> Answer:
    if facts.basket is None:
        # Erasure and suppression have rules of their own, which say more.
        life = facts.life and replace(facts.life, erased=False, suppressed=None)
        reason, detail = person_leaves(life, marketing=True, ends=facts.ends) if life else ("", {})
        return Answer(reason, detail) if reason else _FINE
    reason, detail = leave_reason(facts.basket, entered_activity=facts.entered_activity)
    return Answer(reason, detail) if reason else _FINE


def _payment(facts: GateFacts) -> Answer:
    basket = facts.basket
    if basket is None:
        return _FINE
    if basket.payment == "paid":
        return Answer(Reason.PAID)
    if basket.payment == "authorized":
        return Answer(Reason.AUTHORIZED)
    if basket.payment == "pending":
        return Answer(Reason.PAYMENT_PENDING)
    if basket.completing_since is not None and facts.now - basket.completing_since < COMPLETING:
        return Answer(Reason.COMPLETING)
    return _FINE


def _suppression(facts: GateFacts) -> Answer:
    if facts.suppressed is None or facts.purpose != "marketing":
        return _FINE
    reason, since = facts.suppressed
    return Answer(suppression_reason(reason), {"at": day(since)})


def _lawful(facts: GateFacts) -> Answer:
    if facts.purpose != "marketing":
        return _FINE
    said, country = facts.consent, facts.country or "an unknown country"
    if said is not None and said[0] == "withdrawn":
        return Answer(Reason.CONSENT_WITHDRAWN, {"at": day(said[1])})
    expired = facts.consent_expires is not None and facts.consent_expires <= facts.now
    if facts.basis == "none" or (said is not None and not expired):
        return _FINE
    if facts.basis == "existing_customer" and facts.is_customer:
        return _FINE
    seen = {"country": country, "rule": facts.rule or "no rule is known for it"}
    if said is not None and facts.consent_expires is not None:
        return Answer(Reason.CONSENT_EXPIRED, {**seen, "at": day(said[1]), "expired": day(facts.consent_expires)})
    if facts.basis == "existing_customer" and facts.basis_is_set:
        return Answer(Reason.NOT_A_CUSTOMER, seen)
    return Answer(Reason.NO_CONSENT, seen)


def _pause(facts: GateFacts) -> Answer:
    until = facts.paused_until
    if facts.purpose != "marketing" or until is None or until <= facts.now:
        return _FINE
    return Answer(Reason.PERSON_PAUSED, {"until": day(until)}, until)


def _repeated(facts: GateFacts) -> Answer:
    if facts.already_sent_at is None:
        return _FINE
    return Answer(Reason.ALREADY_SENT, {"at": minute(facts.already_sent_at)})


def _trouble(facts: GateFacts) -> Answer:
    if not facts.promotional or facts.trouble is None:
        return _FINE
    return Answer(Reason.TROUBLE, {"trouble": facts.trouble[0], "order": facts.trouble[1]})


def _outranked(facts: GateFacts) -> Answer:
    if not facts.promotional or facts.outranked_by is None:
        return _FINE
    flow, due_at = facts.outranked_by
    # The other may wait as well: there is no point in asking before it has had its turn.
    return Answer(Reason.OUTRANKED, {"flow": flow}, due_at + OUTRANKED_FOR if due_at > facts.now else None)


def _limits(facts: GateFacts) -> Answer:
    if not facts.promotional:
        return _FINE
    own = OWN_LIMITS.get(facts.frequency)
    if own is not None and (until := free_at([own], facts.sent, facts.now)) > facts.now:
        return Answer(Reason.OWN_LIMIT, {"frequency": facts.frequency, "until": minute(until)}, until)
    until = free_at(facts.limits, facts.sent, facts.now)
    if until <= facts.now:
        return _FINE
    counted = [at for at in facts.sent if at > facts.now - max(limit.window for limit in facts.limits)]
    return Answer(Reason.LIMITED, {"count": len(counted), "since": minute(min(counted)), "until": minute(until)}, until)


def _quiet(facts: GateFacts) -> Answer:
    quiet = facts.quiet
    if not facts.promotional or quiet is None:
        return _FINE
    return Answer(
        Reason.QUIET_HOURS, {"zone": quiet.zone, "local": quiet.local, "until": minute(quiet.until)}, quiet.until
    )


def _late(facts: GateFacts) -> Answer:
    return Answer(Reason.LATE, {"expired": minute(facts.expires_at)}) if facts.now > facts.expires_at else _FINE


def _stock(facts: GateFacts) -> Answer:
    return Answer(Reason.NOTHING_LEFT) if facts.nothing_left else _FINE


def _set_up(facts: GateFacts) -> Answer:
    if not facts.shop.has_sender:
        return Answer(Reason.NO_SENDER)
    if not facts.shop.has_postal_address and facts.purpose == "marketing":
        return Answer(Reason.NO_POSTAL_ADDRESS)
    if facts.basket is not None and not facts.has_storefront_link:
        return Answer(Reason.NO_STOREFRONT_LINK, {"channel": facts.channel})
    # Shadow mode hands nothing over, so it works before a provider is chosen.
    if facts.shop.provider_problem and facts.flow_mode != "shadow":
        return Answer(Reason.NO_PROVIDER, {"problem": facts.shop.provider_problem})
    return _FINE


#: The rules in the order in which their answer counts. What ends a mail for good comes before what only holds it.
RULES: tuple[tuple[str, Callable[[GateFacts], Answer]], ...] = (
    ("bought, emptied, sent back or gone", _basket),
    ("still a person we may write to", _person),
    ("not unsubscribed", _suppression),
    ("payment", _payment),
    ("lawful basis", _lawful),
    ("not sent before", _repeated),
    ("still in time", _late),
    ("something of it can still be bought", _stock),
    ("the shop sends", _shop),
    ("the flow is on", _flow),
    ("set-up complete", _set_up),
    ("the person's own pause", _pause),
    ("nothing is wrong with an order", _trouble),
    ("no other flow comes first", _outranked),
    ("not too often", _limits),
    ("not at night", _quiet),
)
