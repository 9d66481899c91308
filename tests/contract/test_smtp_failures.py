"""A real mail server, in a process of its own, failing in every way it can; and what we make of each."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.messages.transport import transport_for
from saleor_mailflow.testing.smtp_sink import SmtpSink, read_log, sink_process
from saleor_mailflow.testing.smtp_sink_talk import MODES

PATIENCE = 0.4


def mail(to: str = "anna@shopper.example", *, html: str = "<p>Grüße</p>") -> OutgoingMail:
    return OutgoingMail(
        uuid=uuid4(), to_email=to, sender_email="hello@shop.example", subject="Grüße", html=html, text=".\n..dots\n"
    )


def smtp(to_port: int, /, **more: str) -> Transport:
    options = {"host": "127.0.0.1", "port": str(to_port), "timeout": str(PATIENCE), "connect_timeout": "2", **more}
    return transport_for(read_settings({"provider": "smtp", "provider_options": options}))


def failure(transport: Transport, one: OutgoingMail) -> HandOffFailed:
    with pytest.raises(HandOffFailed) as raised:
        transport.send(one)
    assert "@" not in str(raised.value)
    assert "geheim" not in str(raised.value)
    assert str(raised.value).endswith(".")
    return raised.value


@dataclass(frozen=True)
class Server:
    port: int
    log: Path
    keep: Path

    def took(self, one: OutgoingMail) -> int:
        return [taken.uuid for taken in read_log(self.log)].count(str(one.uuid))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A healthy server; what it does with a mail stands in the recipient's tag."""
    folder = tmp_path_factory.mktemp("sink")
    (folder / "mails").mkdir()
    with sink_process(log=folder / "log", keep=folder / "mails") as port:
        yield Server(port, folder / "log", folder / "mails")


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


def test_letters_outside_ascii_before_the_at_sign() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port)
        transport.send(mail("jörg@bücher.example"))
        assert sink.taken[0].recipient == "jörg@xn--bcher-kva.example"
        assert "To: jörg@xn--bcher-kva.example".encode() in sink.taken[0].raw
        transport.close()
    with SmtpSink("no-smtputf8") as sink:
        transport = smtp(sink.port)
        found = failure(transport, mail("jörg@bücher.example"))
        assert isinstance(found, Refused)
        assert not found.bad_address
        transport.send(mail("anna@bücher.example"))
        assert sink.taken[0].raw.isascii()
        transport.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "no such host"}, "not known to DNS"),
        ({"host": "x" * 70 + ".example"}, "not known to DNS"),
        ({"password": "env:MAILFLOW_NO_SUCH_SECRET", "username": "shop"}, "env:MAILFLOW_NO_SUCH_SECRET"),
        ({"password": "file:/nowhere/at/all", "username": "shop"}, "file:/nowhere/at/all"),
        ({"port": "env:MAILFLOW_TEST_PORT"}, "provider_options.port"),
        ({"password": "geheim€", "username": "shop"}, "outside ASCII"),
        ({"use_tls": "yes"}, "offers no STARTTLS"),
        ({"use_ssl": "yes"}, "No encrypted connection"),
    ],
)
def test_a_setting_that_leads_nowhere_is_named(
    options: dict[str, str], words: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_TEST_PORT", "many")
    transport = smtp(server.port, **options)
    found = failure(transport, mail())
    assert isinstance(found, TryLater)
    assert found.connection_lost
    assert words in str(found)
    transport.close()


def test_a_password_is_read_when_the_line_is_opened(server: Server, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    transport = smtp(server.port, username="shop", password=f"file:{secret}")
    assert isinstance(failure(transport, mail()), TryLater)
    secret.write_text("geheim\n")
    transport.send(mail())
    transport.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate that only its own file vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return path, context


@pytest.mark.parametrize("from_the_start", [False, True])
def test_encrypted_lines_check_who_is_there(from_the_start: bool, certificate: tuple[Path, ssl.SSLContext]) -> None:
    path, context = certificate
    secure = {"use_ssl": "yes"} if from_the_start else {"use_tls": "yes"}
    with SmtpSink(tls=context, implicit_tls=from_the_start) as sink:
        stranger = smtp(sink.port, host="localhost", **secure)
        found = failure(stranger, mail())
        assert isinstance(found, TryLater)
        assert "ca_file" in str(found)
        stranger.close()
        transport = smtp(sink.port, host="localhost", ca_file=str(path), username="shop", password="geheim", **secure)
        transport.send(mail())
        transport.send(mail())
        assert len(sink.taken) == 2
        assert isinstance(failure(transport, mail("anna+hang@shopper.example")), OutcomeUnknown)
        transport.close()


Closing = Callable[[], None]


def test_closing_a_line_that_hangs_takes_no_longer_than_a_goodbye() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port, timeout="30")
        transport.send(mail())
        sink.mode = "drip"
        sink.drip_seconds = 5
        began = time.monotonic()
        transport.close()
        assert time.monotonic() - began < 3
