"""The way out: build a transport from a shop's settings, and the one for every provider behind an HTTP API.

Refuses to take anything from the host's ANYMAIL settings that could reach a person or a log, and to keep a secret
longer than its connection. Together with ``webhooks/`` the only importer of anymail.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import requests
from anymail.exceptions import (
    AnymailError,
    AnymailImproperlyInstalled,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
    AnymailWarning,
)
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string

from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.exceptions import ConfigurationError, HandOffFailed, OutcomeUnknown, Refused, TryLater
from saleor_mailflow.messages import amazon
from saleor_mailflow.messages.console import ConsoleTransport
from saleor_mailflow.messages.django_message import as_django
from saleor_mailflow.messages.http_answers import answer_failure, request_failure
from saleor_mailflow.messages.letter import Letter, about_the_contact, prepare
from saleor_mailflow.messages.lines import scrub
from saleor_mailflow.messages.mail import Accepted, OutgoingMail, Transport
from saleor_mailflow.messages.options import Options, key_of
from saleor_mailflow.messages.providers import PROVIDERS, Provider, provider_name
from saleor_mailflow.messages.set_up import missing_fields
from saleor_mailflow.messages.smtp import SmtpTransport
from saleor_mailflow.messages.smtp_server import CONNECT_TIMEOUT, READ_TIMEOUT

logger = logging.getLogger("saleor_mailflow.transport")

__all__ = ["missing_fields", "transport_for"]


def transport_for(settings: ShopSettings) -> Transport:
    """Return a way out for one run of the outbox, not yet connected. Secrets are resolved at the first mail.

    Raises ConfigurationError naming the setting where something is missing (``missing_fields`` lists it all) or where
    the provider needs a package that is not installed.
    """
    problems = missing_fields(settings)
    if problems:
        raise ConfigurationError(problems[0].text, key=problems[0].key)
    name = provider_name(settings.provider)
    if name == "smtp":
        return SmtpTransport(settings.provider_options)
    if name == "console":
        return ConsoleTransport()
    return AnymailTransport(name, settings.provider_options)


class AnymailTransport:
    """Hands mails to one Anymail backend, built from our settings, over one HTTP session."""

    harmless = False

    def __init__(self, name: str, raw_options: Mapping[str, str]) -> None:
        self.provider = name
        self._table: Provider = PROVIDERS[name]
        self.deduplicates = self._table.deduplicates
        self._options = Options(raw_options)
        self._class = _backend_class(name, self._table)
        self._backend: Any = None
        self._secrets: tuple[str, ...] = ()

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        """Hand one mail over; see ``Transport``."""
        letter = prepare(mail)
        message = as_django(letter, self._table)
        backend = self._backend = self._backend or self._open()
        backend.handed_over = False
        backend.idempotency = (self._table.idempotency_http, str(letter.uuid))
        try:
            sent = backend.send_messages([message])
        except Exception as error:  # noqa: BLE001 - host's signal receivers and 14 backends may raise anything
            status = getattr(message, "anymail_status", None)
            if backend.handed_over and _accepted(status):
                # The provider has it; what failed is a post_send receiver of the host.
                logger.warning("%s took a mail, then a receiver failed (%s).", self.provider, type(error).__name__)
                return self._accept(status)
            failure = about_the_contact(letter, self._judge(error, message, handed_over=backend.handed_over))
            if isinstance(failure, OutcomeUnknown) or getattr(failure, "connection_lost", False):
                self.close()
            raise failure from None
        if not sent:
            raise Refused("Not sent: a pre_send receiver of the host cancelled it.")
        return self._settle(letter, message)

    def close(self) -> None:
        """Close the HTTP session. Never raises."""
        backend, self._backend = self._backend, None
        if backend is not None:
            try:
                backend.close()
            except Exception as error:  # noqa: BLE001 - whatever a session raises at its end concerns no mail
                logger.info("Closing the connection to %s failed (%s).", self.provider, type(error).__name__)

    def _open(self) -> Any:
        try:
            options = self._options
            timeouts = (options.seconds("connect_timeout", CONNECT_TIMEOUT), options.seconds("timeout", READ_TIMEOUT))
            names = [name for name in (*self._table.required, *self._table.optional) if options.raw(name)]
            fields: dict[str, Any] = {name: options.text(name) for name in names}
        except ConfigurationError as error:
            raise TryLater(f"{error} Nothing is sent until then.", connection_lost=True) from None
        self._secrets = tuple(value for name, value in fields.items() if not name.endswith("url"))
        if self.provider == "amazon_ses":
            fields = amazon.backend_fields(fields, timeouts)
        else:
            fields["requests_timeout"] = timeouts
        try:
            with warnings.catch_warnings():
                # Anymail says which providers it no longer tests; the merchant has chosen.
                warnings.simplefilter("ignore", AnymailWarning)
                # Given explicitly: the host's ANYMAIL settings must not make us print requests or ignore refusals.
                backend = self._class(
                    debug_api_requests=False, ignore_recipient_status=False, ignore_unsupported_features=False, **fields
                )
            backend.send_defaults = {}
            backend.open()
        except Exception as error:  # noqa: BLE001 - a backend's constructor and boto3 raise classes of their own
            said = scrub(str(error), secrets=self._secrets).rstrip(".")
            text = f"{self.provider} cannot be set up: {said}. Check {self._keys}."
            raise TryLater(text, connection_lost=True) from None
        return backend

    @property
    def _keys(self) -> str:
        return key_of(self._table.credentials)

    def _accept(self, status: Any) -> Accepted:
        found = status.message_id
        return Accepted(provider=self.provider, message_id=str(found) if isinstance(found, str | int) else "")

    def _settle(self, letter: Letter, message: EmailMultiAlternatives) -> Accepted:
        """Return Accepted, or raise what the provider said of the recipient in a 2xx answer."""
        status = message.anymail_status  # type: ignore[attr-defined]  # set by Anymail
        http = getattr(status.esp_response, "status_code", 0)
        if self._table.success and http != self._table.success:
            raise self._answered(status.esp_response)
        if _accepted(status) and (status.message_id is not None or self._table.id_optional):
            return self._accept(status)
        if "failed" in (status.status or ()) and http >= 400:
            raise about_the_contact(letter, self._answered(status.esp_response))
        if "failed" in (status.status or ()) and "fail" in status.esp_response.text:
            raise TryLater(f"{self.provider} says that the mail failed at once (HTTP {http}).", code=str(http))
        raise OutcomeUnknown(f"{self.provider} took the request and said nothing clear about the mail.")

    def _judge(self, error: Exception, message: EmailMultiAlternatives, *, handed_over: bool) -> HandOffFailed:
        said = scrub(str(error.args[0]) if error.args else "", secrets=self._secrets).rstrip(".")
        if isinstance(error, AnymailRecipientsRefused):
            found = message.anymail_status.status  # type: ignore[attr-defined]  # set by Anymail
            if not found:
                return OutcomeUnknown(f"{self.provider} took the request and did not mention the recipient.")
            bad = "invalid" in found
            what = "calls the recipient's address invalid" if bad else "does not write to this recipient any more"
            return Refused(f"{self.provider} {what}.", code="rejected", bad_address=bad)
        if isinstance(error, AnymailUnsupportedFeature | AnymailInvalidAddress | AnymailSerializationError):
            return Refused(f"Not sent: {said}.")
        response = getattr(error, "response", None)
        if response is None and handed_over:
            response = getattr(getattr(message, "anymail_status", None), "esp_response", None)
        if self.provider == "amazon_ses" and handed_over:
            return amazon.failure(error, credentials=self._keys, secrets=self._secrets)
        if isinstance(response, requests.Response):
            return self._answered(response)
        if isinstance(error, requests.RequestException):
            cause = error.__cause__
            return request_failure(cause if isinstance(cause, requests.RequestException) else error)
        if handed_over:
            return OutcomeUnknown(f"{self.provider} answered nonsense ({type(error).__name__}); outcome not known.")
        if isinstance(error, AnymailError):
            return TryLater(f"{self.provider} cannot be used: {said}. Check {self._keys}.", connection_lost=True)
        return TryLater(f"Not handed to {self.provider}: {type(error).__name__} before anything was sent.")

    def _answered(self, response: Any) -> HandOffFailed:
        return answer_failure(
            response.status_code,
            response.text[:10_000],
            _parsed(response),
            credentials=self._keys,
            secrets=self._secrets,
        )


def _accepted(status: Any) -> bool:
    """Tell whether the one recipient was taken. A provider that changes the address's case makes Anymail list two."""
    found = getattr(status, "status", None) or set()
    return bool(found & {"sent", "queued"}) or ("unknown" in found and isinstance(status.message_id, str))


