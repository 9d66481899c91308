"""A mail made ready for any provider: addresses checked, lines cleaned, our own headers added, redirected if asked.

Refuses what no provider should see: a broken address, a header that is not ours to set, a line break in a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from saleor_mailflow import conf
from saleor_mailflow.exceptions import HandOffFailed, Refused, TryLater
from saleor_mailflow.messages.lines import Address, header_field, one_line, person_name, read_address, whole_text
from saleor_mailflow.messages.mail import OutgoingMail

#: Headers that the letter itself decides; one of them among a mail's extra headers is a mistake of ours.
OURS = frozenset(
    (
        "from",
        "sender",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "reply-to",
        "message-id",
        "return-path",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "x-mailflow-id",
        "x-mailflow-redirected",
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What every transport sends. All texts are clean; ``message_id`` has its angle brackets."""

    uuid: UUID
    message_id: str
    sender: Address
    to: Address = field(repr=False)
    reply_to: Address | None
    subject: str = field(repr=False)
    html: str = field(repr=False)
    text: str = field(repr=False)
    #: X-Mailflow-Id first, then what the mail brought, such as List-Unsubscribe.
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    #: True where MAILFLOW_REDIRECT_TO caught it, so that nothing said of the recipient is about the contact.
    redirected: bool = False

    @property
    def needs_utf8(self) -> bool:
        """Tell whether an address has a local part that only SMTPUTF8 can carry."""
        return self.to.needs_utf8 or self.sender.needs_utf8 or bool(self.reply_to and self.reply_to.needs_utf8)


def prepare(mail: OutgoingMail) -> Letter:
    """Return the letter for a mail.

    Raises Refused where the mail itself is at fault (its recipient: ``bad_address``), TryLater with
    ``connection_lost`` where a setting is: no mail is lost over a typing mistake.
    """
    sender = _from_setting(mail.sender_email, key="sender_email", name=one_line(mail.sender_name))
    reply_to = _from_setting(mail.reply_to, key="reply_to") if mail.reply_to else None
    try:
        to = read_address(mail.to_email, name=person_name(mail.to_name))
    except ValueError as error:
        raise Refused(f"Not sent: the contact's address cannot be written to, {error}.", bad_address=True) from None
    headers = [("X-Mailflow-Id", str(mail.uuid))]
    catcher = conf.redirect_to()
    if catcher:
        # The name of the domain helps whoever reads the caught mail; the person behind it stays out.
        headers.append(("X-Mailflow-Redirected", f"meant for somebody at {to.domain}"))
        to = _from_setting(catcher, key="MAILFLOW_REDIRECT_TO")
    try:
        headers.extend(_extra(name, value) for name, value in mail.headers.items())
    except ValueError as error:
        raise Refused(f"Not sent: {error}.") from None
    return Letter(
        uuid=mail.uuid,
        message_id=f"<{mail.uuid}@{sender.domain}>",
        sender=sender,
        to=to,
        reply_to=reply_to,
        subject=one_line(mail.subject),
        html=whole_text(mail.html),
        text=whole_text(mail.text),
        headers=tuple(headers),
        redirected=bool(catcher),
    )


def about_the_contact(letter: Letter, failure: HandOffFailed) -> HandOffFailed:
    """Return the failure, unless it blames the recipient of a redirected mail: that is a setting, not the contact."""
    if not (letter.redirected and isinstance(failure, Refused) and failure.bad_address):
        return failure
    text = f"The address in MAILFLOW_REDIRECT_TO was refused: {failure} Correct it; nothing is sent until then."
    return TryLater(text, code=failure.code, connection_lost=True)


def _from_setting(value: str, *, key: str, name: str = "") -> Address:
    try:
        return read_address(value, name=name)
    except ValueError as error:
        text = f"The setting {key} cannot be used: {error}. Correct it; nothing is sent until then."
        raise TryLater(text, connection_lost=True) from None


def _extra(name: str, value: str) -> tuple[str, str]:
    if name.lower() in OURS:
        raise ValueError(f"the header {one_line(name)} is not a mail's own to set")
    return header_field(name, value)
