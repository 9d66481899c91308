"""Everything this package raises on purpose.

MailflowError
├── ConfigurationError     the operator must change a setting, named by its key
├── Conflict               somebody else changed the same thing meanwhile
├── Unfinished             a flow or wording has errors; ``findings`` says which
├── WebhookRefused         an incoming request is not from an installed shop, or not readable
├── TemplateFailed         a template raised, ran too long or grew too large
├── HandOffFailed          the provider did not take a message
│   ├── Refused            for good: another try would be refused as well
│   ├── TryLater           not now: certainly not sent, another try may succeed
│   └── OutcomeUnknown     it may or may not have been sent; never tried again by itself
└── LeaseLost              another worker holds the row now
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import PurePath


class MailflowError(Exception):
    """Something saleor-mailflow refuses to do; the text is a sentence with the value seen and the next action."""


class ConfigurationError(MailflowError):
    """A setting is missing or wrong. ``key`` names it as the settings page does."""

    def __init__(self, message: str, *, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class Conflict(MailflowError):
    """Somebody else changed the same thing meanwhile; the sentence says who and when, and nothing was written."""


class Unfinished(MailflowError):
    """What was to be published has errors. ``findings`` are those of ``flows.lint``; nothing was written."""

    def __init__(self, message: str, findings: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class WebhookRefused(MailflowError):
    """An incoming webhook is refused with ``status``; the text goes to the sender and holds nothing secret."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class TemplateFailed(MailflowError):
    """A template could not be rendered; the message is parked with this sentence and nobody gets half a mail."""


class HandOffFailed(MailflowError):
    """The provider did not (certainly) take a message. ``code`` is its own code, such as ``550 5.1.1`` or ``429``."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Refused(HandOffFailed):
    """Refused for good: the same mail would be refused again. ``bad_address`` when the mailbox is to blame."""

    def __init__(self, message: str, *, code: str = "", bad_address: bool = False) -> None:
        super().__init__(message, code=code)
        self.bad_address = bad_address


class TryLater(HandOffFailed):
    """Certainly not sent; may be tried again. ``connection_lost`` when every other mail of the batch must wait too."""

    def __init__(self, message: str, *, code: str = "", connection_lost: bool = False) -> None:
        super().__init__(message, code=code)
        self.connection_lost = connection_lost


class OutcomeUnknown(HandOffFailed):
    """The mail may have been sent: the line broke after the last byte. Held, shown, never repeated by itself."""


class LeaseLost(MailflowError):
    """Another worker took the row over after this one's lease ran out; this worker writes nothing."""


def interrupts(error: BaseException | None) -> bool:
    """Tell whether this is a time limit of the host's task queue, raised wherever the process happened to be.

    Celery's is an ``Exception`` as any other, so whoever takes care of every exception has to ask: what it interrupts
    is not to blame for it, and it must not be lost.
    """
    return any(kind.__name__ == "SoftTimeLimitExceeded" for kind in type(error).__mro__)


def blame(error: BaseException) -> str:
    """Return what went wrong and where, such as ``DataError in write_orders (readmodel.py:190)``, and not its text.

    For logs: the text of a database error quotes the row, and the row is somebody's address.
    """
    place = traceback.extract_tb(error.__traceback__)
    if not place:
        return type(error).__name__
    last = place[-1]
    ours = next((frame for frame in reversed(place) if "saleor_mailflow" in frame.filename), last)
    return f"{type(error).__name__} in {ours.name} ({PurePath(ours.filename).name}:{ours.lineno})"
