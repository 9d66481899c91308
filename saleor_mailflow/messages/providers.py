"""The providers that can be chosen: where their Anymail backend is and which fields they need.

Field names are those of the backends in django-anymail 13 to 15, checked by a test that builds every one of them.
Refuses to know a provider's wire format; that is Anymail's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from saleor_mailflow.host import SIGNING_PROVIDERS

#: Fields that every provider behind an HTTP API takes: seconds to connect and seconds between two pieces of an answer.
COMMON = ("timeout", "connect_timeout")
SMTP_REQUIRED = ("host",)
SMTP_OPTIONAL = ("port", "username", "password", "use_tls", "use_ssl", "ca_file", "pipelining", "sink", *COMMON)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One Anymail provider. Field names are keys of ``provider_options`` and, but for ``aws``, the backend's own."""

    #: Dotted path of the backend.
    backend: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ("api_url",)
    #: The fields to check when the provider says that it does not know us.
    credentials: str
    #: The extra to install where the backend needs more than Anymail itself.
    extra: str = ""
    #: False where metadata cannot be attached, so our id travels as a tag.
    metadata: bool = True
    #: The one HTTP status that means "taken" where Anymail reads nothing else; 0 where it reads the answer.
    success: int = 0
    #: True where a mail may be taken without being given an id.
    id_optional: bool = False
    #: True where a Message-ID of ours is kept; others set their own, and Mailjet refuses the mail (send-0011).
    keeps_message_id: bool = False
    #: The HTTP header, or the mail header, by which a repeated request is dropped.
    idempotency_http: str = ""
    idempotency_mail: str = ""
    #: For how long a repeated key is dropped: the shortest span that the provider documents.
    remembers: timedelta = timedelta(0)

    @property
    def deduplicates(self) -> bool:
        """Tell whether a second hand-off with the same uuid is dropped."""
        return bool(self.idempotency_http or self.idempotency_mail)


def _provider(name: str, credentials: str, *required: str, **more: object) -> Provider:
    fields: dict[str, object] = {
        "backend": f"anymail.backends.{name}.EmailBackend",
        "required": (credentials, *required),
        "credentials": credentials,
        **more,
    }
    return Provider(**fields)  # type: ignore[arg-type]  # a row of the table below; the test builds every one


#: Name as the merchant sets it → how to build it.
PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "amazon_ses": Provider(
            backend="anymail.backends.amazon_ses.EmailBackend",
            # boto3 also finds these in its own environment variables, files and instance roles.
            required=(),
            optional=(
                "region_name",
                "aws_access_key_id",
                "aws_secret_access_key",
                "aws_session_token",
                "profile_name",
                "endpoint_url",
                "configuration_set_name",
                "message_tag_name",
            ),
            credentials="aws_access_key_id",
            extra="amazon-ses",
            keeps_message_id=True,
        ),
        # The key is among the mail's headers. Their changelog says 15 minutes, their guide 30.
        "brevo": _provider(
            "brevo", "api_key", idempotency_mail="idempotencyKey", remembers=timedelta(minutes=15), id_optional=True
        ),
        # Takes headers, and so one-click unsubscribe, from Enterprise accounts only.
        "mailersend": _provider("mailersend", "api_token", metadata=False),
        "mailgun": _provider("mailgun", "api_key", optional=("sender_domain", "api_url"), keeps_message_id=True),
        "mailjet": _provider("mailjet", "api_key", "secret_key"),
        "mailtrap": _provider("mailtrap", "api_token", optional=("sandbox_id", "api_url")),
        "mandrill": _provider("mandrill", "api_key"),
        "postal": _provider("postal", "api_key", "api_url", optional=(), metadata=False),
        "postmark": _provider("postmark", "server_token", optional=("message_stream", "api_url")),
        "resend": _provider("resend", "api_key", idempotency_http="Idempotency-Key", remembers=timedelta(hours=24)),
        "scaleway": _provider("scaleway", "secret_key", "project_id", optional=("region", "api_url")),
        "sendgrid": _provider("sendgrid", "api_key", keeps_message_id=True, success=202),
        "sparkpost": _provider("sparkpost", "api_key", optional=("subaccount", "api_url")),
        "unisender_go": _provider("unisender_go", "api_key", "api_url", optional=()),
    }
)

#: Providers that tell what became of a mail by webhook, and whether they sign what they tell with a key that has to be
#: entered. Amazon signs with a certificate, Unisender Go with its API key; Scaleway's events Anymail cannot read.
TELLING: Mapping[str, bool] = MappingProxyType(
    {name: name in SIGNING_PROVIDERS for name in PROVIDERS if name != "scaleway"}
)
#: Fields of ours about a provider's webhooks; no backend sees them.
WEBHOOK = ("webhook_secret", "webhook_path")
SIGNING_KEY = "signing_key"
TOPIC = "webhook_topic"

#: Every name that ``provider`` may have.
NAMES: tuple[str, ...] = ("smtp", "console", *PROVIDERS)


def provider_name(text: str) -> str:
    """Return a provider's name as the table has it: ``Amazon SES`` and ``amazon-ses`` are ``amazon_ses``."""
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def fields_of(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (required, optional) field names of a provider in the table. Raises KeyError."""
    if name == "console":
        return (), ()
    if name == "smtp":
        return SMTP_REQUIRED, SMTP_OPTIONAL
    provider = PROVIDERS[name]
    return provider.required, (*provider.optional, *COMMON, *_webhook_fields(name))


def _webhook_fields(name: str) -> tuple[str, ...]:
    if name not in TELLING:
        return ()
    return (*WEBHOOK, *((SIGNING_KEY,) if TELLING[name] else ()), *((TOPIC,) if name == "amazon_ses" else ()))
