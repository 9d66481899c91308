"""What the SMTP sink says to one client: its modes, command by command (RFC 5321).

Refuses to know what becomes of a mail; it gives each to the sink before it answers.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Protocol

#: What the sink can be told to do, for all mails or, by the recipient's tag (``anna+550@…``), for one.
MODES = {
    "ok": "takes everything",
    "refuse": "does not listen: the connection is refused",
    "421": "says 421 at connect and closes",
    "mute": "takes the connection and says nothing",
    "drip": "speaks one byte at a time, slowly",
    "535": "does not accept any password",
    "454": "cannot check passwords at the moment",
    "530": "wants a login before MAIL FROM",
    "no-smtputf8": "cannot carry addresses outside ASCII",
    "plain": "has no extensions at all, not even pipelining",
    "550-sender": "refuses the sender at MAIL FROM",
    "450": "puts the recipient off at RCPT TO",
    "550": "refuses the recipient at RCPT TO with 5.1.1",
    "relay": "denies relaying at RCPT TO",
    "421-rcpt": "says 421 at RCPT TO and closes",
    "cut": "resets the connection while the mail is coming",
    "451": "puts the mail off after its end",
    "552": "refuses the mail after its end",
    "garbage": "takes the mail and answers nonsense",
    "250-reset": "takes the mail, says 250 and resets the connection",
    "reset": "takes the mail and resets the connection without a word",
    "hang": "takes the mail and never answers",
}
_CRLF = b"\r\n"
_AT_RCPT = {
    "450": b"450 4.2.1 mailbox busy, try again",
    "550": b"550 5.1.1 no such user here",
    "relay": b"554 5.7.1 relay access denied",
}
_AT_END = {"451": b"451 4.3.0 out of paper", "552": b"552 5.3.4 too large", "garbage": b"\x00what?"}


class Goodbye(Exception):
    """The connection ends here, in order."""


class Reset(Exception):
    """The connection ends here, as when a server crashes."""


class Sink(Protocol):
    """Where mails end up, and how it wants its clients to be treated."""

    mode: str
    tls: ssl.SSLContext | None
    implicit_tls: bool
    drip_seconds: float

    def accept(self, recipient: str, raw: bytes) -> None:
        """Write a mail down, on the disk before this returns."""


class Conversation:
    """One client. The mode for a recipient stands in the tag of the address, else it is the sink's."""

    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.mode = sink.mode
        self.sender = False
        self.recipients: list[str] = []
        self.encrypted = sink.implicit_tls

    async def run(self) -> None:
        if self.sink.mode == "421":
            await self.say(b"421 4.3.2 not now")
            return
        if self.sink.mode == "mute":
            await asyncio.sleep(3600)
        await self.say(b"220 sink ready")
        while line := await self.reader.readline():
            verb, _, rest = line.strip().partition(b" ")
            if verb.upper() == b"QUIT":
                await self.say(b"221 bye")
                return
            await self.answer(verb.upper(), rest)

    async def say(self, *lines: bytes) -> None:
        data = b"".join(line + _CRLF for line in lines)
        if self.mode == "drip":
            for at in range(len(data)):
                await asyncio.sleep(self.sink.drip_seconds)
                self.writer.write(data[at : at + 1])
                await self.writer.drain()
            return
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, verb: bytes, rest: bytes) -> None:
        sink = self.sink
        if verb == b"EHLO":
            await self.say(*self.extensions())
        elif verb == b"STARTTLS" and sink.tls is not None and not self.encrypted:
            await self.say(b"220 go ahead")
            await self.writer.start_tls(sink.tls)
            self.encrypted = True
        elif verb == b"AUTH":
            said = {"535": b"535 5.7.8 wrong password", "454": b"454 4.7.0 cannot check passwords now"}
            await self.say(said.get(sink.mode, b"235 2.7.0 welcome"))
        elif verb == b"MAIL":
            self.mode, self.recipients = sink.mode, []
            said = {"530": b"530 5.7.0 log in first", "550-sender": b"550 5.7.1 not your domain"}
            self.sender = sink.mode not in said
            await self.say(said.get(sink.mode, b"250 2.1.0 ok"))
        elif verb == b"RCPT":
            await self.recipient(rest)
        elif verb == b"DATA":
            await self.data()
        else:
            self.recipients = [] if verb == b"RSET" else self.recipients
            await self.say(b"250 ok" if verb in (b"HELO", b"RSET", b"NOOP") else b"502 5.5.1 not here")

    def extensions(self) -> list[bytes]:
        if self.sink.mode == "plain":
            return [b"250 sink"]
        offered = [b"sink", b"PIPELINING", b"SIZE 50000000", b"ENHANCEDSTATUSCODES", b"8BITMIME", b"AUTH PLAIN LOGIN"]
        offered += [] if self.sink.mode == "no-smtputf8" else [b"SMTPUTF8"]
        offered += [b"STARTTLS"] if self.sink.tls is not None and not self.encrypted else []
        return [b"250-" + name for name in offered[:-1]] + [b"250 " + offered[-1]]

    async def recipient(self, rest: bytes) -> None:
        address = rest.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")
        tag = address.rpartition("@")[0].rpartition("+")[2]
        if tag in MODES:
            self.mode = tag
        if self.mode == "421-rcpt":
            await self.say(b"421 4.7.0 too many mails on this line")
            raise Goodbye
        refusal = _AT_RCPT.get(self.mode, None if self.sender else b"503 5.5.1 who are you?")
        if refusal is None:
            self.recipients.append(address)
        await self.say(refusal or b"250 2.1.5 ok")

    async def data(self) -> None:
        if not self.recipients:
            await self.say(b"554 5.5.1 no valid recipients")
            return
        await self.say(b"354 go ahead")
        if self.mode == "cut":
            await self.reader.read(10)
            raise Reset
        raw = await self.reader.readuntil(_CRLF + b"." + _CRLF)
        raw = raw[:-3].replace(b"\r\n..", b"\r\n.")
        if self.mode not in ("451", "552"):
            for recipient in self.recipients:
                self.sink.accept(recipient, raw)
        self.recipients = []
        if self.mode == "reset":
            raise Reset
        if self.mode == "hang":
            await asyncio.sleep(3600)
        await self.say(_AT_END.get(self.mode, b"250 2.0.0 taken"))
        if self.mode == "250-reset":
            raise Reset
