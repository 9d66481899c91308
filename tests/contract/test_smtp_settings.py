"""Settings that lead nowhere, encrypted lines, addresses outside ASCII: the merchant learns what to do."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from saleor_mailflow.exceptions import OutcomeUnknown, Refused, TryLater
from saleor_mailflow.testing.smtp_sink import SmtpSink
from tests.contract.smtp_story import Server, failure, mail, smtp


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
        mails, before = [mail() for _ in range(4)], sink.connections
        for one, following in pairwise(mails):
            transport.send(one, following=following)
        transport.send(mails[-1])
        assert [taken.uuid for taken in sink.taken] == [str(one.uuid) for one in mails]
        assert sink.connections == before + 1
        assert isinstance(failure(transport, mail("anna+hang@shopper.example")), OutcomeUnknown)
        transport.close()


def test_closing_a_line_that_hangs_takes_no_longer_than_a_goodbye() -> None:
    with SmtpSink() as sink:
        transport = smtp(sink.port, timeout="30")
        transport.send(mail())
        sink.mode = "drip"
        sink.drip_seconds = 5
        began = time.monotonic()
        transport.close()
        assert time.monotonic() - began < 3
