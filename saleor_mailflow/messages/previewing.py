"""A mail as it would look for an order or basket that there is, to be looked at by the shop's own people.

Refuses to make links that work (a preview signs nothing), and codes: what is not known of the person is the example's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.messages.facts import MailFacts
from saleor_mailflow.messages.facts.given import OrderGiven
from saleor_mailflow.messages.given import shown_line
from saleor_mailflow.messages.looks import look_in, looks_of
from saleor_mailflow.messages.registry import registered
from saleor_mailflow.models import Basket, Purchase, PurchaseLine


def facts_of_order(template: str, language: str, purchase: Purchase, settings: ShopSettings) -> Mapping[str, object]:
    """Return what the template would see for an order. Raises TemplateFailed for a template that does not exist."""
    lines = PurchaseLine.objects.filter(purchase=purchase).order_by("id")
    order = OrderGiven(
        number=purchase.number,
        lines=tuple(shown_line(line) for line in lines),
        currency=purchase.currency,
        total=purchase.total,
    )
    name = purchase.contact.first_name if purchase.contact is not None else ""
    given = {"order": order, "first_name": name, "country": purchase.country}
    return _facts(template, language, purchase.shop_id, purchase.channel, settings, given)


def facts_of_basket(template: str, language: str, basket: Basket, settings: ShopSettings) -> Mapping[str, object]:
    """Return what the template would see for a basket. Raises as ``facts_of_order``."""
    name = basket.contact.first_name if basket.contact is not None else ""
    given = {
        "lines": tuple(basket.lines),
        "currency": basket.currency,
        "total": basket.total,
        "first_name": name,
        "country": basket.country,
    }
    return _facts(template, language, basket.shop_id, basket.channel, settings, given)


def _facts(
    template: str, language: str, shop_id: int, channel: str, settings: ShopSettings, given: Mapping[str, Any]
) -> Mapping[str, object]:
    known = registered(template)
    example: MailFacts = known.known(language)
    look = look_in(looks_of(shop_id), channel)
    front = urlsplit(settings.storefront_link(channel))
    own: dict[str, Any] = {
        "brand": look.brand,
        "story": look.story or example.story,
        "season": look.season,
        "promises": look.promises or example.promises,
        "review_url": look.review_url or example.review_url,
        "brand_name": settings.brand_name or example.brand_name,
        "sender_name": settings.sender_name or example.sender_name,
        "postal_address": settings.postal_address or example.postal_address,
        "shop_url": f"{front.scheme}://{front.netloc}/" if front.netloc else example.shop_url,
    }
    return known.facts(replace(example, **own, **given))
