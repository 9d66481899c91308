"""The road over SMTP: our own bytes over one connection for a micro-batch, a round trip a mail.

How a hand-over can fail, and who is hurt: the server cannot be reached or refuses the login (nobody, the batch waits),
it refuses or puts off one recipient (that one), it is gone before the last byte (nobody, the mail goes again), it is
gone after the last byte (perhaps a second mail to the recipient, so it is not repeated). ``Line.phase`` tells which.
A server that cannot bear to be told of the next mail early, though it offers PIPELINING, refuses the early envelope
(nobody: that mail goes over a new line at once), forgets it (that mail and its batch wait), or stumbles over it before
it answers the mail at hand, which is repeated where the server says so and unknown where it does not. Once a process.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from saleor_mailflow.exceptions import ConfigurationError, HandOffFailed, OutcomeUnknown, Refused, TryLater, interrupts
from saleor_mailflow.messages.letter import Letter, about_the_contact, prepare
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.messages.mime import build
from saleor_mailflow.messages.options import Options, says_yes
from saleor_mailflow.messages.smtp_envelope import Envelope, dotted
from saleor_mailflow.messages.smtp_line import Answered, Line, Phase
from saleor_mailflow.messages.smtp_replies import Stage, failure
from saleor_mailflow.messages.smtp_server import is_loopback, open_line, read_server

#: Seconds a polite goodbye may take.
_QUIT_TIMEOUT = 2.0
#: Seconds that a server may take to forget a mail it refused.
_RESET_TIMEOUT = 10.0
#: Only a line that is found dead this soon, in seconds, is replaced at once: a hand-over has to fit into a lease.
_SOON = 5.0
#: Replies to MAIL FROM that are about what came when, and not about what it says.
_OUT_OF_TURN = frozenset((500, 501, 502, 503, 554))
_DISORDER = re.compile("synchroni[sz]|pipelin|sequence|out of order", re.IGNORECASE)
#: Servers, as (host, port), that lost their way when they were told of the next mail early.
_one_at_a_time: set[tuple[str, str]] = set()


@dataclass(frozen=True, kw_only=True)
class _Packed:
    mail: OutgoingMail
    letter: Letter
    data: bytes = field(repr=False)

    @property
    def envelope(self) -> Envelope:
        letter = self.letter
        return Envelope(
            sender=letter.sender.email, recipient=letter.to.email, size=len(self.data), utf8=letter.needs_utf8
        )


def _pack(mail: OutgoingMail) -> _Packed:
    letter = prepare(mail)
    return _Packed(mail=mail, letter=letter, data=dotted(build(letter, at=datetime.now(UTC))))


class SmtpTransport:
    """Hands mails to a mail server. Opens at the first mail; a line that broke between two mails is opened anew."""

    deduplicates = False

    def __init__(self, raw_options: Mapping[str, str]) -> None:
        self.provider = "smtp"
        self._options = Options(raw_options)
        host = self._options.raw("host")
        self.harmless = is_loopback(host) and says_yes(self._options.raw("sink"))
        self._server = (host, self._options.raw("port"))
        self._line: Line | None = None
        self._secrets: tuple[str, ...] = ()
        self._packed: _Packed | None = None
        self._interruption: Exception | None = None

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        """Hand one mail over; see ``Transport``. The id returned is our own Message-ID: SMTP gives none."""
        packed = self._packed if self._packed is not None and self._packed.mail is mail else _pack(mail)
        self._packed = None
        reused, began = self._line is not None, time.monotonic()
        try:
            return self._hand_over(packed, following, meanwhile)
        except _Gone as gone:
            # The server may close a line that idled or carried enough mails. Nothing of this mail had left.
            if not (reused and gone.untouched and time.monotonic() - began < _SOON):
                raise gone.failure from None
        try:
            return self._hand_over(packed, following, meanwhile)
        except _Gone as gone:
            raise gone.failure from None

    def close(self) -> None:
        """Say goodbye, briefly, and close. Never raises."""
        line, self._line = self._line, None
        if line is None:
            return
        if line.announced is not None:
            # It waits for a mail; a goodbye would be taken for its first line.
            line.close()
            return
        try:
            line.allow(_QUIT_TIMEOUT)
            line.quit()
        except OSError:
            line.close()

    def _hand_over(
        self, packed: _Packed, following: OutgoingMail | None, meanwhile: Callable[[], bool] | None
    ) -> Accepted:
        letter, envelope = packed.letter, packed.envelope
        if self._line is not None and self._line.announced not in (None, envelope):
            self._drop()
        line = self._line = self._line or self._open()
        announced = line.announced is not None
        if letter.needs_utf8 and not line.has_extn("smtputf8"):
            text = "Not sent: an address has letters outside ASCII before its at sign, which needs a mail server with"
            raise Refused(f"{text} SMTPUTF8; this one has none.")
        try:
            line.deliver(envelope, packed.data, meanwhile=meanwhile, following=partial(self._pack_ahead, following))
        except Answered as answer:
            raise self._judge(letter, line, answer, announced=announced) from None
        except OSError as error:
            self._drop()
            silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            if line.announced is not None or (announced and silent and line.phase is Phase.ENVELOPE):
                _one_at_a_time.add(self._server)
            # A silent server would be as silent on a new line.
            untouched = line.phase is Phase.ENVELOPE and not silent
            raise _Gone(_broken(line, silent=silent), untouched=untouched) from None
        interruption, self._interruption = self._interruption, None
        return Accepted(provider=self.provider, message_id=letter.message_id, interruption=interruption)

    def _pack_ahead(self, mail: OutgoingMail | None) -> Envelope | None:
        """Pack the mail that comes next; return its envelope, or nothing where it has to wait for its own turn."""
        if mail is None or self._server in _one_at_a_time:
            return None
        try:
            self._packed = _pack(mail)
        except Exception as error:  # noqa: BLE001 - it happens again when its turn comes, and concerns nobody before
            if interrupts(error):
                # That would not happen again: it comes with the yes to the mail at hand, or to the next one.
                self._interruption = error
            return None
        return None if self._packed.letter.needs_utf8 else self._packed.envelope

    def _judge(self, letter: Letter, line: Line, answer: Answered, *, announced: bool) -> HandOffFailed | _Gone:
        found = failure(answer.stage, answer.code, answer.text, secrets=self._secrets)
        found = about_the_contact(letter, found)
        if answer.code == 421:
            self._drop()
            return _Gone(found, untouched=line.phase is Phase.ENVELOPE)
        if _lost_its_way(line, answer, announced=announced):
            _one_at_a_time.add(self._server)
            self._drop()
            text = f"The mail server cannot bear to be told of the next mail early, though it says so. {found}"
            lost = TryLater(text, code=found.code, connection_lost=True)
            return _Gone(lost, untouched=answer.stage is Stage.SENDER)
        if isinstance(found, OutcomeUnknown) or (isinstance(found, TryLater) and found.connection_lost):
            if line.announced is not None and isinstance(found, OutcomeUnknown):
                _one_at_a_time.add(self._server)
            self._drop()
            return found
        if line.announced is not None:
            # It waits for the next mail already; the end of this one took all of it off the line.
            return found
        try:
            line.allow(_RESET_TIMEOUT)
            line.rset()
        except OSError:
            # The verdict on this mail stands; the next one gets a new line.
            self._drop()
        return found

    def _open(self) -> Line:
        try:
            server = read_server(self._options)
        except ConfigurationError as error:
            raise TryLater(f"{error} Nothing is sent until then.", connection_lost=True) from None
        self._secrets = (server.password,)
        return open_line(server)

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


class _Gone(Exception):
    def __init__(self, failure: HandOffFailed, *, untouched: bool) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.untouched = untouched


def _lost_its_way(line: Line, answer: Answered, *, announced: bool) -> bool:
    """Tell whether a refusal is about an envelope that came early: this mail's own, or the one behind it."""
    if answer.stage is Stage.SENDER:
        return announced and answer.code in _OUT_OF_TURN
    if answer.stage is not Stage.END or line.announced is None or answer.code not in _OUT_OF_TURN:
        return False
    # Of a mail as a whole 554 says a lot of things, mostly about the mail.
    return answer.code != 554 or _DISORDER.search(answer.text) is not None


def _broken(line: Line, *, silent: bool) -> HandOffFailed:
    what = "did not answer in time" if silent else "broke the connection"
    if line.phase is Phase.WAITING:
        text = f"The mail server {what} after it had the whole mail; it may or may not be on its way."
        if line.announced is not None:
            text += " It was told of the next mail meanwhile: should that be why, set provider_options.pipelining = no."
        return OutcomeUnknown(text)
    return TryLater(f"The mail server {what} before it had the whole mail.", connection_lost=True)
