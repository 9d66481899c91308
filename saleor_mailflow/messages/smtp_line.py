"""One SMTP connection that knows how far it has come: smtplib, with deadlines, pipelining and a phase.

Refuses to wait longer than its deadline for a reply, however slowly it drips, and to guess whether a mail was taken.

The next mail's envelope may be announced while the server thinks about this one: message content may be the first part
of a pipelined group (RFC 2920 §3.1). Nothing of that mail leaves with it, so it commits us to nothing.
"""

from __future__ import annotations

import io
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Any

from saleor_mailflow import failpoints
from saleor_mailflow.messages.smtp_envelope import Envelope
from saleor_mailflow.messages.smtp_replies import Stage
from saleor_mailflow.statements import readable

#: The longest reply that is read, in bytes; a server that talks on is broken.
_REPLY_LIMIT = 65_536
_CHUNK = 65_536
_CRLF = b"\r\n"


class Phase(IntEnum):
    """How far a mail has come on the line. What a broken line means depends on it alone."""

    #: Nothing of the mail was sent: certainly not taken.
    ENVELOPE = 1
    #: Bytes are leaving, the last one has not: a server must not take a mail without its end (RFC 5321 §4.1.1.4).
    SENDING = 2
    #: The last byte was given to the network, no reply yet: it may have been taken.
    WAITING = 3


class Answered(Exception):
    """The server replied something other than success. ``code`` is -1 where it was no reply at all."""

    def __init__(self, stage: Stage, code: int, text: str) -> None:
        super().__init__(stage, code)
        self.stage = stage
        self.code = code
        self.text = text


