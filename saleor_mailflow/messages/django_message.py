"""A letter as the Django message that Anymail's backends read, with our id where each provider keeps it.

Refuses to join a name and an address itself: the standard library quotes them.
"""

from __future__ import annotations

from email.headerregistry import Address as HeaderAddress

from django.core.mail import EmailMultiAlternatives

from saleor_mailflow.messages.letter import Letter
from saleor_mailflow.messages.lines import Address
from saleor_mailflow.messages.providers import Provider


def as_django(letter: Letter, provider: Provider) -> EmailMultiAlternatives:
    """Return the message, with idempotency key, Message-ID and metadata or tag as far as the provider takes them."""
    headers = dict(letter.headers)
    if provider.keeps_message_id:
        headers["Message-ID"] = letter.message_id
    if provider.idempotency_mail:
        headers[provider.idempotency_mail] = str(letter.uuid)
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=_written(letter.sender),
        to=[_written(letter.to)],
        reply_to=[_written(letter.reply_to)] if letter.reply_to else None,
        headers=headers,
    )
    message.attach_alternative(letter.html, "text/html")
    if provider.metadata:
        message.metadata = {"mailflow_id": str(letter.uuid)}  # type: ignore[attr-defined]  # Anymail's own attribute
    else:
        message.tags = [str(letter.uuid)]  # type: ignore[attr-defined]  # Anymail's own attribute
    return message


def _written(address: Address) -> str:
    return str(HeaderAddress(display_name=address.name, username=address.local, domain=address.domain))
