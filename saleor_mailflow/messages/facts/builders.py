"""One builder a kind of mail: what is known of a message becomes what its template sees.

Refuses a mail without its ways on and out: where the unsubscribe link, the way back to the cart, the shop or the place
for a review is missing or unsafe, there is a sentence instead of a mail.
"""

from __future__ import annotations

from saleor_mailflow.messages.facts.basket import basket
from saleor_mailflow.messages.facts.given import MailFacts
from saleor_mailflow.messages.facts.goods import filled, offer, products, reviews
from saleor_mailflow.messages.facts.shared import common, web_address
from saleor_mailflow.messages.formats import locale_of, one_line
from saleor_mailflow.messages.words import phrase

_SHOP = "Set the storefront link."
_REVIEWS = "Set where reviews are written, an address that may hold {order}, {product} and {product_slug}."


def cart_facts(facts: MailFacts) -> dict[str, object]:
    """Return the facts of a cart mail as plain values for ``render``.

    Raises TemplateFailed where the unsubscribe or restore link is missing or no web address, or a price no number.
    """
    language, locale = facts.language, locale_of(facts.language, facts.country)
    return {
        **common(facts, f"reason:cart:{_basis(facts)}"),
        "restore_url": web_address(facts.restore_url, needed="the link back to the cart"),
        "unsubscribe_url": _way_out(facts),
        "basket": basket(facts.lines, total=facts.total, currency=facts.currency, language=language, locale=locale),
        "offer": offer(facts.offer, language, locale),
    }


def sign_up_facts(facts: MailFacts) -> dict[str, object]:
    """Return the facts of the mail that asks whether a sign-up was one's own.

    Raises TemplateFailed where its link is missing or no web address.
    """
    return {
        **common(facts, "reason:sign_up"),
        "confirm_url": web_address(facts.confirm_url, needed="the link that confirms the sign-up"),
    }


def shop_facts(facts: MailFacts) -> dict[str, object]:
    """Return the facts of a marketing mail that leads to the shop: welcome, win-back, birthday, VIP.

    ``offer`` is {} and ``products`` [] where there are none, ``since`` is "" where no order is known. Raises
    TemplateFailed where the unsubscribe link or the shop's address is missing, or the offer is worth nothing.
    """
    language, locale = facts.language, locale_of(facts.language, facts.country)
    return {
        **common(facts, f"reason:mail:{_basis(facts)}"),
        "shop_url": web_address(facts.shop_url, needed="the shop", mend=_SHOP),
        "unsubscribe_url": _way_out(facts),
        "offer": offer(facts.offer, language, locale),
        "products": products(facts.products, language, locale),
        "since": phrase(language, "since", count=facts.gap_days) if facts.gap_days > 0 else "",
    }


def order_facts(facts: MailFacts) -> dict[str, object]:
    """Return the facts of a mail about an order: ``shop_facts``, and ``order`` as a basket with its number.

    Raises TemplateFailed as ``shop_facts`` does, and where a price is no number.
    """
    order = facts.order
    locale = locale_of(facts.language, facts.country)
    shown = basket(
        order.lines if order is not None else (),
        total=order.total if order is not None else facts.total,
        currency=order.currency if order is not None else facts.currency,
        language=facts.language,
        locale=locale,
    )
    return {**shop_facts(facts), "order": {**shown, "number": one_line(order.number if order is not None else "", 40)}}


def review_facts(facts: MailFacts) -> dict[str, object]:
    """Return the facts of a mail that asks for reviews: ``order_facts``, each line's link, or one for the whole order.

    Raises TemplateFailed as ``order_facts`` does, and where there is no place for a review.
    """
    order, link = facts.order, facts.review_url
    asked = reviews(order, link, facts.language, locale_of(facts.language, facts.country))
    whole = "" if asked else filled(link, order=order.number if order is not None else "")
    if not asked:
        whole = web_address(whole, needed="a review", mend=_REVIEWS)
    return {**order_facts(facts), "reviews": asked, "review_url": whole}


def _basis(facts: MailFacts) -> str:
    return facts.reason if facts.reason in {"consent", "existing_customer"} else "none"


def _way_out(facts: MailFacts) -> str:
    return web_address(facts.unsubscribe_url, needed="the unsubscribe link")
