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


def one_mail(there: Talk) -> None:
    there.greet()
    there.envelope()
    there.say(*GO_AHEAD)
    there.body()
    there.say(TAKEN)


def first_of_two(there: Talk) -> None:
    """Hear a mail, and the envelope of the next one before it is answered."""
    there.greet()
    there.envelope()
    there.say(*GO_AHEAD)
    there.body()
    there.envelope()


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
        transport.send(one, following=two)
        transport.send(two)
        transport.close()


@pytest.mark.parametrize("mode", PER_RECIPIENT)
def test_what_an_announced_recipient_meets_is_judged_as_any_other(mode: str, server: Server) -> None:
    kind, code, has_it = PER_RECIPIENT[mode]
    transport, first, trouble, fine = smtp(server.port), mail(), mail(f"anna+{mode}@shopper.example"), mail()
    transport.send(first, following=trouble)
    found = failure(transport, trouble, following=fine)
    assert (type(found), found.code) == (kind, code)
    assert getattr(found, "bad_address", False) == (mode == "550")
    transport.send(fine)
    assert (server.took(first), server.took(trouble), server.took(fine)) == (1, has_it, 1)
    transport.close()


@pytest.mark.parametrize("mode", ["451", "552"])
def test_a_mail_that_is_refused_at_its_end_does_not_hurt_the_one_behind_it(mode: str) -> None:
    with SmtpSink() as sink:
        transport, trouble, fine = smtp(sink.port), mail(f"anna+{mode}@shopper.example"), mail("ben@shopper.example")
        failure(transport, trouble, following=fine)
        transport.send(fine)
        assert [taken.recipient for taken in sink.taken] == ["ben@shopper.example"]
        assert sink.connections == 1
        transport.close()


def test_who_bought_after_being_announced_gets_nothing_and_the_next_one_their_mail() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port)
        one, bought, two = mail("anna@shopper.example"), mail("ben@shopper.example"), mail("cleo@shopper.example")
        transport.send(one, following=bought)
        transport.send(two)
        transport.send(one, following=bought)
        transport.close()
        time.sleep(0.1)
        recipients = [taken.recipient for taken in sink.taken]
    assert recipients == ["anna@shopper.example", "cleo@shopper.example", "anna@shopper.example"]


def test_a_line_that_is_gone_after_the_answer_is_opened_anew_for_the_announced_mail() -> None:
    with SmtpSink() as sink:
        transport, one, two = smtp(sink.port), mail("anna+250-reset@shopper.example"), mail()
        transport.send(one, following=two)
        transport.send(two)
        assert len(sink.taken) == sink.connections == 2
        transport.close()


def test_a_server_that_forgets_what_it_heard_early_holds_up_one_mail_and_is_not_told_again() -> None:
    def forgets(there: Talk) -> None:
        first_of_two(there)
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
        transport.send(one, following=two)
        found = failure(transport, two)
        assert isinstance(found, TryLater)
        assert found.connection_lost
        transport.send(two, following=three)
        time.sleep(0.2)
        transport.send(three)


def test_a_server_that_calls_it_disorder_gets_the_mail_over_a_new_line() -> None:
    def strict(there: Talk) -> None:
        first_of_two(there)
        there.say(TAKEN, *("503 5.5.1 not so fast",) * 3)

    with server_that(strict, one_mail) as port:
        transport, one, two = smtp(port), mail(), mail()
        transport.send(one, following=two)
        transport.send(two)
        assert road._one_at_a_time == {("127.0.0.1", str(port))}


@pytest.mark.parametrize(
    ("said", "kind"),
    [("550 5.7.1 not your domain", TryLater), ("552 5.3.4 too large", Refused), ("452 4.3.1 disk full", TryLater)],
)
def test_what_is_wrong_with_a_mail_itself_is_said_of_it_and_nothing_of_the_server(said: str, kind: type) -> None:
    def refuses(there: Talk) -> None:
        first_of_two(there)
        there.say(TAKEN, *(said,) * 3)

    with server_that(refuses) as port:
        transport, one, two = smtp(port), mail(), mail()
        transport.send(one, following=two)
        found = failure(transport, two)
        assert isinstance(found, kind)
        assert found.code.startswith(said[:9])
        assert road._one_at_a_time == set()


def leaves(there: Talk) -> None:
    """Close the line."""


def says_421(there: Talk) -> None:
    there.say("421 4.4.2 idle for too long")


