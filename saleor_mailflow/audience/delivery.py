"""What became of a mail, as a value that only ever grows: the order and number of a provider's words do not matter.

Refuses to ask the database or the clock, and to take a machine's open or click for a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from saleor_mailflow.models import DeliveryEvent, Suppression

Kind = DeliveryEvent.Kind

#: From weakest to strongest; the strongest word heard of a message is its state.
ORDER: tuple[str, ...] = (
    Kind.ACCEPTED,
    Kind.DEFERRED,
    Kind.SOFT_BOUNCED,
    Kind.DELIVERED,
    Kind.OPENED,
    Kind.CLICKED,
    Kind.REJECTED,
    # Above delivered: a server may take a mail and give it back later.
    Kind.BOUNCED,
    Kind.UNSUBSCRIBED,
    Kind.COMPLAINED,
)
RANK: Mapping[str, int] = MappingProxyType({"": -1, **{str(kind): place for place, kind in enumerate(ORDER)}})
#: States of a message that arrived, whether or not its delivery was told.
ARRIVED: tuple[str, ...] = (Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.UNSUBSCRIBED, Kind.COMPLAINED)

#: What stops all mail of the sending entity at once.
SUPPRESSES: Mapping[str, Suppression.Reason] = MappingProxyType(
    {
        Kind.BOUNCED: Suppression.Reason.BOUNCED,
        Kind.COMPLAINED: Suppression.Reason.COMPLAINED,
        Kind.UNSUBSCRIBED: Suppression.Reason.UNSUBSCRIBED,
    }
)

#: Mails that a mailbox may fail to take, and in how long a time, before nothing more is sent to it.
SOFT_BOUNCES = 5
SOFT_WINDOW = timedelta(days=14)

# An enhanced status code (RFC 3463 §2), and no part of an IP address.
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_SMTP = re.compile(r"(?:^|(?<=[\s;:(]))[45]\d\d(?=$|[\s-])")
#: 5.1.7 and 5.1.8 are about the sender's address (RFC 3463 §3.2).
_SENDERS = frozenset({"5.1.7", "5.1.8"})

_BOTS = re.compile(
    r"bot\b|bot/|crawl|spider|curl|wget|python-|java/|go-http|okhttp|headless|scan|barracuda|proofpoint", re.IGNORECASE
)
_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy|yahoo! slurp|DuckDuckGo-Favicons", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What is known of one message after it was taken. Values join to the stronger word and the earlier time."""

    delivery: str = ""
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None

    def join(self, other: Fate) -> Fate:
        """Return what both together say: commutative, associative, idempotent, with ``Fate()`` as nothing said."""
        return Fate(
            delivery=max(self.delivery, other.delivery, key=lambda kind: RANK[kind]),
            delivered_at=_earlier(self.delivered_at, other.delivered_at),
            opened_at=_earlier(self.opened_at, other.opened_at),
            clicked_at=_earlier(self.clicked_at, other.clicked_at),
        )


def fate_of(kind: str, at: datetime, by_machine: bool | None) -> Fate:
    """Return what one delivery event says of its message.

    An open or click counts for a person once that is decided (``by_machine`` False). Until then, and for a machine's,
    it proves no more than that the mail arrived.
    """
    if kind in {Kind.OPENED, Kind.CLICKED} and by_machine is not False:
        return Fate(delivery=Kind.DELIVERED)
    return Fate(
        delivery=kind,
        delivered_at=at if kind == Kind.DELIVERED else None,
        opened_at=at if kind == Kind.OPENED else None,
        clicked_at=at if kind == Kind.CLICKED else None,
    )


def too_many_soft_bounces(bounces: Iterable[tuple[int, datetime]]) -> datetime | None:
    """Return when the mailbox had failed to take SOFT_BOUNCES mails within SOFT_WINDOW for the first time, or None.

    ``bounces`` are (message or other id, aware time), in any order. Several tries of one mail are one bounce.
    """
    first: dict[int, datetime] = {}
    for message, at in bounces:
        first[message] = min(at, first.get(message, at))
    times = sorted(first.values())
    for last in range(SOFT_BOUNCES - 1, len(times)):
        if times[last] - times[last - SOFT_BOUNCES + 1] <= SOFT_WINDOW:
            return times[last]
    return None


def status_code(text: str) -> str:
    """Return the enhanced status code in a server's answer (``5.1.1``), else its SMTP code (``550``), else ""."""
    found = _ENHANCED.search(text) or _SMTP.search(text)
    return found.group() if found else ""


def kind_of_failure(code: str, *, hint: str) -> str:
    """Return the kind of a failed delivery: its status code decides, and where that says nothing the provider's hint.

    5.1.x is a mailbox that does not exist; 5.7.x is policy, which never counts against the person; 4.x.x and 5.2.2 may
    pass (RFC 3463 §3). ``hint`` is one of the kinds, as the provider classified it.
    """
    if code in _SENDERS or code.startswith("5.7."):
        return Kind.REJECTED
    if code.startswith("5.1."):
        return Kind.BOUNCED
    if code.startswith("4") or code == "5.2.2":
        return Kind.SOFT_BOUNCED
    return hint


def agent_class(agent: str) -> str:
    """Return what fetched a picture or link: ``bot``, ``apple``, ``proxy``, ``browser``, "" where nothing was said.

    ``apple`` is Mail's privacy proxy, which fetches all pictures of all mails; a ``proxy`` fetches for whoever reads.
    """
    if not agent:
        return ""
    # Apple's proxy names nothing but this.
    if agent.strip() == "Mozilla/5.0":
        return "apple"
    if _PROXIES.search(agent):
        return "proxy"
    return "bot" if _BOTS.search(agent) else "browser"


def obviously_by_machine(kind: str, agent: str) -> bool | None:
    """Return True for an open or click that names itself a machine's; None leaves it to be scored.

    ``process.judging`` decides then: it sets ``by_machine`` and clears ``processed_at``, and the event is taken in
    again.
    """
    if kind not in {Kind.OPENED, Kind.CLICKED}:
        return None
    return True if agent_class(agent) == "bot" else None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
