"""The next mail's envelope leaves while the server thinks about the mail before it; nothing is the worse for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from saleor_mailflow.exceptions import OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages import smtp as road
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.testing.smtp_sink import SmtpSink
from tests.contract.smtp_story import PATIENCE, Server, failure, mail, smtp
from tests.contract.test_smtp_failures import PER_RECIPIENT


@pytest.fixture(autouse=True)
def _nothing_known_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(road, "_one_at_a_time", set())


class Talk:
    """One client's line, to a server that is told what to say."""

    def __init__(self, line: socket.socket) -> None:
        self.line, self.heard = line, b""
        line.settimeout(5)

    def hear(self, until: bytes) -> bytes:
        """Return what the client said up to and with ``until``."""
        while until not in self.heard:
            more = self.line.recv(65_536)
            if not more:
                raise ConnectionError(f"the client left without saying {until!r}")
            self.heard += more
        said, _, rest = self.heard.partition(until)
        self.heard = rest
        return said + until

    def say(self, *words: str) -> None:
        self.line.sendall("".join(f"{word}\r\n" for word in words).encode())

    def greet(self) -> None:
        self.say("220 ready")
        self.hear(b"\r\n")
        self.say("250-here", "250-SIZE", "250 PIPELINING")

    def envelope(self) -> bytes:
        return self.hear(b"DATA\r\n")

    def body(self) -> bytes:
        return self.hear(b"\r\n.\r\n")


TAKEN = "250 taken"
GO_AHEAD = ("250 sender", "250 recipient", "354 go ahead")


@contextmanager
def server_that(*lines: Callable[[Talk], object]) -> Iterator[int]:
    """Run a server that serves each new line by the next of ``lines``; yield its port, and raise what went wrong."""
    wrong: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(5)

        def serve() -> None:
            try:
                for talk in lines:
                    line, _ = door.accept()
                    with line:
                        talk(Talk(line))
            except BaseException as error:  # noqa: BLE001 - told to the test
                wrong.append(error)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        thread.join(10)
    assert not wrong, wrong


def test_a_mail_takes_one_round_trip_because_the_server_knows_who_is_next() -> None:
    def talk(there: Talk) -> None:
        there.greet()
        assert b"RCPT TO:<anna@shopper.example>" in there.envelope()
        there.say(*GO_AHEAD)
        there.body()
        # Before this one is answered.
        assert b"RCPT TO:<ben@shopper.example>" in there.envelope()
        assert not there.heard, "of the mail itself nothing has left"
        there.say(TAKEN, *GO_AHEAD)
        assert b"ben@shopper.example" in there.body()
        there.say(TAKEN)
        assert there.hear(b"\r\n").upper() == b"QUIT\r\n"
        there.say("221 bye")

    with server_that(talk) as port:
        transport, one, two = smtp(port, timeout="5"), mail("anna@shopper.example"), mail("ben@shopper.example")
        transport.expect(two)
        transport.send(one)
        transport.send(two)
        transport.close()


@pytest.mark.parametrize("mode", PER_RECIPIENT)
def test_what_an_announced_recipient_meets_is_judged_as_any_other(mode: str, server: Server) -> None:
    kind, code, has_it = PER_RECIPIENT[mode]
    transport, first, trouble, fine = smtp(server.port), mail(), mail(f"anna+{mode}@shopper.example"), mail()
    transport.expect(trouble)
    transport.send(first)
    transport.expect(fine)
    found = failure(transport, trouble)
    assert (type(found), found.code) == (kind, code)
    assert getattr(found, "bad_address", False) == (mode == "550")
    transport.send(fine)
    assert (server.took(first), server.took(trouble), server.took(fine)) == (1, has_it, 1)
    transport.close()


@pytest.mark.parametrize("mode", ["451", "552"])
def test_a_mail_that_is_refused_at_its_end_does_not_hurt_the_one_behind_it(mode: str) -> None:
    with SmtpSink() as sink:
        transport, trouble, fine = smtp(sink.port), mail(f"anna+{mode}@shopper.example"), mail("ben@shopper.example")
        transport.expect(fine)
        failure(transport, trouble)
        transport.send(fine)
        assert [taken.recipient for taken in sink.taken] == ["ben@shopper.example"]
        assert sink.connections == 1
        transport.close()


def test_what_was_expected_of_a_mail_that_came_to_nothing_is_not_announced_behind_the_next() -> None:
    with SmtpSink() as sink:
        transport, one = smtp(sink.port), mail()
        transport.expect(one)
        failure(transport, mail("anna+550@shopper.example"))
        transport.send(one)
        transport.send(mail())
        assert (len(sink.taken), sink.connections) == (2, 1)
        transport.close()


