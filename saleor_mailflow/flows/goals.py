"""Why a person must leave a flow now: the goal reached, the occasion gone. A pure function of facts.

Standard library only. The same rules decide at entry, before every step, and (through the gate) before a mail leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow.flows.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class BasketFacts:
    """What is true of a basket and its owner. Times are aware UTC."""

    state: str
    line_count: int
    activity: int
    active_at: datetime
    payment: str = "none"
    completing_since: datetime | None = None
    #: Number of an order by this checkout, address or account since the shopper was last active; "" where none.
    order: str = ""
    #: Whether the same person has a newer open basket with lines.
    newer: bool = False
    erased: bool = False
    #: (reason, since) of a suppression of the address.
    suppressed: tuple[str, datetime] | None = None


def leave_reason(basket: BasketFacts, *, entered_activity: int) -> tuple[str, Mapping[str, object]]:
    """Return (reason, detail) why a person whose basket stood at ``entered_activity`` must leave; ("", {}) to stay.

    The order of the rules is the order of what a merchant wants to hear first: a purchase explains everything.
    """
    if basket.order or basket.state == "converted":
        return Reason.ORDERED, {"order": basket.order or "(not seen yet)"}
    if basket.erased:
        return Reason.ERASED, {}
    if basket.suppressed is not None:
        reason, since = basket.suppressed
        return suppression_reason(reason), {"at": day(since)}
    if basket.state == "deleted":
        return Reason.GONE, {}
    if basket.state == "emptied" or basket.line_count == 0:
        return Reason.EMPTIED, {}
    if basket.activity != entered_activity:
        return Reason.ACTIVITY, {"at": minute(basket.active_at)}
    if basket.newer:
        return Reason.NEWER_BASKET, {}
    return "", {}


def person_leaves(
    *, marketing: bool, erased: bool, suppressed: tuple[str, datetime] | None
) -> tuple[str, Mapping[str, object]]:
    """Return (reason, detail) why somebody must leave a flow that is about no basket; ("", {}) to stay."""
    if erased:
        return Reason.ERASED, {}
    if marketing and suppressed is not None:
        reason, since = suppressed
        return suppression_reason(reason), {"at": day(since)}
    return "", {}


def suppression_reason(reason: str) -> Reason:
    """Return the reason to show for a suppression row's reason."""
    return {
        "unsubscribed": Reason.UNSUBSCRIBED,
        "bounced": Reason.BOUNCED,
        "complained": Reason.COMPLAINED,
    }.get(reason, Reason.SUPPRESSED)


def day(at: datetime) -> str:
    """Return a date as a merchant reads it, such as ``3 March 2026``."""
    return f"{at.day} {at:%B %Y}"


def minute(at: datetime) -> str:
    """Return a time as a merchant reads it, such as ``3 March 2026, 14:05 UTC``."""
    return f"{day(at)}, {at:%H:%M} UTC"
