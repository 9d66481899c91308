"""The gate: may this mail leave now? A pure function of facts, every rule with its answer. Standard library only.

Refuses to look anything up. It is asked inside the claim and once more right before the hand-off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from saleor_mailflow.flows.goals import BasketFacts, day, leave_reason, minute, suppression_reason
from saleor_mailflow.flows.reasons import HOLDING, Reason

#: How long the shop may hold a checkout while it becomes an order; Saleor's own lock lasts three minutes.
COMPLETING = timedelta(minutes=5)
#: How long a mail waits that is held for something that may pass.
HOLD = timedelta(minutes=5)


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
class GateFacts:
    """What is true of one mail. Times are aware UTC."""

    now: datetime
    expires_at: datetime
    shop: ShopFacts
    #: off, shadow or live.
    flow_mode: str
    purpose: str
    is_staff: bool = False
    erased: bool = False
    #: (reason, since) of a suppression of the address.
    suppressed: tuple[str, datetime] | None = None
    #: (granted or withdrawn, when) of the newest word, None where nothing was said.
    consent: tuple[str, datetime] | None = None
    #: consent, existing_customer or none.
    basis: str = "consent"
    country: str = ""
    is_customer: bool = False
    #: When this template last went to this person inside the flow's ``once_per``.
    already_sent_at: datetime | None = None
    channel: str = ""
    has_storefront_link: bool = True
    #: None for mails that are about no basket.
    basket: BasketFacts | None = None
    entered_activity: int = 0


Answer = tuple[Reason | str, Mapping[str, object]]
_FINE: Answer = ("", {})


def _shop(facts: GateFacts) -> Answer:
    shop = facts.shop
    if shop.disabled:
        return Reason.DISABLED, {}
    if shop.copy is not None:
        return Reason.COPY, {"expected": shop.copy[0], "seen": shop.copy[1]}
    if shop.paused:
        return Reason.PAUSED, {}
    return _FINE


def _flow(facts: GateFacts) -> Answer:
    return (Reason.FLOW_OFF, {}) if facts.flow_mode == "off" else _FINE


def _person(facts: GateFacts) -> Answer:
    if facts.erased:
        return Reason.ERASED, {}
    return (Reason.STAFF, {}) if facts.is_staff else _FINE


def _basket(facts: GateFacts) -> Answer:
    if facts.basket is None:
        return _FINE
    reason, detail = leave_reason(facts.basket, entered_activity=facts.entered_activity)
    return (reason, detail) if reason else _FINE


def _payment(facts: GateFacts) -> Answer:
    basket = facts.basket
    if basket is None:
        return _FINE
    if basket.payment == "paid":
        return Reason.PAID, {}
    if basket.payment == "authorized":
        return Reason.AUTHORIZED, {}
    if basket.payment == "pending":
        return Reason.PAYMENT_PENDING, {}
    if basket.completing_since is not None and facts.now - basket.completing_since < COMPLETING:
        return Reason.COMPLETING, {}
    return _FINE


def _suppression(facts: GateFacts) -> Answer:
    if facts.suppressed is None or facts.purpose != "marketing":
        return _FINE
    reason, since = facts.suppressed
    return suppression_reason(reason), {"at": day(since)}


def _lawful(facts: GateFacts) -> Answer:
    if facts.purpose != "marketing":
        return _FINE
    said = facts.consent
    if said is not None and said[0] == "withdrawn":
        return Reason.CONSENT_WITHDRAWN, {"at": day(said[1])}
    if facts.basis == "none" or (said is not None and said[0] == "granted"):
        return _FINE
    if facts.basis == "existing_customer":
        return _FINE if facts.is_customer else (Reason.NOT_A_CUSTOMER, {})
    return Reason.NO_CONSENT, {"country": facts.country or "an unknown country"}


def _repeated(facts: GateFacts) -> Answer:
    if facts.already_sent_at is None:
        return _FINE
    return Reason.ALREADY_SENT, {"at": minute(facts.already_sent_at)}


def _late(facts: GateFacts) -> Answer:
    return (Reason.LATE, {"expired": minute(facts.expires_at)}) if facts.now > facts.expires_at else _FINE


def _set_up(facts: GateFacts) -> Answer:
    if not facts.shop.has_sender:
        return Reason.NO_SENDER, {}
    if not facts.shop.has_postal_address and facts.purpose == "marketing":
        return Reason.NO_POSTAL_ADDRESS, {}
    if facts.basket is not None and not facts.has_storefront_link:
        return Reason.NO_STOREFRONT_LINK, {"channel": facts.channel}
    # Shadow mode hands nothing over, so it works before a provider is chosen.
    if facts.shop.provider_problem and facts.flow_mode != "shadow":
        return Reason.NO_PROVIDER, {"problem": facts.shop.provider_problem}
    return _FINE


#: The rules in the order in which their answer counts. What ends a mail for good comes before what only holds it.
RULES: tuple[tuple[str, Callable[[GateFacts], Answer]], ...] = (
    ("bought, emptied or gone", _basket),
    ("still a person we may write to", _person),
    ("not unsubscribed", _suppression),
    ("payment", _payment),
    ("lawful basis", _lawful),
    ("not sent before", _repeated),
    ("still in time", _late),
    ("the shop sends", _shop),
    ("the flow is on", _flow),
    ("set-up complete", _set_up),
)


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """One rule and what it said: ``reason`` is "" when it let the mail pass."""

    rule: str
    reason: str
    detail: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate says. Exactly one of ``allowed``, ``held`` and ``missed`` may be true; none is a refusal."""

    allowed: bool
    reason: str = ""
    detail: Mapping[str, object] | None = None

    @property
    def held(self) -> bool:
        """Tell whether the mail waits for something that may pass."""
        return not self.allowed and self.reason in HOLDING

    @property
    def missed(self) -> bool:
        """Tell whether the mail's time is over."""
        return self.reason == Reason.LATE


def explain(facts: GateFacts) -> Iterator[RuleResult]:
    """Yield every rule with its answer, for ``why``."""
    for name, rule in RULES:
        reason, detail = rule(facts)
        yield RuleResult(rule=name, reason=str(reason), detail=detail)


def ask(facts: GateFacts) -> Verdict:
    """Return the verdict: the first rule that does not let the mail pass decides."""
    for result in explain(facts):
        if result.reason:
            return Verdict(allowed=False, reason=result.reason, detail=result.detail)
    return Verdict(allowed=True)
