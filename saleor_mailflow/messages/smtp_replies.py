"""What a mail server's reply means for the mail: refused, later, or nobody knows. Pure.

Refuses to call a person's address bad over a matter of policy or of our own set-up (RFC 5321 §4.2, RFC 3463).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from saleor_mailflow.exceptions import HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.lines import scrub


class Stage(Enum):
    """What the server was asked when it replied."""

    #: MAIL FROM: about the sender, the same for every mail of the shop.
    SENDER = "the sender"
    #: RCPT TO: about this one recipient.
    RECIPIENT = "the recipient"
    #: DATA, before any of the mail was sent.
    DATA = "the mail"
    #: The end of the mail; whatever is said now is about all of it.
    END = "the whole mail"


_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
#: RFC 3463 §3.2, of the recipient's address only; 5.1.7 and 5.1.8 are about the sender's.
_NO_SUCH_MAILBOX = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"})
#: A server that wants a login first says so in many codes, and would say it to every mail.
_LOGIN_WANTED = re.compile(r"relay|authenticat|rcpthosts|log ?in first", re.IGNORECASE)
_ABOUT_THE_SENDER = re.compile(r"sender", re.IGNORECASE)
#: Too large: RFC 1870 (552 5.3.4); the same mail would always be.
_TOO_LARGE = frozenset({"5.3.4", "5.2.3"})

CREDENTIALS = "provider_options.username and provider_options.password"


def code_of(code: int, text: str) -> str:
    """Return ``550 5.1.1`` from a reply: its code and, where given, the enhanced one (RFC 2034)."""
    found = _ENHANCED.match(text)
    return f"{code} {found.group(1)}" if found else str(code)


def failure(stage: Stage, code: int, text: str, *, secrets: Iterable[str] = ()) -> HandOffFailed:
    """Return the failure that a reply other than success is. ``text`` is the reply without its code.

    ``code`` is -1 where the server said something that is no reply at all.
    """
    shown = code_of(code, text)
    enhanced = shown.partition(" ")[2]
    said = f"{code} {scrub(text, secrets=secrets)}".rstrip()
    if not 400 <= code <= 599:
        return _nonsense(stage, "" if code < 0 else f" ({said})")
    if code == 421:
        return TryLater(f"The mail server closes for now: {said}.", code=shown, connection_lost=True)
    if code == 530 or code == 535 or (stage is not Stage.END and code >= 500 and _wants_login(enhanced, text)):
        # One mail's recipient may be the reason for a "relay denied", so the others are not held up by it.
        sentence = f"The mail server wants a login or does not accept this one: {said}. Check {CREDENTIALS}."
        return TryLater(sentence, code=shown, connection_lost=code in (530, 535))
    if code < 500:
        return TryLater(f"The mail server put off {stage.value}: {said}.", code=shown)
    if stage is Stage.SENDER and code != 552 and enhanced not in _TOO_LARGE:
        sentence = f"The mail server does not accept the sender: {said}. Check sender_email and {CREDENTIALS}."
        return TryLater(sentence, code=shown, connection_lost=True)
    no_mailbox = enhanced in _NO_SUCH_MAILBOX or (stage is Stage.RECIPIENT and not enhanced and code in (550, 551, 553))
    bad_address = no_mailbox and not _ABOUT_THE_SENDER.search(text)
    return Refused(f"The mail server refused {stage.value}: {said}.", code=shown, bad_address=bad_address)


def _wants_login(enhanced: str, text: str) -> bool:
    return enhanced in ("", "5.7.0", "5.7.1", "5.7.54", "5.7.64") and bool(_LOGIN_WANTED.search(text))


def _nonsense(stage: Stage, said: str) -> HandOffFailed:
    if stage is Stage.END:
        return OutcomeUnknown(
            f"The mail server took the whole mail and answered nonsense{said}; it may or may not be on its way."
        )
    return TryLater(f"The mail server answered nonsense about {stage.value}{said}.", connection_lost=True)
