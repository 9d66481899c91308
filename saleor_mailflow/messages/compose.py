"""Make a mail of a message that passed the gate: choose the language, sign the links, render, address it.

Refuses to look anything up per mail: keys and settings come once a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from saleor_mailflow.audience.recommend import Pick
from saleor_mailflow.audience.sign_up import CONFIRM_WITHIN
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.messages.claim import Ready
from saleor_mailflow.messages.facts import MailFacts
from saleor_mailflow.messages.formats import choose_language, safe_name
from saleor_mailflow.messages.gate_facts import Asked
from saleor_mailflow.messages.given import given_for
from saleor_mailflow.messages.links import LinkSigner, unsubscribe_headers
from saleor_mailflow.messages.looks import Look, look_in, looks_of
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.messages.picks import card, picks_for
from saleor_mailflow.messages.registry import registered
from saleor_mailflow.messages.tracking import Tracker
from saleor_mailflow.messages.wordings import Wordings, render_mail, wording_in, wordings_of
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.models import Shop
from saleor_mailflow.shop.gateway import ShopGateway

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


def _language(one: Ready) -> str:
    return choose_language(one.asked.language, one.message.contact.language, available=LANGUAGES)


class Composer:
    """Composes the mails of one run of the outbox."""

    def __init__(
        self, shop_id: int, settings: ShopSettings, now: datetime, *, gateway: ShopGateway | None = None
    ) -> None:
        """Remember what is the same for every mail; the shop and its keys are read when the first mail needs them.

        Without a ``gateway`` nothing is recommended: only the shop knows what can be bought.
        """
        self.shop_id, self.settings, self.now, self.gateway = shop_id, settings, now, gateway
        self._signer: LinkSigner | None = None
        self._tracker: Tracker | None = None
        self._looks: Mapping[str, Look] | None = None
        self._wordings: Wordings = {}
        self._given: dict[int, dict[str, Any]] = {}

    def learn(self, ready: Sequence[Ready]) -> None:
        """Read what the mails of a batch show beyond whom they go to; before ``compose`` is asked for each."""
        self._know_the_shop()
        if self._looks is None:
            self._looks, self._wordings = looks_of(self.shop_id), wordings_of(self.shop_id)
        self._given = given_for(self.shop_id, ready, self.settings, self.now)
        if self.gateway is not None:
            languages = {one.message.pk: _language(one) for one in ready}
            picks = picks_for(self.shop_id, ready, languages, gateway=self.gateway, now=self.now)
            for one in ready:
                self._add_picks(one, picks.get(one.message.pk, ()), languages[one.message.pk])

    def _know_the_shop(self) -> tuple[LinkSigner, Tracker]:
        if self._signer is None or self._tracker is None:
            shop = Shop.objects.get(pk=self.shop_id)
            base = link_base(shop, self.settings)
            self._signer = LinkSigner.of(shop, base=base)
            self._tracker = Tracker(self._signer, self.settings, base=base)
        return self._signer, self._tracker

    def _add_picks(self, one: Ready, picks: Sequence[Pick], language: str) -> None:
        if not picks:
            return
        channel = one.asked.facts.channel
        link, home = look_in(self._looks or {}, channel).product_url, _shop_url(self.settings.storefront_link(channel))
        cards = tuple(card(pick, language=language, link=link, home=home) for pick in picks)
        self._given[one.message.pk]["products"] = cards

    def compose(self, one: Ready) -> OutgoingMail:
        """Return the mail. Raises TemplateFailed with a sentence when it cannot be rendered."""
        signer, tracker = self._know_the_shop()
        message, asked, settings = one.message, one.asked, self.settings
        language = _language(one)
        marketing = message.purpose == "marketing"
        unsubscribe = signer.unsubscribe(contact_id=message.contact_id, message=message.uuid)
        look = look_in(self._looks or {}, asked.facts.channel)
        facts = MailFacts(
            brand=look.brand,
            promises=look.promises,
            story=look.story,
            season=look.season,
            draw=look.draw,
            review_url=look.review_url,
            unsubscribe_url=unsubscribe if marketing else "",
            choices_url=signer.preferences(contact_id=message.contact_id, message=message.uuid) if marketing else "",
            reason=asked.facts.basis,
            brand_name=settings.brand_name,
            first_name=asked.first_name,
            language=language,
            country=asked.facts.country,
            sender_name=settings.sender_name,
            postal_address=settings.postal_address,
            shop_url=_shop_url(settings.storefront_link(asked.facts.channel)),
            can_reply=bool(settings.reply_to),
            **self._about(asked, signer),
            **self._given.get(message.pk, {}),
        )
        template = registered(message.template)
        own = wording_in(self._wordings, message.template, asked.facts.channel, language)
        rendered = render_mail(message.template, language, template.facts(facts), shop_id=self.shop_id, wording=own)
        links = tuple(message.links)
        if marketing:
            rendered, links = tracker.track(
                rendered,
                contact_id=message.contact_id,
                message=message.uuid,
                home=facts.shop_url,
                known=links,
                hosts=template.hosts,
            )
        return OutgoingMail(
            uuid=message.uuid,
            to_email=asked.email,
            to_name=safe_name(asked.first_name),
            language=language,
            sender_email=settings.sender_email,
            sender_name=settings.sender_name,
            reply_to=settings.reply_to,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            links=links,
            headers=unsubscribe_headers(unsubscribe) if marketing else {},
        )

    def _about(self, asked: Asked, signer: LinkSigner) -> dict[str, Any]:
        """Return what only mail about this kind of thing says: a basket, a sign-up."""
        message, sight = asked.message, asked.sight
        if sight is not None:
            return {
                "restore_url": signer.restore(contact_id=message.contact_id, message=message.uuid, now=self.now),
                "lines": sight.lines,
                "currency": sight.currency,
                "total": sight.total,
            }
        sign_up = message.enrollment.context.get("sign_up")
        if sign_up:
            until = message.enrollment.entered_at + CONFIRM_WITHIN
            return {"confirm_url": signer.confirm(contact_id=message.contact_id, sign_up=UUID(sign_up), until=until)}
        return {}
