"""Building every provider from our settings, and lines that break; the HTTP seam is the only thing replaced."""

from __future__ import annotations

import ssl
from typing import Any

import anymail.signals
import pytest
import requests
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import ConfigurationError, HandOffFailed, OutcomeUnknown, TryLater
from saleor_mailflow.messages.mail import Transport
from saleor_mailflow.messages.providers import PROVIDERS
from saleor_mailflow.messages.transport import transport_for
from tests.contract.provider_cases import CASES, SHIPPED, answer
from tests.contract.provider_story import Seam, built, failure, mail


def test_every_backend_that_anymail_ships_is_in_the_table() -> None:
    helpers = {"base", "base_requests", "console", "test", "sendinblue"}
    assert SHIPPED - helpers <= set(PROVIDERS)
    assert set(CASES) == (set(PROVIDERS) & SHIPPED) - {"amazon_ses"}


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_field_of_the_table_is_one_that_the_backend_takes(name: str, seam: Seam) -> None:
    case, table = CASES[name], PROVIDERS[name]
    more = {field: "https://own.example/v9" if field == "api_url" else "7" for field in table.optional}
    found = built(name, **more, timeout="3", connect_timeout="2")
    seam(answer(case.status, case.good, case.headers))
    found.send(mail())
    backend = found._backend
    assert backend.timeout == (2.0, 3.0)
    for field in (*table.required, *table.optional):
        kept = str(getattr(backend, field, "kept elsewhere"))
        assert kept.rstrip("/") == {**case.fields, **more}[field] or kept == "kept elsewhere"


CONNECTION = HTTPSConnection("api.provider.example")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.exceptions.ConnectTimeout("connect timed out"), TryLater),
        (
            requests.exceptions.ConnectionError(
                MaxRetryError(None, "/", NewConnectionError(CONNECTION, "Name or service not known"))
            ),
            TryLater,
        ),
        (
            requests.exceptions.SSLError(MaxRetryError(None, "/", ssl.SSLCertVerificationError("expired"))),
            TryLater,
        ),
        (requests.exceptions.InvalidURL("no host"), TryLater),
        (requests.exceptions.MissingSchema("no scheme"), TryLater),
        (requests.exceptions.InvalidHeader("k-secret\n"), TryLater),
        (requests.exceptions.ProxyError("proxy down"), TryLater),
        (requests.exceptions.ReadTimeout("read timed out"), OutcomeUnknown),
        (requests.exceptions.ConnectionError(ProtocolError("Connection aborted.")), OutcomeUnknown),
        (requests.exceptions.SSLError(MaxRetryError(None, "/", ssl.SSLEOFError("EOF"))), OutcomeUnknown),
        (requests.exceptions.ChunkedEncodingError("cut short"), OutcomeUnknown),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_a_line_that_breaks_is_judged_by_what_had_left(
    error: Exception, kind: type[HandOffFailed], transport: Transport, seam: Seam
) -> None:
    seam(error)
    found = failure(transport)
    assert isinstance(found, kind)
    assert not isinstance(found, TryLater) or found.connection_lost


def test_after_a_broken_line_the_next_mail_gets_a_new_session(transport: Transport, seam: Seam) -> None:
    case = CASES[transport.provider]
    seam(requests.exceptions.ReadTimeout("hangs"))
    failure(transport)
    seam(answer(case.status, case.good, case.headers))
    transport.send(mail())


def test_one_session_serves_a_batch(seam: Seam) -> None:
    found = built("resend")
    seam(answer(200, {"id": "1"}))
    found.send(mail())
    session = found._backend.session
    found.send(mail())
    assert found._backend.session is session
    found.close()


def test_a_secret_is_looked_up_when_the_mail_goes(monkeypatch: pytest.MonkeyPatch, seam: Seam) -> None:
    found = transport_for(read_settings({"provider": "resend", "provider_options": "api_key = env:RESEND_KEY_IN_TEST"}))
    seam(answer(200, {"id": "1"}))
    with pytest.raises(TryLater, match="env:RESEND_KEY_IN_TEST") as later:
        found.send(mail())
    assert later.value.connection_lost
    monkeypatch.setenv("RESEND_KEY_IN_TEST", "k-secret")
    assert found.send(mail()).message_id == "1"
    found.close()


def test_a_receiver_of_the_host_that_fails_after_the_hand_over_loses_no_outcome(seam: Seam) -> None:
    def broken(sender: Any, **_: Any) -> None:
        raise ZeroDivisionError

    anymail.signals.post_send.connect(broken)
    try:
        seam(answer(200, {"id": "1"}))
        assert built("resend").send(mail()).message_id == "1"
        seam(answer(500, "oops"))
        assert isinstance(failure(built("resend")), OutcomeUnknown)
    finally:
        anymail.signals.post_send.disconnect(broken)


def test_a_receiver_of_the_host_that_fails_before_it_burns_no_mail(seam: Seam) -> None:
    def broken(sender: Any, **_: Any) -> None:
        raise ZeroDivisionError

    anymail.signals.pre_send.connect(broken)
    try:
        seam(answer(200, {"id": "1"}))
        assert isinstance(failure(built("resend")), TryLater)
    finally:
        anymail.signals.pre_send.disconnect(broken)


def test_the_hosts_anymail_settings_cannot_print_our_requests(settings: Any, seam: Seam) -> None:
    settings.ANYMAIL = {"DEBUG_API_REQUESTS": True, "SEND_DEFAULTS": {"tags": ["theirs"]}, "IGNORE_RECIPIENT_STATUS": 1}
    seam(answer(200, {"id": "1"}))
    found = built("resend")
    found.send(mail())
    backend = found._backend
    assert not backend.debug_api_requests
    assert not backend.ignore_recipient_status
    assert backend.send_defaults == {}
    found.close()


def test_a_missing_package_names_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    monkeypatch.delitem(__import__("sys").modules, "anymail.backends.amazon_ses", raising=False)
    with pytest.raises(ConfigurationError, match=r'pip install "django-anymail\[amazon-ses\]"') as wrong:
        transport_for(read_settings({"provider": "Amazon SES"}))
    assert wrong.value.key == "provider"
