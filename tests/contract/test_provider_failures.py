"""What a provider's bad answers mean, for every provider Anymail knows. The HTTP seam is the only thing replaced."""

from __future__ import annotations

import pkgutil
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import anymail.backends
import anymail.signals
import pytest
import requests
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import ConfigurationError, HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.mail import OutgoingMail, Transport
from saleor_mailflow.messages.providers import PROVIDERS
from saleor_mailflow.messages.transport import transport_for
from tests.contract.providers_answers import CASES, TO, answer

Seam = Callable[[Any], None]


def mail() -> OutgoingMail:
    return OutgoingMail(
        uuid=uuid4(), to_email=TO, sender_email="hello@shop.example", subject="Hi", html="<p>Hi</p>", text="Hi"
    )


@pytest.fixture
def seam(monkeypatch: pytest.MonkeyPatch) -> Seam:
    """Lets the next requests be answered, or fail, as given."""

    def give(what: Any) -> None:
        def request(_: requests.Session, **arguments: Any) -> requests.Response:
            if isinstance(what, Exception):
                raise what
            return what

        monkeypatch.setattr(requests.Session, "request", request)

    return give


def built(name: str, **more: str) -> Transport:
    return transport_for(read_settings({"provider": name, "provider_options": {**CASES[name].fields, **more}}))


@pytest.fixture(params=sorted(CASES))
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    found = built(request.param)
    yield found
    found.close()


def failure(transport: Transport) -> HandOffFailed:
    with pytest.raises(HandOffFailed) as raised:
        transport.send(mail())
    assert TO not in str(raised.value)
    assert "k-secret" not in str(raised.value)
    assert str(raised.value).endswith(".")
    return raised.value


def test_every_backend_that_anymail_ships_is_in_the_table() -> None:
    shipped = {module.name for module in pkgutil.iter_modules(anymail.backends.__path__)}
    helpers = {"base", "base_requests", "console", "test", "sendinblue"}
    assert shipped - helpers <= set(PROVIDERS)
    assert set(CASES) == set(PROVIDERS) - {"amazon_ses"}


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_field_of_the_table_is_one_that_the_backend_takes(name: str, seam: Seam) -> None:
    case, table = CASES[name], PROVIDERS[name]
    more = {field: "https://own.example/v9" if field == "api_url" else "7" for field in table.optional}
    found = built(name, **more, timeout="3", connect_timeout="2")
    seam(answer(case.status, case.good, case.headers))
    found.send(mail())
    backend = found._backend  # type: ignore[attr-defined]
    assert backend.timeout == (2.0, 3.0)
    for field in (*table.required, *table.optional):
        kept = str(getattr(backend, field, "kept elsewhere"))
        assert kept.rstrip("/") == {**case.fields, **more}[field] or kept == "kept elsewhere"


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_burns_no_mail(status: int, transport: Transport, seam: Seam) -> None:
    seam(answer(status, {"message": f"Unauthorized k-secret {TO}", "status": "error", "ErrorCode": 10, "Message": "x"}))
    found = failure(transport)
    assert isinstance(found, TryLater)
    assert found.connection_lost
    assert "provider_options." in str(found)


@pytest.mark.parametrize("status", [429, 503])
def test_too_fast_or_out_of_order_lets_the_batch_wait(status: int, transport: Transport, seam: Seam) -> None:
    seam(answer(status, "slow down", {"Content-Type": "text/plain"}))
    found = failure(transport)
    assert isinstance(found, TryLater)
    assert (found.connection_lost, found.code) == (True, str(status))


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_provider_that_fails_with_the_mail_in_hand_may_have_sent_it(
    status: int, transport: Transport, seam: Seam
) -> None:
    seam(answer(status, "<html>oops</html>", {"Content-Type": "text/html"}))
    assert isinstance(failure(transport), OutcomeUnknown)


