"""What a template sees: plain dicts, lists and texts, already written for the person's language and country.

Refuses to let a row, an unsafe address or a made-up price through: what is not known is left out, never shown as zero.
"""

from __future__ import annotations

from saleor_mailflow.messages.facts.basket import MOST_LINES
from saleor_mailflow.messages.facts.builders import cart_facts, order_facts, review_facts, shop_facts, sign_up_facts
from saleor_mailflow.messages.facts.given import MailFacts, Offer, OrderGiven, ProductCard, Why

__all__ = [
    "MOST_LINES",
    "MailFacts",
    "Offer",
    "OrderGiven",
    "ProductCard",
    "Why",
    "cart_facts",
    "order_facts",
    "review_facts",
    "shop_facts",
    "sign_up_facts",
]
