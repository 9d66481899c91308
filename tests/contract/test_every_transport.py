"""One story for every way out: what must never leave, what leaves, and that only our own failures are raised."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import Refused, TryLater
from saleor_mailflow.messages.console import ConsoleTransport
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.messages.providers import PROVIDERS
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.testing.smtp_sink import SmtpSink
from tests.contract.provider_cases import CASES, TO, answer

MAIL = OutgoingMail(
    uuid=UUID("0b7e6c9a-3f44-4d1e-9a52-6f2f6a0c1d11"),
    to_email=TO,
    to_name='Änne "Q", Müller',
    sender_email="hello@shop.example",
    sender_name="Der Laden, GmbH",
    reply_to="help@shop.example",
    subject="Ihr Warenkorb wartet – 3 Artikel",
    html="<p>Grüße</p>",
    text="Grüße\n",
    headers={"List-Unsubscribe": "<https://shop.example/u/abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)


@dataclass
class Way:
    """A transport, and how to see what left through it."""

    transport: Transport
    left: Callable[[], list[str]]


@pytest.fixture
def over_smtp() -> Iterator[Way]:
    with SmtpSink() as sink:
        options = f"host = 127.0.0.1\nport = {sink.port}\nsink = yes\ntimeout = 2"
        transport = transport_for(read_settings({"provider": "smtp", "provider_options": options}))
        yield Way(transport, lambda: [mail.recipient + mail.raw.decode() for mail in sink.taken])
        transport.close()


@pytest.fixture
def on_console() -> Iterator[Way]:
    stream = io.StringIO()
    return Way(ConsoleTransport(stream), lambda: [part for part in stream.getvalue().split("-" * 72 + "\n") if part])


@pytest.fixture(params=sorted(CASES))
def by_provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    case = CASES[request.param]
    asked: list[dict[str, Any]] = []

    def take(_: requests.Session, **arguments: Any) -> requests.Response:
        asked.append(arguments)
        return answer(case.status, case.good, case.headers)

    monkeypatch.setattr(requests.Session, "request", take)
    transport = transport_for(read_settings({"provider": request.param, "provider_options": case.fields}))
    yield Way(transport, lambda: [f"{one['headers']} {one['data']}" for one in asked])
    transport.close()


class Story:
    """The story itself; each class below tells it of another way out."""

    def test_a_broken_address_is_refused_for_good_and_nothing_leaves(self, way: Way) -> None:
        for address in ("", "nobody", "a@b@c.example", "a@shopper.example\r\nBcc: x@evil.example", "a b@c.example"):
            with pytest.raises(Refused) as refused:
                way.transport.send(replace(MAIL, to_email=address))
            assert refused.value.bad_address
            assert "evil" not in str(refused.value)
        assert way.left() == []

    def test_a_broken_sender_is_a_setting_and_burns_no_mail(self, way: Way) -> None:
        with pytest.raises(TryLater, match="sender_email") as later:
            way.transport.send(replace(MAIL, sender_email="not an address"))
        assert later.value.connection_lost
        assert way.left() == []

    def test_a_header_that_is_not_ours_to_set_is_refused(self, way: Way) -> None:
        for headers in ({"Bcc": "x@evil.example"}, {"X-A": "b\r\nBcc: x@evil.example"}, {"X-A: b\r\nBcc": "x"}):
            with pytest.raises(Refused):
                way.transport.send(replace(MAIL, headers=headers))
        assert way.left() == []

    def test_names_and_subjects_cannot_become_headers(self, way: Way) -> None:
        nasty = "Ada\r\nBcc: x@evil.example\x00\u202e"
        way.transport.send(replace(MAIL, to_name=nasty, sender_name=nasty, subject=nasty))
        (left,) = way.left()
        assert "\nBcc:" not in left
        assert "\\nBcc" not in left
        assert "\x00" not in left

    def test_a_redirect_catches_everything_and_names_nobody(self, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAILFLOW_REDIRECT_TO", "catch@agency.example")
        way.transport.send(MAIL)
        (left,) = way.left()
        assert "catch@agency.example" in left
        assert "anna" not in left
        assert "Müller" not in left
        assert "somebody at shopper.example" in left

    def test_a_broken_redirect_lets_nothing_out(self, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAILFLOW_REDIRECT_TO", "catch@")
        with pytest.raises(TryLater, match="MAILFLOW_REDIRECT_TO"):
            way.transport.send(MAIL)
        assert way.left() == []

    def test_two_mails_go_and_carry_their_ids(self, way: Way) -> None:
        second = replace(MAIL, uuid=uuid4())
        taken = [way.transport.send(MAIL), way.transport.send(second)]
        assert [one.provider for one in taken] == [way.transport.provider] * 2
        for mail, left in zip((MAIL, second), way.left(), strict=True):
            assert str(mail.uuid) in left
            assert "List-Unsubscribe" in left
            assert TO in left

    def test_closing_twice_is_fine(self, way: Way) -> None:
        way.transport.send(MAIL)
        way.transport.close()
        way.transport.close()


class TestSmtp(Story):
    @pytest.fixture
    def way(self, over_smtp: Way) -> Way:
        return over_smtp

    def test_it_is_harmless_only_as_a_sink_on_this_machine(self, way: Way) -> None:
        assert way.transport.harmless
        for options in ("host = 127.0.0.1", "host = mail.shop.example\nsink = yes", "host = env:HOST\nsink = yes"):
            assert not transport_for(read_settings({"provider": "smtp", "provider_options": options})).harmless

    def test_the_id_is_our_message_id(self, way: Way) -> None:
        assert way.transport.send(MAIL).message_id == f"<{MAIL.uuid}@shop.example>"


class TestConsole(Story):
    @pytest.fixture
    def way(self, on_console: Way) -> Way:
        return on_console

    def test_it_is_harmless(self, way: Way) -> None:
        assert way.transport.harmless


class TestProviders(Story):
    @pytest.fixture
    def way(self, by_provider: Way) -> Way:
        return by_provider

    def test_the_providers_id_is_kept(self, way: Way) -> None:
        expected = CASES[way.transport.provider].message_id
        found = way.transport.send(MAIL).message_id
        assert found == expected if expected else found

    def test_only_resend_and_brevo_drop_repeats_and_they_get_the_key(self, way: Way) -> None:
        way.transport.send(MAIL)
        (left,) = way.left()
        assert way.transport.deduplicates == (way.transport.provider in ("resend", "brevo"))
        assert ("idempotency" in left.lower()) == way.transport.deduplicates
        assert not way.transport.harmless

    def test_our_id_comes_back_in_the_providers_webhooks(self, way: Way) -> None:
        way.transport.send(MAIL)
        (left,) = way.left()
        assert ("mailflow_id" in left) == PROVIDERS[way.transport.provider].metadata
        assert left.count(str(MAIL.uuid)) >= 2
