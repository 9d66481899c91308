"""What a provider's bad answers mean, for every provider Anymail knows. Only the HTTP seam is replaced."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_mailflow.exceptions import OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages.mail import Transport
from tests.contract.provider_cases import TO, answer
from tests.contract.provider_story import Seam, built, failure


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
