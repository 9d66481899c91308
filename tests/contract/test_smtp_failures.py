"""A real mail server, in a process of its own, failing in every way it can; and what we make of each."""

from __future__ import annotations

import datetime as dt
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from saleor_mailflow.exceptions import HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.testing.smtp_sink import SmtpSink, read_log, sink_process
from saleor_mailflow.testing.smtp_sink_talk import MODES
from tests.contract.smtp_story import PATIENCE, Server, failure, mail, smtp

Expect = tuple[type[HandOffFailed], str, bool]

#: Mode → (failure, code, whether the server has the mail in its log all the same).
PER_RECIPIENT: dict[str, Expect] = {
    "450": (TryLater, "450 4.2.1", False),
    "550": (Refused, "550 5.1.1", False),
    "relay": (TryLater, "554 5.7.1", False),
    "421-rcpt": (TryLater, "421 4.7.0", False),
    "451": (TryLater, "451 4.3.0", False),
    "552": (Refused, "552 5.3.4", False),
    "garbage": (OutcomeUnknown, "", True),
    "reset": (OutcomeUnknown, "", True),
    "hang": (OutcomeUnknown, "", True),
    "drip": (TryLater, "", False),
}


@pytest.mark.parametrize("mode", PER_RECIPIENT)
def test_what_one_recipient_meets_is_judged_right_and_the_next_is_not_held_up(mode: str, server: Server) -> None:
    kind, code, has_it = PER_RECIPIENT[mode]
    transport, trouble, fine = smtp(server.port), mail(f"anna+{mode}@shopper.example"), mail()
    began = time.monotonic()
    found = failure(transport, trouble)
    assert time.monotonic() - began < PATIENCE + 1
    assert (type(found), found.code) == (kind, code)
    assert getattr(found, "connection_lost", False) == (mode in ("421-rcpt", "drip"))
    assert getattr(found, "bad_address", False) == (mode == "550")
    assert server.took(trouble) == has_it
    transport.send(fine)
    assert server.took(fine) == 1
    transport.close()


@pytest.mark.parametrize("mode", ["450", "550", "451", "552", "hang"])
def test_the_same_without_pipelining(mode: str) -> None:
    with SmtpSink("plain") as sink:
        transport = smtp(sink.port)
        transport.send(mail())
        kind, code, _ = PER_RECIPIENT[mode]
        found = failure(transport, mail(f"anna+{mode}@shopper.example"))
        assert (type(found), found.code) == (kind, code)
        transport.send(mail())
        transport.close()


#: Mode of the whole server → (code, words that tell the merchant what to do). None of them may burn a mail.
WHOLE_SERVER = {
    "refuse": ("", "provider_options.host"),
    "421": ("421 4.3.2", "does not take mail now"),
    "mute": ("", "did not answer in time"),
    "drip": ("", "did not answer in time"),
    "535": ("535 5.7.8", "provider_options.password"),
    "454": ("454 4.7.0", "cannot check passwords now"),
    "530": ("530 5.7.0", "provider_options.password"),
    "550-sender": ("550 5.7.1", "sender_email"),
    "plain": ("", "offers no login"),
}


@pytest.mark.parametrize("mode", WHOLE_SERVER)
def test_a_server_out_of_order_or_a_wrong_password_burns_no_mail(mode: str, tmp_path: Path) -> None:
    code, words = WHOLE_SERVER[mode]
    with sink_process(mode, log=tmp_path / "log") as port:
        transport = smtp(port, username="shop", password="geheim")
        began = time.monotonic()
        found = failure(transport, mail())
        assert time.monotonic() - began < PATIENCE + 1
        assert isinstance(found, TryLater)
        assert found.connection_lost
        assert found.code == code
        assert words in str(found)
        transport.close()
    assert read_log(tmp_path / "log") == []


def test_every_mode_of_the_sink_is_tried_here() -> None:
    elsewhere = {"ok", "250-reset", "cut", "no-smtputf8"}
    assert set(MODES) == set(PER_RECIPIENT) | set(WHOLE_SERVER) | elsewhere


def test_a_line_cut_before_the_last_byte_means_that_nothing_was_taken() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port)
        found = failure(transport, mail("anna+cut@shopper.example", html="x" * 12_000_000))
        assert isinstance(found, TryLater)
        assert found.connection_lost
        assert sink.taken == []
        transport.close()


def test_one_line_serves_a_batch_and_one_that_was_closed_meanwhile_is_opened_anew() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port)
        for _ in range(20):
            transport.send(mail())
        assert sink.connections == 1
        transport.send(mail("anna+250-reset@shopper.example"))
        transport.send(mail())
        assert sink.connections == 2
        assert len({taken.uuid for taken in sink.taken}) == len(sink.taken) == 22
        transport.close()


def test_what_we_do_while_the_server_thinks_is_not_taken_for_its_silence(server: Server) -> None:
    """The next mail takes longer to compose than a server may be silent; the answer lies there meanwhile."""
    transport, one = smtp(server.port), mail()
    composed: list[OutgoingMail] = []

    def compose() -> bool:
        composed.append(one)
        time.sleep(2 * PATIENCE + 0.1)
        return False

    transport.send(mail())
    transport.send(one, meanwhile=compose)
    assert composed
    assert server.took(one) == 1
    transport.close()


def test_a_server_that_has_had_enough_of_a_line_is_asked_once_more_on_a_new_one() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port)
        transport.send(mail())
        found = failure(transport, mail("anna+421-rcpt@shopper.example"))
        assert sink.connections == 2
        assert isinstance(found, TryLater)
        transport.close()


def test_what_was_acknowledged_is_on_the_disk_though_the_server_is_killed(tmp_path: Path) -> None:
    one = mail()
    with sink_process(log=tmp_path / "log") as port:
        transport = smtp(port)
        transport.send(one)
    transport.close()
    (taken,) = read_log(tmp_path / "log")
    assert (taken.uuid, taken.recipient) == (str(one.uuid), "anna@shopper.example")
    assert abs(dt.datetime.now(dt.UTC) - taken.at) < dt.timedelta(seconds=10)


def test_what_arrives_is_what_was_written(server: Server) -> None:
    one = mail()
    transport = smtp(server.port)
    transport.send(one)
    transport.close()
    arrived = message_from_bytes((server.keep / f"{one.uuid}.eml").read_bytes(), policy=policy.default)
    assert arrived["Subject"] == "Grüße"
    assert arrived["Message-ID"] == f"<{one.uuid}@shop.example>"
    body = arrived.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == ".\n..dots\n"


def test_a_redirect_whose_mailbox_is_refused_blames_the_setting_and_not_the_contact(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_REDIRECT_TO", "catch+550@agency.example")
    transport = smtp(server.port)
    found = failure(transport, mail())
    assert isinstance(found, TryLater)
    assert "MAILFLOW_REDIRECT_TO" in str(found)
    transport.close()
