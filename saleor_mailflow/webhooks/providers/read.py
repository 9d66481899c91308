"""Read a provider's post with Anymail's own parsers, and keep of it only what may be kept.

Refuses to let an address, an answer's text or a link out of here other than to find or hash by; and to take anything
from the host's ANYMAIL settings: only the parsing of Anymail's views is used, never what their constructors look up.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.module_loading import import_string
from django.views import View

from saleor_mailflow.audience.addresses import normalise
from saleor_mailflow.audience.delivery import Kind, agent_class, obviously_by_machine
from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.providers.kinds import kind_and_code, machine_says_so
from saleor_mailflow.webhooks.providers.post import Post

_VIEWS = {
    "amazon_ses": "anymail.webhooks.amazon_ses.AmazonSESTrackingWebhookView",
    "brevo": "anymail.webhooks.brevo.BrevoTrackingWebhookView",
    "mailersend": "anymail.webhooks.mailersend.MailerSendTrackingWebhookView",
    "mailgun": "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
    "mailtrap": "anymail.webhooks.mailtrap.MailtrapTrackingWebhookView",
    "mandrill": "anymail.webhooks.mandrill.MandrillCombinedWebhookView",
    "postal": "anymail.webhooks.postal.PostalTrackingWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
    "resend": "anymail.webhooks.resend.ResendTrackingWebhookView",
    "sendgrid": "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView",
    "unisender_go": "anymail.webhooks.unisender_go.UnisenderGoTrackingWebhookView",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One thing that a provider said of one mail. ``recipient`` and ``url`` are to find and to hash, not to keep."""

    kind: str
    #: When it happened by the provider's clock; None where it does not say.
    at: datetime | None
    #: Our own id, where the provider hands it back.
    uuid: UUID | None
    message_id: str
    #: Normalised; "" where there is none.
    recipient: str
    url: str
    #: The provider's own id of the event, for events without a time.
    event_id: str
    code: str
    agent: str
    by_machine: bool | None


def read_events(post: Post) -> list[Said]:
    """Return what is said of mails in ``post``, whose sender was checked. Raises WebhookRefused (400) for nonsense."""
    try:
        view = _reader(post.provider)
        events = view.parse_events(post.as_django())
        return [said for event in events if (said := _said(post.provider, event)) is not None]
    except Exception as error:  # noqa: BLE001 - 13 parsers of other people's bodies may raise anything at all
        # Not the parser's own words: they may quote the body.
        text = f"The body is not one of {post.provider}'s event webhooks ({type(error).__name__})."
        raise WebhookRefused(400, text) from None


def known_providers() -> tuple[str, ...]:
    """Return the providers whose posts can be read."""
    return tuple(_VIEWS)


def _reader(provider: str) -> Any:
    found = import_string(_VIEWS[provider])

    def bare(self: View) -> None:
        View.__init__(self)

    mixed: tuple[type, ...] = (_Brevo, found) if provider == "brevo" else (found,)
    return type(found.__name__, mixed, {"__init__": bare})()


class _Brevo:
    """Mixed into Brevo's view, which would refuse the event of a mail of somebody else's whose header is not JSON."""

    def esp_to_anymail_event(self, esp_event: dict[str, Any]) -> Any:
        try:
            json.loads(esp_event.get("X-Mailin-custom") or "{}")
        except ValueError:
            esp_event = {**esp_event, "X-Mailin-custom": None}
        if not esp_event.get("X-Mailin-custom"):
            esp_event = {name: value for name, value in esp_event.items() if name != "X-Mailin-custom"}
        return super().esp_to_anymail_event(esp_event)  # type: ignore[misc]  # the view beside us has it


def _said(provider: str, event: Any) -> Said | None:
    kind, code = kind_and_code(provider, event)
    if not kind:
        return None
    agent = _text(event.user_agent)[:500]
    return Said(
        kind=kind,
        at=_aware(event.timestamp),
        uuid=_ours(event),
        message_id=_text(event.message_id)[:255],
        recipient=normalise(_text(event.recipient)[:400]),
        url=_text(event.click_url)[:4000] if kind == Kind.CLICKED else "",
        event_id=_text(event.event_id)[:255],
        code=code,
        agent=agent_class(agent) if kind in {Kind.OPENED, Kind.CLICKED} else "",
        by_machine=True if machine_says_so(provider, event) else obviously_by_machine(kind, agent),
    )


def _ours(event: Any) -> UUID | None:
    """Return our uuid from the metadata, or from the tags where a provider has no metadata."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    tags = event.tags if isinstance(event.tags, list | tuple) else [event.tags]
    for text in (metadata.get("mailflow_id"), *tags):
        if isinstance(text, str) and len(text) == 36:
            try:
                return UUID(text)
            except ValueError:
                continue
    return None


def _text(value: object) -> str:
    # PostgreSQL's text holds neither NUL nor half a surrogate pair.
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _aware(at: object) -> datetime | None:
    if not isinstance(at, datetime):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
