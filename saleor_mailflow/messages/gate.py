"""The gate: may this mail leave now? A pure function of facts, every rule with its answer. Standard library only.

Refuses to look anything up. It is asked inside the claim and once more right before the hand-off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from saleor_mailflow.flows.reasons import HOLDING, Reason
from saleor_mailflow.messages.gate_rules import RULES, GateFacts, Quiet, ShopFacts

#: How long a mail waits that is held for something that may pass at any time.
HOLD = timedelta(minutes=5)
#: What a step may choose not to wait for.
_BUSY = frozenset({Reason.LIMITED, Reason.OWN_LIMIT, Reason.OUTRANKED})


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """One rule and what it said: ``reason`` is "" when it let the mail pass."""

    rule: str
    reason: str
    detail: Mapping[str, object]
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate says. Exactly one of ``allowed``, ``held`` and ``missed`` may be true; none is a refusal."""

    allowed: bool
    reason: str = ""
    detail: Mapping[str, object] | None = None
    #: Whether waiting may help: the reason can pass, and before the mail's time is over.
    held: bool = False
    #: When to ask again, for a mail that is held.
    ask_at: datetime | None = None

    @property
    def missed(self) -> bool:
        """Tell whether the mail's time is over."""
        return self.reason == Reason.LATE


def explain(facts: GateFacts) -> Iterator[RuleResult]:
    """Yield every rule with its answer, for ``why``."""
    for name, rule in RULES:
        answer = rule(facts)
        yield RuleResult(rule=name, reason=str(answer.reason), detail=answer.detail, until=answer.until)


def ask(facts: GateFacts) -> Verdict:
    """Return the verdict: the first rule that does not let the mail pass decides."""
    for _, rule in RULES:
        answer = rule(facts)
        if answer.reason:
            ask_at = answer.until or facts.now + HOLD
            # What will not pass before the mail's time is over is said now, not when nobody looks any more.
            hopeless = answer.until is not None and answer.until > facts.expires_at
            unwilling = answer.reason in _BUSY and not facts.may_wait
            held = answer.reason in HOLDING and not hopeless and not unwilling
            return Verdict(
                allowed=False,
                reason=str(answer.reason),
                detail=answer.detail,
                held=held,
                ask_at=ask_at if held else None,
            )
    return Verdict(allowed=True)


__all__ = ["HOLD", "GateFacts", "Quiet", "RuleResult", "ShopFacts", "Verdict", "ask", "explain"]