def _parsed(response: Any) -> object:
    try:
        return response.json()
    except (ValueError, AttributeError):
        return None


def _backend_class(name: str, table: Provider) -> type[Any]:
    """Return the provider's backend, watched. Raises ConfigurationError with the line that installs what is missing."""
    try:
        found = import_string(table.backend)
    except AnymailImproperlyInstalled:
        text = f'The provider {name} needs a package that is not installed: pip install "django-anymail[{table.extra}]"'
        raise ConfigurationError(text, key="provider") from None
    except (ImportError, ImproperlyConfigured):
        text = f'This django-anymail does not know {name}: pip install --upgrade "django-anymail>=13,<16"'
        raise ConfigurationError(text, key="provider") from None
    return type(found.__name__, (_Watched, found), {})


class _Watched:
    """Mixed into a backend: remembers whether the request was begun, and adds the idempotency header."""

    handed_over = False
    idempotency = ("", "")

    def build_message_payload(self, message: Any, defaults: Any) -> Any:
        payload = super().build_message_payload(message, defaults)  # type: ignore[misc]  # the backend beside us has it
        header, key = self.idempotency
        if header:
            payload.headers[header] = key
        return payload

    def post_to_esp(self, payload: Any, message: Any) -> Any:
        self.handed_over = True
        return super().post_to_esp(payload, message)  # type: ignore[misc]  # the backend beside us has it