@pytest.mark.parametrize(
    "body",
    ["<html>Welcome to the hotel WiFi</html>", "null", "[]", "{}", '"ok"', "{", '{"id": null}', '[{"status": 1}]'],
)
def test_nonsense_with_200_is_never_called_sent(body: str, transport: Transport, seam: Seam) -> None:
    seam(answer(200, body, {"Content-Type": "text/html" if body.startswith("<") else "application/json"}))
    found = failure(transport)
    assert isinstance(found, OutcomeUnknown), found


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("mailgun", 400, {"message": "'to' parameter is not a valid address. please check documentation"}),
        ("postmark", 422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{TO}'."}),
        (
            "resend",
            422,
            {"name": "validation_error", "message": "Invalid `to` field. The email address needs to follow"},
        ),
        ("brevo", 400, {"code": "invalid_parameter", "message": "email is not valid in to"}),
        (
            "sendgrid",
            400,
            {"errors": [{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}]},
        ),
        ("sparkpost", 422, {"errors": [{"message": "invalid recipient address", "code": "5002"}]}),
        (
            "mailersend",
            422,
            {
                "message": "The given data was invalid.",
                "errors": {"to.0.email": ["The to.0.email must be a valid email"]},
            },
        ),
        ("mandrill", 200, [{"email": TO, "status": "invalid", "reject_reason": None}]),
        ("unisender_go", 200, {"status": "success", "job_id": "j", "emails": [], "failed_emails": {TO: "invalid"}}),
    ],
)
def test_a_bad_recipient_is_refused_and_the_address_is_to_blame(name: str, status: int, body: Any, seam: Seam) -> None:
    seam(answer(status, body))
    found = failure(built(name))
    assert isinstance(found, Refused)
    assert found.bad_address


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("postmark", 422, {"ErrorCode": 406, "Message": f"Found inactive addresses: {TO}. Inactive recipients are x"}),
        ("mandrill", 200, [{"email": TO, "status": "rejected", "reject_reason": "unsub", "_id": "1"}]),
        ("resend", 413, {"message": "too large"}),
        ("mailgun", 400, {"message": "Message body is too large"}),
        ("postal", 200, {"status": "parameter-error", "data": {"message": "plain_body has no such form"}}),
        ("mandrill", 500, {"status": "error", "code": -2, "name": "ValidationError", "message": "html is too long"}),
        ("mailjet", 400, {"Messages": [{"Status": "error", "Errors": [{"ErrorMessage": "HTMLPart is too large"}]}]}),
    ],
)
def test_a_refusal_that_is_not_about_the_address_suppresses_nobody(
    name: str, status: int, body: Any, seam: Seam
) -> None:
    seam(answer(status, body))
    found = failure(built(name))
    assert isinstance(found, Refused)
    assert not found.bad_address


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("mandrill", 500, {"status": "error", "code": -1, "name": "Invalid_Key", "message": "Invalid API key"}),
        ("postal", 200, {"status": "error", "data": {"code": "InvalidServerAPIKey", "message": "The API token"}}),
        ("postal", 200, {"status": "error", "data": {"message": "The From address is not authorised to send mail"}}),
        (
            "postmark",
            422,
            {"ErrorCode": 400, "Message": "The 'From' address is not a Sender Signature on your account"},
        ),
        ("mailgun", 404, {"message": "Domain not found: shop.example"}),
        ("mailersend", 422, {"message": "The from.email domain must be verified in your account to send emails."}),
        ("sparkpost", 400, {"errors": [{"message": "Unconfigured Sending Domain <shop.example>", "code": "7001"}]}),
        ("brevo", 402, {"code": "not_enough_credits", "message": "no more credit"}),
        ("sparkpost", 420, {"errors": [{"message": "Exceed Sending Limit"}]}),
        ("mailgun", 200, "Mailgun Magnificent API"),
    ],
)
def test_trouble_with_the_account_burns_no_mail(name: str, status: int, body: Any, seam: Seam) -> None:
    seam(answer(status, body))
    assert isinstance(failure(built(name)), TryLater)


def test_a_key_seen_before_means_that_the_mail_was_handed_over_before(seam: Seam) -> None:
    seam(answer(409, {"name": "invalid_idempotent_request", "message": "This key was used with another body"}))
    assert isinstance(failure(built("resend")), OutcomeUnknown)


CONNECTION = HTTPSConnection("api.provider.example")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.exceptions.ConnectTimeout("connect timed out"), TryLater),
        (
            requests.exceptions.ConnectionError(
                MaxRetryError(None, "/", NewConnectionError(CONNECTION, "Name or service not known"))  # type: ignore[arg-type]
            ),
            TryLater,
        ),
        (
            requests.exceptions.SSLError(MaxRetryError(None, "/", ssl.SSLCertVerificationError("expired"))),  # type: ignore[arg-type]
            TryLater,
        ),
        (requests.exceptions.InvalidURL("no host"), TryLater),
        (requests.exceptions.MissingSchema("no scheme"), TryLater),
        (requests.exceptions.InvalidHeader("k-secret\n"), TryLater),
        (requests.exceptions.ProxyError("proxy down"), TryLater),
        (requests.exceptions.ReadTimeout("read timed out"), OutcomeUnknown),
        (requests.exceptions.ConnectionError(ProtocolError("Connection aborted.")), OutcomeUnknown),
        (requests.exceptions.SSLError(MaxRetryError(None, "/", ssl.SSLEOFError("EOF"))), OutcomeUnknown),  # type: ignore[arg-type]
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
    session = found._backend.session  # type: ignore[attr-defined]
    found.send(mail())
    assert found._backend.session is session  # type: ignore[attr-defined]
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
    backend = found._backend  # type: ignore[attr-defined]
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
