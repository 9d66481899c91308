"""Why a person must leave a flow now: the goal reached, the occasion gone. A pure function of facts.

Standard library only. The same rules decide at entry, before every step, and (through the gate) before a mail leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from saleor_mailflow.flows.ending import Ending
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


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """The order that a flow is about, as it is now."""

    number: str
    status: str
    refunded: bool = False


@dataclass(frozen=True, kw_only=True)
class LifeFacts:
    """What is true of somebody inside a flow that is about no basket. Times are aware UTC."""

    erased: bool = False
    #: (reason, since) of a suppression of the address.
    suppressed: tuple[str, datetime] | None = None
    #: Number of an order by this address or account since they entered; "" where none.
    ordered: str = ""
    #: Number of another order of theirs that is not on its way yet; "" where none.
    open_order: str = ""
    #: When they last filled a cart, where that was after they entered.
    active_at: datetime | None = None
    #: When they first clicked in a mail of this enrollment.
    clicked_at: datetime | None = None
    #: The order that the flow is about, None where it is about none.
    order: OrderState | None = None


def person_leaves(
    life: LifeFacts, *, marketing: bool, ends: Collection[Ending] = ()
) -> tuple[str, Mapping[str, object]]:
    """Return (reason, detail) why somebody must leave a flow that is about no basket; ("", {}) to stay."""
    if life.ordered and Ending.ORDERED in ends:
        return Reason.ORDERED, {"order": life.ordered}
    if life.erased:
        return Reason.ERASED, {}
    if marketing and life.suppressed is not None:
        reason, since = life.suppressed
        return suppression_reason(reason), {"at": day(since)}
    if life.order is not None:
        for ending, reason, holds in (
            (Ending.CANCELLED, Reason.CANCELLED, life.order.status == "CANCELED"),
            (Ending.RETURNED, Reason.RETURNED, life.order.status in {"RETURNED", "PARTIALLY_RETURNED"}),
            (Ending.REFUNDED, Reason.REFUNDED, life.order.refunded),
        ):
            if holds and ending in ends:
                return reason, {"order": life.order.number}
    if life.open_order and Ending.OPEN_ORDER in ends:
        return Reason.OPEN_ORDER, {"order": life.open_order}
    if life.active_at is not None and Ending.ACTIVE in ends:
        return Reason.CAME_BACK, {"at": minute(life.active_at)}
    if life.clicked_at is not None and Ending.CLICKED in ends:
        return Reason.CLICKED, {"at": minute(life.clicked_at)}
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
