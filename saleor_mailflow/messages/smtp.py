"""The road over SMTP: our own bytes over one connection for a micro-batch.

How a hand-over can fail, and who is hurt: the server cannot be reached or refuses the login (nobody, the batch waits),
it refuses or puts off one recipient (that one), it is gone before the last byte (nobody, the mail goes again), it is
gone after the last byte (perhaps a second mail to the recipient, so it is not repeated). ``Line.phase`` tells which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from saleor_mailflow.exceptions import ConfigurationError, HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.letter import Letter, about_the_contact, prepare
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.messages.mime import build
from saleor_mailflow.messages.options import Options, says_yes
from saleor_mailflow.messages.smtp_line import Answered, Line, Phase
from saleor_mailflow.messages.smtp_replies import failure
from saleor_mailflow.messages.smtp_server import is_loopback, open_line, read_server

#: Seconds a polite goodbye may take.
_QUIT_TIMEOUT = 2.0


class SmtpTransport:
    """Hands mails to a mail server. Opens at the first mail; a line that broke between two mails is opened anew."""

    deduplicates = False

    def __init__(self, raw_options: Mapping[str, str]) -> None:
        self.provider = "smtp"
        self._options = Options(raw_options)
        host = self._options.raw("host")
        self.harmless = is_loopback(host) and says_yes(self._options.raw("sink"))
        self._line: Line | None = None
        self._secrets: tuple[str, ...] = ()

    def send(self, mail: OutgoingMail, *, meanwhile: Callable[[], bool] | None = None) -> Accepted:
        """Hand one mail over; see ``Transport``. The id returned is our own Message-ID: SMTP gives none."""
        letter = prepare(mail)
        data = build(letter, at=datetime.now(UTC))
        reused = self._line is not None
        try:
            return self._hand_over(letter, data, meanwhile)
        except _Gone as gone:
            # The server may close a line that idled or carried enough mails. Nothing of this mail had left.
            if not (reused and gone.untouched):
                raise gone.failure from None
        try:
            return self._hand_over(letter, data, meanwhile)
        except _Gone as gone:
            raise gone.failure from None

    def close(self) -> None:
        """Say goodbye, briefly, and close. Never raises."""
        line, self._line = self._line, None
        if line is None:
            return
        try:
            line.allow(_QUIT_TIMEOUT)
            line.quit()
        except OSError:
            line.close()

    def _hand_over(self, letter: Letter, data: bytes, meanwhile: Callable[[], bool] | None) -> Accepted:
        line = self._line = self._line or self._open()
        if letter.needs_utf8 and not line.has_extn("smtputf8"):
            text = "Not sent: an address has letters outside ASCII before its at sign, which needs a mail server with"
            raise Refused(f"{text} SMTPUTF8; this one has none.")
        try:
            line.deliver(letter.sender.email, letter.to.email, data, utf8=letter.needs_utf8, meanwhile=meanwhile)
        except Answered as answer:
            raise self._judge(letter, line, answer) from None
        except OSError as error:
            self._drop()
            silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            # A silent server would be as silent on a new line.
            untouched = line.phase is Phase.ENVELOPE and not silent
            raise _Gone(_broken(line.phase, silent=silent), untouched=untouched) from None
        return Accepted(provider=self.provider, message_id=letter.message_id)

    def _judge(self, letter: Letter, line: Line, answer: Answered) -> Exception:
        found = failure(answer.stage, answer.code, answer.text, secrets=self._secrets)
        found = about_the_contact(letter, found)
        if answer.code == 421:
            self._drop()
            return _Gone(found, untouched=line.phase is Phase.ENVELOPE)
        if isinstance(found, OutcomeUnknown) or (isinstance(found, TryLater) and found.connection_lost):
            self._drop()
            return found
        try:
            line.allow(line.read_timeout)
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


def _broken(phase: Phase, *, silent: bool) -> HandOffFailed:
    what = "did not answer in time" if silent else "broke the connection"
    if phase is Phase.WAITING:
        return OutcomeUnknown(f"The mail server {what} after it had the whole mail; it may or may not be on its way.")
    return TryLater(f"The mail server {what} before it had the whole mail.", connection_lost=True)
