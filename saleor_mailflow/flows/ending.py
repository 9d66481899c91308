"""What may end a flow for a person before its last step. Standard library only. Refuses to know how it is found out."""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    """What ends a flow for a person before its last step, whatever it waits for."""

    #: They order: the goal of most flows.
    ORDERED = "ordered"
    #: An order of theirs is still under way, which is no time to miss them.
    OPEN_ORDER = "open_order"
    #: The order that the flow is about was refunded, in part or whole.
    REFUNDED = "refunded"
    #: The order was cancelled.
    CANCELLED = "cancelled"
    #: Something of the order came back.
    RETURNED = "returned"
    #: They click in a mail of the flow.
    CLICKED = "clicked"
    #: They fill a cart.
    ACTIVE = "active"
