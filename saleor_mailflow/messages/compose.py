"""Make a mail of a message that passed the gate: choose the language, sign the links, render, address it.

Refuses to look anything up per mail: keys and settings come once a batch.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.messages.claim import Ready
from saleor_mailflow.messages.facts import MailFacts, cart_facts
from saleor_mailflow.messages.formats import choose_language, safe_name
from saleor_mailflow.messages.links import LinkSigner, unsubscribe_headers
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.messages.render import render
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.models import Shop

#: Where our links are served inside Saleor: this route answers while the plugin is switched off as well.
PLUGIN_PATH = "/plugins/saleor.mailflow"


def link_base(shop: Shop, settings: ShopSettings) -> str:
    """Return the address below which our links are served, without a final slash."""
    if settings.link_host:
        return settings.link_host
    return shop.public_url + (PLUGIN_PATH if shop.road == Shop.Road.PLUGIN else "")


def _shop_url(storefront_link: str) -> str:
    """Return the front door of the storefront whose cart address is given."""
    parts = urlsplit(storefront_link)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""


class Composer:
    """Composes the mails of one run of the outbox."""

    def __init__(self, shop_id: int, settings: ShopSettings, now: datetime) -> None:
        """Remember what is the same for every mail; the shop and its keys are read when the first mail needs them."""
        self.shop_id, self.settings, self.now = shop_id, settings, now
        self._signer: LinkSigner | None = None
        self._shop: Shop | None = None

    def compose(self, one: Ready) -> OutgoingMail:
        """Return the mail. Raises TemplateFailed with a sentence when it cannot be rendered."""
        if self._signer is None or self._shop is None:
            self._shop = Shop.objects.get(pk=self.shop_id)
            self._signer = LinkSigner.of(self._shop, base=link_base(self._shop, self.settings))
        message, sight, settings = one.message, one.sight, self.settings
        language = choose_language(sight.language, message.contact.language, available=LANGUAGES)
        unsubscribe = self._signer.unsubscribe(contact_id=message.contact_id, message=message.uuid)
        facts = MailFacts(
            unsubscribe_url=unsubscribe,
            restore_url=self._restore(message.contact_id, message.uuid),
            reason=one.basis,
            brand_name=settings.brand_name,
            lines=sight.lines,
            currency=sight.currency,
            total=sight.total,
            first_name=sight.first_name,
            language=language,
            country=sight.country,
            sender_name=settings.sender_name,
            postal_address=settings.postal_address,
            shop_url=_shop_url(settings.storefront_link(sight.channel)),
            can_reply=bool(settings.reply_to),
        )
        rendered = render(message.template, language, cart_facts(facts))
        return OutgoingMail(
            uuid=message.uuid,
            to_email=sight.email,
            to_name=safe_name(sight.first_name),
            sender_email=settings.sender_email,
            sender_name=settings.sender_name,
            reply_to=settings.reply_to,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            headers=unsubscribe_headers(unsubscribe) if message.purpose == "marketing" else {},
        )

    def _restore(self, contact_id: int, message: UUID) -> str:
        assert self._signer is not None
        return self._signer.restore(contact_id=contact_id, message=message, now=self.now)