def test_who_bought_after_being_announced_gets_nothing_and_the_next_one_their_mail() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port)
        one, bought, two = mail("anna@shopper.example"), mail("ben@shopper.example"), mail("cleo@shopper.example")
        transport.expect(bought)
        transport.send(one)
        transport.send(two)
        transport.expect(bought)
        transport.send(one)
        transport.close()
        time.sleep(0.1)
        recipients = [taken.recipient for taken in sink.taken]
    assert recipients == ["anna@shopper.example", "cleo@shopper.example", "anna@shopper.example"]


def test_a_line_that_is_gone_after_the_answer_is_opened_anew_for_the_announced_mail() -> None:
    with SmtpSink() as sink:
        transport, one, two = smtp(sink.port), mail("anna+250-reset@shopper.example"), mail()
        transport.expect(two)
        transport.send(one)
        transport.send(two)
        assert len(sink.taken) == sink.connections == 2
        transport.close()


def one_mail(there: Talk) -> None:
    there.greet()
    there.envelope()
    there.say(*GO_AHEAD)
    there.body()
    there.say(TAKEN)


def test_a_server_that_forgets_what_it_heard_early_holds_up_one_mail_and_is_not_told_again() -> None:
    def forgets(there: Talk) -> None:
        there.greet()
        there.envelope()
        there.say(*GO_AHEAD)
        there.body()
        there.envelope()
        there.say(TAKEN)
        time.sleep(PATIENCE * 1.5)

    def two_mails(there: Talk) -> None:
        one_mail(there)
        there.line.settimeout(0.1)
        with pytest.raises(TimeoutError):
            there.line.recv(1)
        there.line.settimeout(5)
        there.envelope()
        there.say(*GO_AHEAD)
        there.body()
        there.say(TAKEN)

    with server_that(forgets, two_mails) as port:
        transport, one, two, three = smtp(port), mail(), mail(), mail()
        transport.expect(two)
        transport.send(one)
        found = failure(transport, two)
        assert isinstance(found, TryLater)
        assert found.connection_lost
        transport.expect(three)
        transport.send(two)
        time.sleep(0.2)
        transport.send(three)


def test_a_server_that_calls_it_disorder_gets_the_mail_over_a_new_line() -> None:
    def strict(there: Talk) -> None:
        there.greet()
        there.envelope()
        there.say(*GO_AHEAD)
        there.body()
        there.envelope()
        there.say(TAKEN, *("503 5.5.1 not so fast",) * 3)

    with server_that(strict, one_mail) as port:
        transport, one, two = smtp(port), mail(), mail()
        transport.expect(two)
        transport.send(one)
        transport.send(two)
        assert road._one_at_a_time == {("127.0.0.1", str(port))}


def test_a_sender_that_is_refused_early_and_late_is_refused() -> None:
    def refuses(there: Talk) -> None:
        there.greet()
        there.envelope()
        there.say(*GO_AHEAD)
        there.body()
        there.envelope()
        there.say(TAKEN, *("550 5.7.1 not your domain",) * 3)

    def still(there: Talk) -> None:
        there.greet()
        there.envelope()
        there.say(*("550 5.7.1 not your domain",) * 3)

    with server_that(refuses, still) as port:
        transport, one, two = smtp(port), mail(), mail()
        transport.expect(two)
        transport.send(one)
        found = failure(transport, two)
        assert isinstance(found, TryLater)
        assert found.code == "550 5.7.1"


def test_a_line_that_breaks_after_the_announcement_leaves_the_mail_before_it_unknown_and_the_next_untouched() -> None:
    def dies(there: Talk) -> None:
        there.greet()
        there.envelope()
        there.say(*GO_AHEAD)
        there.body()
        there.envelope()

    with server_that(dies, one_mail) as port:
        transport, one, two = smtp(port), mail(), mail()
        transport.expect(two)
        assert isinstance(failure(transport, one), OutcomeUnknown)
        transport.send(two)


def test_a_mail_that_cannot_be_packed_is_refused_at_its_own_turn() -> None:
    with SmtpSink() as sink:
        transport, one, broken = smtp(sink.port), mail(), mail("nobody")
        transport.expect(broken)
        transport.send(one)
        with pytest.raises(Refused):
            transport.send(broken)
        transport.send(mail())
        assert len(sink.taken) == 2
        assert sink.connections == 1
        transport.close()


def test_a_time_limit_that_strikes_while_the_next_is_packed_is_heard_at_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class SoftTimeLimitExceeded(Exception):
        pass

    pack = road._pack
    turns: list[OutgoingMail] = []

    def struck(one: OutgoingMail) -> object:
        turns.append(one)
        if len(turns) == 2:
            raise SoftTimeLimitExceeded
        return pack(one)

    monkeypatch.setattr(road, "_pack", struck)
    with SmtpSink() as sink:
        transport, one, two = smtp(sink.port), mail(), mail()
        transport.expect(two)
        transport.send(one)
        assert len(sink.taken) == 1
        with pytest.raises(SoftTimeLimitExceeded):
            transport.send(two)
        assert len(sink.taken) == 1
        transport.close()
