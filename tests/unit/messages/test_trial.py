"""A merchant tries the set-up: every answer is a sentence, and the mail cannot be taken for a real one."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from saleor_mailflow.conf import ShopSettings, read_settings
from saleor_mailflow.messages.mail import RenderedMail
from saleor_mailflow.messages.trial import STAMP, send_trial
from saleor_mailflow.testing.smtp_sink import SmtpSink

TO = "owner@shop.example"


def settings(port: int = 1, **more: str) -> ShopSettings:
    raw = {
        "sender_email": "hello@shop.example",
        "brand_name": "Der Laden <GmbH>",
        "provider": "smtp",
        "provider_options": f"host = 127.0.0.1\nport = {port}\ntimeout = 1",
    }
    return read_settings({**raw, **more})


@pytest.mark.parametrize(
    ("more", "to", "words"),
    [
        ({}, "", "the address to write to is empty"),
        ({}, "nobody", "the address to write to cannot be used"),
        ({"sender_email": ""}, TO, "sender_email is empty"),
        ({"sender_email": "hello@"}, TO, "sender_email cannot be used"),
        ({"provider": ""}, TO, "No provider is chosen"),
        ({"provider_options": ""}, TO, "smtp needs host"),
        ({}, TO, "cannot be reached"),
    ],
)
def test_what_is_wrong_is_said(more: dict[str, str], to: str, words: str) -> None:
    trial = send_trial(settings(**more), to)
    assert not trial.sent
    assert words in str(trial)
    assert trial.sentence.endswith(".")
    assert TO not in trial.sentence


def test_nothing_leaves_while_everything_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    with SmtpSink() as sink:
        assert "MAILFLOW_DISABLED" in str(send_trial(settings(sink.port), TO))
        assert sink.connections == 0


@pytest.mark.parametrize(
    ("tag", "words"),
    [("550", "was refused"), ("450", "No test mail was sent"), ("reset", "may have been sent; look in the inbox")],
)
def test_what_the_server_says_is_passed_on(tag: str, words: str) -> None:
    with SmtpSink() as sink:
        trial = send_trial(settings(sink.port), f"owner+{tag}@shop.example")
        assert not trial.sent
        assert words in trial.sentence


def test_a_test_mail_is_marked_as_one() -> None:
    with SmtpSink() as sink:
        trial = send_trial(settings(sink.port), f" {TO} ")
        assert trial.sent
        assert trial.sentence.startswith("smtp took the test mail for that address as <")
        found = message_from_bytes(sink.taken[0].raw, policy=policy.default)
    assert found["Subject"] == "[TEST] Mails of Der Laden <GmbH>"
    plain, rich = (part.get_content() for part in found.iter_parts())
    assert plain.startswith("TEST")
    assert "TEST" in rich
    assert "Der Laden &lt;GmbH&gt;" in rich
    assert "List-Unsubscribe" not in found


def test_a_caught_test_mail_says_where_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_REDIRECT_TO", "catch@agency.example")
    with SmtpSink() as sink:
        assert "MAILFLOW_REDIRECT_TO" in str(send_trial(settings(sink.port), TO))
        assert sink.taken[0].recipient == "catch@agency.example"


def test_on_the_console_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    trial = send_trial(settings(provider="console"), TO)
    assert trial.sent
    assert "sends nothing to anybody" in trial.sentence
    assert "[TEST]" in capsys.readouterr().out


def test_a_mail_that_somebody_made_is_marked_where_everybody_sees_it() -> None:
    shown = RenderedMail(subject="Hello", html='<html><body class="a"><p>Hi</p></body></html>', text="Hi")
    with SmtpSink() as sink:
        assert send_trial(settings(sink.port), TO, shown=shown).sent
        mail = message_from_bytes(sink.taken[0].raw, policy=policy.default)
    html, text = mail.get_body(("html",)).get_content(), mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "[TEST] Hello"
    assert html.index("<body") < html.index(STAMP) < html.index("<p>Hi")
    assert text.startswith(STAMP)
