"""A basket that nobody left behind: the facts that previews, tests and the gallery show templates with.

Refuses to use anybody's data, and addresses that could ever lead somewhere.
"""

from __future__ import annotations

from decimal import Decimal

from saleor_mailflow.messages.facts import MailFacts, cart_facts, sign_up_facts
from saleor_mailflow.shop.snapshots import LineSnapshot

SHOP = "https://northmill.example"

_GOODS = {
    "en": (("Linen shirt, sand", "Size M"), ("Canvas shoes", "Size 41"), ("Stoneware mug", "")),
    "de": (("Leinenhemd, sandfarben", "Größe M"), ("Leinenschuhe", "Größe 41"), ("Becher aus Steinzeug", "")),
}
_PROMISES = {
    "en": ("Free shipping from €90", "Returns free for 30 days"),
    "de": ("Versand ab 90 € kostenlos", "30 Tage kostenlose Rücksendung"),
}


def example_cart(language: str, *, pictures: str = f"{SHOP}/pictures") -> MailFacts:
    """Return an example basket in a language; its pictures lie below ``pictures``, a web address."""
    goods = _GOODS.get(language, _GOODS["en"])
    prices = ((1, "64.00", None), (1, "58.00", "72.00"), (2, "14.50", None))
    pictured = ("shirt", "shoes", "mug")
    lines = [
        LineSnapshot(
            variant_ref=f"example-{number}",
            product_name=name,
            variant_name=variant,
            quantity=quantity,
            unit_price=Decimal(price),
            total_price=Decimal(price) * quantity,
            undiscounted_unit_price=Decimal(before) if before else None,
            image_url=f"{pictures}/{picture}.png",
        ).to_json()
        for number, ((name, variant), (quantity, price, before), picture) in enumerate(
            zip(goods, prices, pictured, strict=True)
        )
    ]
    return MailFacts(
        first_name="Anna",
        lines=lines,
        currency="EUR",
        total=Decimal("151.00"),
        language=language,
        brand_name="Northmill",
        sender_name="Northmill",
        postal_address="Northmill GmbH\nMühlweg 4\n10437 Berlin",
        shop_url=SHOP,
        restore_url=f"{SHOP}/r/example-restore/",
        unsubscribe_url=f"{SHOP}/u/example-unsubscribe/",
        reason="consent",
        can_reply=True,
        promises=_PROMISES.get(language, _PROMISES["en"]),
    )


def example_cart_facts(language: str) -> dict[str, object]:
    """Return the facts of ``example_cart``, as a template sees them."""
    return cart_facts(example_cart(language))


def example_sign_up_facts(language: str) -> dict[str, object]:
    """Return the facts of a mail that asks whether a sign-up was one's own."""
    facts = MailFacts(
        first_name="Anna",
        language=language,
        brand_name="Northmill",
        sender_name="Northmill",
        postal_address="Northmill GmbH\nMühlweg 4\n10437 Berlin",
        shop_url=SHOP,
        confirm_url=f"{SHOP}/c/example-confirm/",
    )
    return sign_up_facts(facts)
