"""Back to the cart, in the channel's own storefront; a cart that the shop cleared away is put together again.

Refuses to send people anywhere but to the merchant's own storefront, and to make anything on GET, which mail programs
and scanners ask for as well: a cart is made anew when somebody presses the button (ADR 0011).
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from saleor_mailflow import clock
from saleor_mailflow.audience.delivery import Kind
from saleor_mailflow.exceptions import MailflowError, blame
from saleor_mailflow.messages.coupons import good_code
from saleor_mailflow.messages.links import LinkKind, read
from saleor_mailflow.models import Basket, Message, Purchase, Shop
from saleor_mailflow.pages.click import remember
from saleor_mailflow.pages.guard import guarded, home_of, language_of, message_of, notice, page
from saleor_mailflow.shop.connect import gateway_for
from saleor_mailflow.shop.gateway import CheckoutBuilder, ShopGateway
from saleor_mailflow.shop.goods import LostBasket, LostLine
from saleor_mailflow.shop.settings import settings_of

logger = logging.getLogger("saleor_mailflow.restore")

#: Where a message remembers the cart that was made anew for it, so that it is not made twice.
_REBUILT = "rebuilt"


@page("GET", "HEAD", "POST")
def restore(request: HttpRequest, token: str) -> HttpResponse:
    """Lead back to the cart in the channel's storefront, or say in the person's language why that is not possible.

    POST puts a cart together again that the shop no longer has; where it still has it, it leads there as GET does.
    """
    now = clock.now()
    link = read(token, LinkKind.RESTORE, now)
    message = message_of(link)
    language = language_of(request, message=message)
    if link is None:
        return notice(language, "mangled", status=404)
    basket = message.enrollment.basket if message is not None else None
    shop = Shop.objects.get(pk=link.shop_id)
    settings = settings_of(shop)
    # This way is ours whether clicks are counted or not; counted it is only where they are.
    if message is not None and request.method != "POST" and settings.track_clicks:
        remember(request, link, message.pk, Kind.CLICKED, now, way="restore")
    template = settings.storefront_link(basket.channel if basket is not None else "")
    brand, home = settings.brand_name, home_of(template)
    if basket is not None and _bought(shop, basket):
        return notice(language, "bought", brand=brand, home=home)
    if link.expired:
        return notice(language, "expired", brand=brand, home=home, status=410)
    if message is None or basket is None or basket.state == Basket.State.EMPTIED:
        return notice(language, "gone", brand=brand, home=home, status=410)
    if not template:
        return notice(language, "closed", brand=brand, status=404)
    gateway = gateway_for(shop)
    code = good_code(message.enrollment_id, now)
    there = _there(gateway, message, basket)
    if not there and not basket.lines:
        return notice(language, "gone", brand=brand, home=home, status=410)
    if not there and request.method == "POST" and isinstance(gateway, CheckoutBuilder):
        there = _rebuild(gateway, message, basket, code)
        if not there:
            return notice(language, "sold_out", brand=brand, home=home, status=410)
    if there:
        target = cart_address(template, there, basket.lines, code)
        return _ready(language, brand, target) if request.method == "POST" else guarded(HttpResponseRedirect(target))
    if isinstance(gateway, CheckoutBuilder):
        return notice(language, "back", brand=brand, home=home, button="back")
    if "{variants}" in template:
        return guarded(HttpResponseRedirect(cart_address(template, "", basket.lines, code)))
    return notice(language, "gone", brand=brand, home=home, status=410)


def _ready(language: str, brand: str, target: str) -> HttpResponse:
    """Return a page that goes on to the cart by itself: our forms may not be redirected to another origin (CSP)."""
    answer = notice(language, "ready", brand=brand, link=target)
    answer["Refresh"] = f"0; url={target}"
    return answer


def cart_address(template: str, token: str, lines: Sequence[dict[str, object]], code: str) -> str:
    """Return a channel's cart address for a checkout; ``token`` "" leaves the storefront to make one of the lines.

    ``{variants}`` becomes ``reference:quantity`` pairs with commas between, ``{code}`` the code of the mail or nothing.
    Nothing that is filled in can end its part of the address.
    """
    checkout = base64.b64encode(f"Checkout:{token}".encode()).decode() if token else ""
    variants = ",".join(f"{line['variant_ref']}:{line['quantity']}" for line in lines if not line.get("is_gift"))
    values = {"token": token, "checkout": checkout, "variants": variants, "code": code}
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def _bought(shop: Shop, basket: Basket) -> bool:
    return (
        basket.state == Basket.State.CONVERTED
        or Purchase.objects.filter(shop_id=shop.pk, token=basket.token, counts=True).exists()
    )


def _there(gateway: ShopGateway, message: Message, basket: Basket) -> str:
    """Return the token of the cart to lead to, as far as the shop has it: the one it was, else the one made anew."""
    tokens = [basket.token, *filter(None, [str(message.detail.get(_REBUILT, ""))])]
    if not gateway.live:
        return basket.token if basket.state == Basket.State.OPEN else ""
    known = gateway.checkouts(tokens)
    return next((token for token in tokens if token in known and known[token].lines), "")


def _rebuild(gateway: CheckoutBuilder, message: Message, basket: Basket, code: str) -> str:
    """Make the cart anew and remember it; return its token, "" where nothing of it can be bought.

    Whoever presses twice in the same moment gets two carts, of which the shop clears one away.
    """
    try:
        built = gateway.rebuild(_lost(basket, code))
    except MailflowError as error:
        logger.warning("A cart could not be made again: %s.", blame(error))
        return ""
    if built.token:
        Message.objects.filter(pk=message.pk).update(detail={**message.detail, _REBUILT: built.token})
    return built.token


def _lost(basket: Basket, code: str) -> LostBasket:
    return LostBasket(
        channel=basket.channel,
        language=basket.language,
        country=basket.country,
        code=code,
        lines=tuple(
            LostLine(
                variant_ref=str(line["variant_ref"]),
                quantity=int(line["quantity"]),
                product_ref=str(line.get("product_ref", "")),
                product_slug=str(line.get("product_slug", "")),
                variant_name=str(line.get("variant_name", "")),
            )
            for line in basket.lines
            if not line.get("is_gift")
        ),
    )
