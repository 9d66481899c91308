"""Enums with a sentence for each member, from one table each. Refuses a member without a sentence."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import graphene


def words(name: str, description: str, members: Mapping[str, str]) -> Any:
    """Return a GraphQL enum. ``members`` maps the values as our rows have them (``off``) to a sentence each."""
    kind = enum.Enum(name, {_name(value): value for value in members})  # type: ignore[misc]  # made from a table
    return graphene.Enum.from_enum(
        kind, description=lambda member: description if member is None else members[member.value]
    )


def _name(value: str) -> str:
    return value.upper().replace(".", "_").replace("-", "_").replace(" ", "_") or "ANY"


OrderDirection = words(
    "OrderDirection", "Which way a list is sorted.", {"asc": "The smallest or oldest first.", "desc": "The other way."}
)
FlowMode = words(
    "FlowMode",
    "Whether a flow is on.",
    {
        "off": "Nobody enters, nothing is sent.",
        "shadow": "Everything is done but the sending, to see what would go out.",
        "live": "People enter and get mail.",
    },
)
MessageState = words(
    "MessageState",
    "How far a mail has come.",
    {
        "planned": "Decided, waiting for its turn.",
        "claimed": "Held by a worker; nothing has left yet.",
        "sending": "Being handed over: it may have left.",
        "accepted": "The provider took it.",
        "blocked": "It was decided not to send it; the sentence says why.",
        "missed": "Its time passed while nothing could be sent.",
        "shadowed": "Everything but the hand-over was done (shadow mode).",
        "failed": "Refused by the provider, not renderable, or too many tries.",
        "unknown": "The line broke in the hand-over: it may or may not have arrived.",
    },
)
EnrollmentState = words(
    "EnrollmentState",
    "Whether somebody is inside a flow.",
    {"active": "Inside.", "ended": "Out of it; the sentence says why."},
)
ConsentState = words(
    "ConsentState", "What somebody said about mail.", {"granted": "They said yes.", "withdrawn": "They said no."}
)
SuppressionReason = words(
    "SuppressionReason",
    "Why an address gets no mail.",
    {
        "unsubscribed": "The person said so.",
        "bounced": "The mailbox does not exist.",
        "complained": "The person called our mail spam.",
        "manual": "Somebody of the shop entered it.",
    },
)
FindingGrade = words(
    "FindingGrade",
    "How a check came out.",
    {
        "fine": "Nothing to do.",
        "hint": "It works, but a person should look.",
        "broken": "Mail does not go out, or should not, until it is mended.",
    },
)
Lifecycle = words(
    "Lifecycle",
    "How far somebody has come with the shop.",
    {
        "new": "Known for less than 30 days, nothing bought.",
        "active": "Nothing bought, and a sign of life in the last 180 days.",
        "customer": "They bought.",
        "vip": "They stand above the line of the VIP flow.",
        "dormant": "For long without an order or a sign of life.",
        "lost": "For longer still, or they said no.",
    },
)
