"""Amazon SES, which speaks through boto3 instead of HTTP of our own: its fields and its failures.

Refuses to let boto3 repeat a request by itself: that would be a second mail. Knows boto3 by the names of its classes
only, for it is not installed unless this provider is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from saleor_mailflow.exceptions import HandOffFailed, OutcomeUnknown, TryLater
from saleor_mailflow.messages.http_answers import answer_failure
from saleor_mailflow.messages.lines import scrub

_BACKEND_FIELDS = ("configuration_set_name", "message_tag_name")
_CLIENT_FIELDS = ("endpoint_url",)
#: What botocore raises before a byte of the request was sent.
_NOT_SENT = frozenset(
    {
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "NoRegionError",
        "InvalidRegionError",
        "ProxyConnectionError",
        "SSLError",
        "ParamValidationError",
        "NoAuthTokenError",
        "TokenRetrievalError",
    }
)
_THROTTLED = frozenset({"TooManyRequestsException", "LimitExceededException", "Throttling", "ThrottlingException"})
_LOCKED_OUT = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
    }
)


def backend_fields(fields: Mapping[str, str], timeouts: tuple[float, float]) -> dict[str, Any]:
    """Return what Anymail's backend takes from our flat fields: one try, (connect, read) timeouts in seconds."""
    session = {k: v for k, v in fields.items() if k not in (*_BACKEND_FIELDS, *_CLIENT_FIELDS)}
    client: dict[str, Any] = {k: v for k, v in fields.items() if k in _CLIENT_FIELDS}
    client["config"] = {
        "connect_timeout": timeouts[0],
        "read_timeout": timeouts[1],
        "retries": {"total_max_attempts": 1, "mode": "standard"},
    }
    found: dict[str, Any] = {k: v for k, v in fields.items() if k in _BACKEND_FIELDS}
    return {**found, "session_params": session, "client_params": client}


def failure(error: Exception, *, credentials: str, secrets: Iterable[str] = ()) -> HandOffFailed:
    """Return the failure that an error of the SES backend is, raised after the request was begun."""
    cause = error.__cause__
    answer = getattr(cause, "response", None)
    if isinstance(answer, dict):
        said = answer.get("Error", {})
        code = str(said.get("Code", ""))
        status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
        if code in _THROTTLED:
            status = 429
        elif code in _LOCKED_OUT:
            status = 403
        return answer_failure(
            status, f"{code} {said.get('Message', '')}", said, credentials=credentials, secrets=secrets
        )
    if type(cause).__name__ in _NOT_SENT:
        why = scrub(str(cause), secrets=secrets).rstrip(".")
        return TryLater(f"Amazon SES cannot be reached: {why}. Check {credentials}.", connection_lost=True)
    return OutcomeUnknown(
        f"Amazon SES gave no clear answer ({type(cause or error).__name__}); the mail may or may not be on its way."
    )
