"""The values that pass between deciding, rendering and handing off a mail. No behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class RenderedMail:
    """A mail in words: one-line subject, complete HTML with inlined styles, a real text part."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """Everything a provider needs. ``uuid`` is Message-ID local part, metadata and idempotency key alike.

    Shows nothing of the person where it is printed, as error trackers print what they find in a traceback.
    """

    uuid: UUID
    to_email: str = field(repr=False)
    sender_email: str
    subject: str = field(repr=False)
    html: str = field(repr=False)
    text: str = field(repr=False)
    to_name: str = field(default="", repr=False)
    sender_name: str = ""
    reply_to: str = ""
    #: The language it is written in.
    language: str = ""
    #: Where its numbered links lead.
    links: tuple[str, ...] = field(default=(), repr=False)
    #: Extra headers, such as List-Unsubscribe.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The provider took the mail. ``message_id`` is its own id, "" where it gave none."""

    provider: str
    message_id: str
    #: A time limit of the host's task queue that struck on the way: to be raised once the acceptance is written down.
    interruption: Exception | None = field(default=None, repr=False, compare=False)


class Transport(Protocol):
    """A way out. One instance serves a run of the outbox over one open connection; not thread-safe."""

    #: The provider's name as set by the merchant.
    provider: str
    #: True where a second hand-off with the same uuid is dropped by the provider (Resend, Brevo).
    deduplicates: bool
    #: True where no mail can reach a stranger: a sink or the console. Only then may time be set by hand.
    harmless: bool

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        """Hand one mail over. Raises Refused, TryLater or OutcomeUnknown (see ``exceptions``), nothing else.

        ``following`` is the mail that most likely comes next: it may be made ready and its envelope announced, but
        nothing of its content may leave before it is handed over itself. It may be another mail that comes, or none.
        ``meanwhile`` may be called while the provider is waited for, again and again until the answer is here or it
        returns False. It never raises.
        """

    def close(self) -> None:
        """Close the connection. Never raises."""
