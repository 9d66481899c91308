"""A transport that prints: for trying things out. Refuses to let anything leave the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

from saleor_mailflow.messages.letter import prepare
from saleor_mailflow.messages.mail import Accepted, OutgoingMail


class ConsoleTransport:
    """Prints every mail's head and text part to ``stream`` (standard output) and takes it."""

    provider = "console"
    deduplicates = False
    harmless = True

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        """Print one mail; see ``Transport``."""
        letter = prepare(mail)
        stream = self._stream or sys.stdout
        head = [f"From: {letter.sender.name} <{letter.sender.email}>", f"To: {letter.to.name} <{letter.to.email}>"]
        head += [f"Subject: {letter.subject}", *(f"{name}: {value}" for name, value in letter.headers)]
        text = "\n".join((*head, "", letter.text.rstrip(), "-" * 72, ""))
        # A terminal that cannot show a letter shows a question mark, rather than failing a mail.
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
        return Accepted(provider=self.provider, message_id=letter.message_id)

    def close(self) -> None:
        """Do nothing: there is no connection."""
