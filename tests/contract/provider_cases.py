"""What each provider answers when it takes a mail, from its own documentation, and what to set to use it."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import dataclass, field
from typing import Any

import anymail.backends
import requests

TO = "anna@shopper.example"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One provider: its settings, its good answer, and the id that answer gives."""

    fields: dict[str, str]
    good: Any
    message_id: str | None = "id-1"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


#: The backends that the installed Anymail has; 13 knows no Mailtrap yet.
SHIPPED = {module.name for module in pkgutil.iter_modules(anymail.backends.__path__)}

_ALL: dict[str, Case] = {
    "brevo": Case(fields={"api_key": "k-secret"}, good={"messageId": "id-1"}, status=201),
    "mailersend": Case(
        fields={"api_token": "k-secret"},
        good="",
        status=202,
        headers={"X-Message-Id": "id-1", "Content-Type": "text/html"},
    ),
    "mailgun": Case(
        fields={"api_key": "k-secret", "sender_domain": "shop.example"},
        good={"id": "id-1", "message": "Queued. Thank you."},
    ),
    "mailjet": Case(
        fields={"api_key": "k-secret", "secret_key": "s-secret"},
        good={"Messages": [{"Status": "success", "To": [{"Email": TO, "MessageID": 17}]}]},
        message_id="17",
    ),
    "mailtrap": Case(fields={"api_token": "k-secret"}, good={"success": True, "message_ids": ["id-1"]}),
    "mandrill": Case(fields={"api_key": "k-secret"}, good=[{"email": TO, "status": "queued", "_id": "id-1"}]),
    "postal": Case(
        fields={"api_key": "k-secret", "api_url": "https://postal.example"},
        good={"status": "success", "data": {"messages": {TO: {"id": "id-1", "token": "t"}}}},
    ),
    "postmark": Case(
        fields={"server_token": "k-secret"},
        good={"ErrorCode": 0, "Message": "OK", "MessageID": "id-1", "To": TO, "SubmittedAt": "2026-11-20T00:00:00Z"},
    ),
    "resend": Case(fields={"api_key": "k-secret"}, good={"id": "id-1"}),
    "scaleway": Case(
        fields={"secret_key": "k-secret", "project_id": "p-1"},
        good={"emails": [{"mail_rcpt": TO, "id": "id-1", "status": "new"}]},
    ),
    "sendgrid": Case(fields={"api_key": "k-secret"}, good="", status=202, message_id=None),
    "sparkpost": Case(
        fields={"api_key": "k-secret"},
        good={"results": {"total_accepted_recipients": 1, "total_rejected_recipients": 0, "id": "id-1"}},
    ),
    "unisender_go": Case(
        fields={"api_key": "k-secret", "api_url": "https://go.unisender.example/api/v1"},
        good={"status": "success", "job_id": "id-1", "emails": [TO]},
        message_id=None,
    ),
}
CASES = {name: case for name, case in _ALL.items() if name in SHIPPED}


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
    """Return an HTTP answer as requests would."""
    response = requests.Response()
    response.status_code = status
    response.reason = "Reason"
    response.url = "https://provider.example/send"
    text = body if isinstance(body, str) else json.dumps(body)
    response._content = text.encode()
    response.headers.update({"Content-Type": "application/json", **(headers or {})})
    return response