@pytest.mark.parametrize("goes", [leaves, says_421])
def test_a_server_that_left_after_its_go_ahead_gets_the_mail_over_a_new_line(goes: Callable[[Talk], None]) -> None:
    """Between the two mails the gate was asked again, and the server restarted."""

    def restarts(there: Talk) -> None:
        first_of_two(there)
        there.say(TAKEN, *GO_AHEAD)
        goes(there)

    with server_that(restarts, one_mail) as port:
        transport, one, two = smtp(port), mail(), mail()
        transport.send(one, following=two)
        time.sleep(0.1)
        transport.send(two)
        assert road._one_at_a_time == set()


def hangs(there: Talk) -> None:
    time.sleep(PATIENCE * 1.5)


def calls_it_disorder(there: Talk) -> None:
    there.say("554 5.5.0 Error: SMTP protocol synchronization")


def calls_it_a_bad_sequence(there: Talk) -> None:
    there.say("503 5.5.1 bad sequence of commands")


def talks_nonsense(there: Talk) -> None:
    there.say("what?")


@pytest.mark.parametrize(
    ("stumbles", "kind"),
    [
        (leaves, OutcomeUnknown),
        (hangs, OutcomeUnknown),
        (talks_nonsense, OutcomeUnknown),
        (calls_it_disorder, TryLater),
        (calls_it_a_bad_sequence, TryLater),
    ],
)
def test_a_server_that_stumbles_before_it_answers_costs_one_mail_a_process(
    stumbles: Callable[[Talk], None], kind: type
) -> None:
    def at_first(there: Talk) -> None:
        first_of_two(there)
        stumbles(there)

    with server_that(at_first, one_mail) as port:
        transport, one, two = smtp(port), mail(), mail()
        found = failure(transport, one, following=two)
        assert type(found) is kind
        assert "early" in str(found) or "provider_options.pipelining" in str(found) or stumbles is talks_nonsense
        transport.close()
        assert road._one_at_a_time == {("127.0.0.1", str(port))}
        transport = smtp(port)
        transport.send(two, following=mail())
        transport.close()


def test_a_spam_filters_no_says_nothing_of_the_server() -> None:
    def filters(there: Talk) -> None:
        first_of_two(there)
        there.say("554 5.7.1 looks like spam", *GO_AHEAD)
        there.body()
        there.say(TAKEN)

    with server_that(filters) as port:
        transport, one, two = smtp(port), mail(), mail()
        failure(transport, one, following=two)
        transport.send(two)
        assert road._one_at_a_time == set()


def test_where_the_merchant_says_that_it_cannot_pipeline_one_thing_is_said_at_a_time() -> None:
    def one_thing_at_a_time(there: Talk) -> None:
        there.greet()
        for answer in GO_AHEAD:
            there.hear(b"\r\n")
            assert not there.heard
            there.say(answer)
        there.body()
        time.sleep(0.1)
        there.line.setblocking(False)
        with pytest.raises(BlockingIOError):
            there.line.recv(1)
        there.line.settimeout(5)
        there.say(TAKEN)

    with server_that(one_thing_at_a_time) as port:
        smtp(port, pipelining="no", timeout="5").send(mail(), following=mail())


def test_what_was_refused_slowly_is_not_tried_again_at_once_for_a_hand_over_has_to_fit_into_a_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(road, "_SOON", 0.2)

    def slowly(there: Talk) -> None:
        first_of_two(there)
        there.say(TAKEN)
        time.sleep(0.4)
        there.say(*("503 5.5.1 not so fast",) * 3)

    with server_that(slowly) as port:
        transport, one, two = smtp(port, timeout="3"), mail(), mail()
        transport.send(one, following=two)
        began = time.monotonic()
        assert isinstance(failure(transport, two), TryLater)
        assert time.monotonic() - began < 2
        transport.close()


def test_a_mail_that_cannot_be_packed_is_refused_at_its_own_turn() -> None:
    with SmtpSink() as sink:
        transport, one, broken = smtp(sink.port), mail(), mail("nobody")
        transport.send(one, following=broken)
        with pytest.raises(Refused):
            transport.send(broken)
        transport.send(mail())
        assert len(sink.taken) == 2
        assert sink.connections == 1
        transport.close()


def test_a_time_limit_that_strikes_while_the_next_is_packed_comes_with_the_yes_to_this_one(
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
        assert isinstance(transport.send(one, following=two).interruption, SoftTimeLimitExceeded)
        assert transport.send(two).interruption is None
        assert len(sink.taken) == 2
        transport.close()


def test_nothing_of_the_person_is_in_what_an_error_tracker_prints() -> None:
    shown = repr(road._pack(mail("anna@shopper.example")))
    assert "anna" not in shown
    assert "shopper.example" not in shown
