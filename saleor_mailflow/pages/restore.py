"""Back to the cart, in the channel's own storefront, or a sentence why that is not possible.

Refuses to send people anywhere but to the merchant's own storefront, and to change anything but to know of the click.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from saleor_mailflow import clock
from saleor_mailflow.audience.delivery import Kind
from saleor_mailflow.messages.links import LinkKind, read
from saleor_mailflow.models import Basket, Purchase, Shop
from saleor_mailflow.pages.click import remember
from saleor_mailflow.pages.guard import guarded, home_of, language_of, message_of, notice, page
from saleor_mailflow.shop.settings import settings_of


@page("GET", "HEAD")
def restore(request: HttpRequest, token: str) -> HttpResponse:
    """Lead back to the cart in the channel's storefront, or say in the person's language why that is not possible."""
    now = clock.now()
    link = read(token, LinkKind.RESTORE, now)
    message = message_of(link)
    language = language_of(request, message=message)
    if link is None:
        return notice(language, "mangled", status=404)
    if message is not None:
        remember(request, link, message.pk, Kind.CLICKED, now, way="restore")
    basket = message.enrollment.basket if message is not None else None
    shop = Shop.objects.get(pk=link.shop_id)
    bought = basket is not None and (
        basket.state == Basket.State.CONVERTED
        or Purchase.objects.filter(shop_id=shop.pk, token=basket.token, counts=True).exists()
    )
    settings = settings_of(shop)
    template = settings.storefront_link(basket.channel if basket is not None else "")
    brand, home = settings.brand_name, home_of(template)
    if bought:
        return notice(language, "bought", brand=brand, home=home)
    if link.expired:
        return notice(language, "expired", brand=brand, home=home, status=410)
    if basket is None or basket.state != Basket.State.OPEN:
        return notice(language, "gone", brand=brand, home=home, status=410)
    if not template:
        return notice(language, "closed", brand=brand, status=404)
    checkout = base64.b64encode(f"Checkout:{basket.token}".encode()).decode()
    target = template.replace("{token}", quote(basket.token, safe="")).replace("{checkout}", quote(checkout, safe=""))
    return guarded(HttpResponseRedirect(target))
