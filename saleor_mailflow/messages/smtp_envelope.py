"""Who writes to whom, as SMTP says it before the mail (RFC 5321 §3.3). Refuses to know what becomes of it."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field

from saleor_mailflow.messages.smtp_replies import Stage


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who writes to whom, in how many bytes; ``utf8`` where an address needs SMTPUTF8 (RFC 6531)."""

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    size: int
    utf8: bool = False

    def commands(self, line: smtplib.SMTP) -> tuple[tuple[Stage, bytes], ...]:
        """Return what is said before the mail, command by command, to a server that has greeted us."""
        options = f" SIZE={self.size}" if line.has_extn("size") else ""
        if self.utf8:
            options += " BODY=8BITMIME SMTPUTF8"
        return (
            (Stage.SENDER, f"MAIL FROM:<{self.sender}>{options}\r\n".encode()),
            (Stage.RECIPIENT, f"RCPT TO:<{self.recipient}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        )


def dotted(data: bytes) -> bytes:
    """Return a mail with the dots doubled that begin a line (RFC 5321 §4.5.2)."""
    return data.replace(b"\r\n.", b"\r\n..")