class _Reader(io.RawIOBase):
    """Reads a reply from the line until the line's deadline, in all and not from byte to byte."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        line = self._line
        left = 0.0 if line.glancing else line.deadline - time.monotonic()
        if line.sock is None or (left <= 0 and not line.glancing):
            raise TimeoutError(f"no reply within {line.read_timeout:g} seconds")
        line.sock.settimeout(left)
        try:
            count = int(line.sock.recv_into(buffer))
        except (BlockingIOError, ssl.SSLWantReadError):
            # Only while glancing: nothing has come.
            return None
        line.reply_bytes += count
        if line.reply_bytes > _REPLY_LIMIT:
            raise OSError("a reply without end")
        if not count:
            line.ended = True
        return count


class Line(smtplib.SMTP):
    """A plain or STARTTLS connection. ``timeout`` is for connecting, ``read_timeout`` for each reply and each mail."""

    def __init__(self, host: str, port: int, *, read_timeout: float, **kwargs: Any) -> None:
        self.read_timeout = read_timeout
        self.deadline = 0.0
        #: When all of what is being done must be over. Opening has one read time-out for all its replies, a mail two.
        self.until = time.monotonic() + float(kwargs.get("timeout") or 0) + read_timeout
        self.reply_bytes = 0
        #: True while what has come is looked at without waiting for more.
        self.glancing = False
        #: True once the server has closed its side.
        self.ended = False
        #: False where the merchant knows that the server cannot do it, whatever it says.
        self.pipelining = True
        self.phase = Phase.ENVELOPE
        #: Whose envelope the server has been told and has not been asked about.
        self.announced: Envelope | None = None
        super().__init__(host, port, **kwargs)

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """Connect, and send small commands at once instead of waiting for more to say (Nagle)."""
        answer = super().connect(host, port, source_address)
        if self.sock is not None:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return answer

    def send(self, s: Any) -> None:
        """Send a command of smtplib's own (EHLO, AUTH, RSET, QUIT). Raises SMTPServerDisconnected."""
        try:
            self._send_all(s.encode(self.command_encoding) if isinstance(s, str) else bytes(s))
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("the line broke") from error

    def allow(self, seconds: float) -> None:
        """Give what comes next, such as a goodbye, ``seconds`` in all."""
        self.until = time.monotonic() + seconds

    def getreply(self) -> tuple[int, bytes]:
        """Return the next reply, read within ``read_timeout`` seconds. Raises SMTPServerDisconnected."""
        self.deadline = min(time.monotonic() + self.read_timeout, self.until)
        self.reply_bytes = 0
        if self.file is None:
            self.file = io.BufferedReader(_Reader(self))
        return super().getreply()

    def deliver(
        self,
        envelope: Envelope,
        data: bytes,
        *,
        meanwhile: Callable[[], bool] | None = None,
        following: Callable[[], Envelope | None] | None = None,
    ) -> str:
        """Hand one mail over and return the server's words on taking it.

        ``data`` has CRLF line ends and its dots doubled (``smtp_envelope.dotted``). Raises Answered where the server
        said no, OSError where the line broke; ``phase`` then says what that means. With PIPELINING (RFC 2920) the
        envelope is one round trip instead of three, and none where it was announced: ``following`` is asked for the
        next one while the server thinks about this mail. The next mail on this line must be that one then.
        ``meanwhile`` is done while the server thinks about the envelope and the mail; see ``Transport``.
        """
        self.phase = Phase.ENVELOPE
        self.allow(2 * self.read_timeout)
        announced, self.announced = self.announced, None
        if announced is not None:
            self._expect_all()
            if self._has_more_to_say():
                raise OSError("the server left, or said that it leaves, after its go-ahead")
        elif self._pipelines():
            self._send_all(b"".join(command for _, command in envelope.commands(self)))
            self._while_it_thinks(meanwhile)
            self._expect_all()
        else:
            for stage, command in envelope.commands(self):
                self._send_all(command)
                self._expect(stage, 354 if stage is Stage.DATA else 250)
        self.phase = Phase.SENDING
        if "smtp.first_bytes" in failpoints.ARMED:
            self._send_all(data[:1])
            failpoints.reach("smtp.first_bytes")
            data = data[1:]
        self._send_all(data + (b".\r\n" if data.endswith(_CRLF) else b"\r\n.\r\n"))
        self.phase = Phase.WAITING
        failpoints.reach("smtp.data_sent")
        if following is not None and self._pipelines():
            self._announce(following)
        failpoints.reach("smtp.announced")
        self._while_it_thinks(meanwhile)
        words = self._expect(Stage.END, 250)
        failpoints.reach("smtp.answered")
        self.phase = Phase.ENVELOPE
        return words

    def _announce(self, following: Callable[[], Envelope | None]) -> None:
        began = time.monotonic()
        envelope = following()
        self.until += time.monotonic() - began
        if envelope is not None:
            self.announced = envelope
            # A line that breaks here may have brought this mail's answer; that it broke is seen by the next one.
            with suppress(OSError):
                self._send_all(b"".join(command for _, command in envelope.commands(self)))

    def _while_it_thinks(self, meanwhile: Callable[[], bool] | None) -> None:
        if meanwhile is not None and self.sock is not None:
            began = time.monotonic()
            while not readable(self.sock.fileno()) and meanwhile():
                pass
            # What we take for ourselves is not the server's: its answer may have been here for long.
            self.until += time.monotonic() - began

    def _pipelines(self) -> bool:
        return self.pipelining and self.has_extn("pipelining")

    def _has_more_to_say(self) -> bool:
        """Tell whether the server said something that was not asked for, or left; without waiting. Raises OSError."""
        if self.file is None:
            return True
        self.glancing = True
        try:
            return bool(self.file.peek(1)) or self.ended
        finally:
            self.glancing = False

    def _expect_all(self) -> None:
        """Read the three replies of a pipelined envelope; every one of them comes, even after a refusal."""
        refusal: Answered | None = None
        for stage, wanted in ((Stage.SENDER, 250), (Stage.RECIPIENT, 250), (Stage.DATA, 354)):
            try:
                self._expect(stage, wanted)
            except Answered as answer:
                if answer.code in (-1, 421):
                    raise
                refusal = refusal or answer
            else:
                if stage is Stage.DATA and refusal is not None:
                    # It waits for a mail to nobody. RFC 2920 §3.1 suggests a lone dot; a server as confused as this
                    # one might deliver that empty mail, so the line is closed instead.
                    self.close()
        if refusal is not None:
            raise refusal

    def _expect(self, stage: Stage, wanted: int) -> str:
        code, said = self.getreply()
        text = said.decode("utf-8", "replace")
        # 251 and 252 are successes of RCPT TO, and some servers end DATA with another 2xx.
        if code != wanted and not (wanted == 250 and 200 <= code <= 299):
            raise Answered(stage, code, text)
        return text

    def _send_all(self, data: bytes) -> None:
        """Send everything within ``read_timeout`` seconds, in all. Raises OSError."""
        until = min(time.monotonic() + self.read_timeout, self.until)
        view = memoryview(data)
        while view:
            left = until - time.monotonic()
            if self.sock is None or left <= 0:
                raise TimeoutError(f"not taken within {self.read_timeout:g} seconds")
            self.sock.settimeout(left)
            view = view[self.sock.send(view[:_CHUNK]) :]


class TlsLine(Line, smtplib.SMTP_SSL):
    """A connection that is encrypted from its first byte (port 465)."""
