"""People and things that do not exist: the facts that previews, tests and the gallery show templates with.

Refuses to use anybody's data, and addresses that could ever lead somewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from saleor_mailflow.messages.brand import Brand
from saleor_mailflow.messages.facts import (
    MailFacts,
    Offer,
    OrderGiven,
    ProductCard,
    Why,
)
from saleor_mailflow.shop.snapshots import LineSnapshot

SHOP = "https://northmill.example"

#: Names and variants by language; the pictures beside them in ``_PICTURES``.
_GOODS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (("Linen shirt, sand", "Size M"), ("Canvas shoes", "Size 41"), ("Stoneware mug", "")),
    "de": (("Leinenhemd, sandfarben", "Größe M"), ("Leinenschuhe", "Größe 41"), ("Becher aus Steinzeug", "")),
    "fr": (("Chemise en lin, sable", "Taille M"), ("Chaussures en toile", "Pointure 41"), ("Tasse en grès", "")),
    "pl": (("Koszula lniana, piaskowa", "Rozmiar M"), ("Buty płócienne", "Rozmiar 41"), ("Kubek z kamionki", "")),
}
_PICTURES = ("shirt", "shoes", "mug")
_MORE: Mapping[str, tuple[str, ...]] = {
    "en": ("Wool socks", "Canvas bag", "Steel bottle, 0.5 l", "Beeswax candle"),
    "de": ("Wollsocken", "Stofftasche", "Trinkflasche aus Stahl, 0,5 l", "Kerze aus Bienenwachs"),
    "fr": ("Chaussettes en laine", "Sac en toile", "Gourde en acier, 0,5 l", "Bougie en cire d’abeille"),
    "pl": ("Skarpety wełniane", "Torba płócienna", "Bidon stalowy, 0,5 l", "Świeca z wosku pszczelego"),
}
_PROMISES: Mapping[str, tuple[str, ...]] = {
    "en": ("Free shipping from €90", "Returns free for 30 days"),
    "de": ("Versand ab 90\u00a0€ kostenlos", "30 Tage kostenlose Rücksendung"),
    "fr": ("Livraison offerte dès 90\u00a0€", "Retours gratuits pendant 30 jours"),
    "pl": ("Darmowa dostawa od 90\u00a0€", "30 dni na bezpłatny zwrot"),
}
_SEASON: Mapping[str, str] = {
    "en": "The linen is in: shirts, trousers and towels in four colours, until the end of August.",
    "de": "Das Leinen ist da: Hemden, Hosen und Handtücher in vier Farben, bis Ende August.",
    "fr": "Le lin est arrivé\u00a0: chemises, pantalons et serviettes en quatre couleurs, jusqu’à la fin août.",
    "pl": "Len już jest: koszule, spodnie i ręczniki w czterech kolorach, do końca sierpnia.",
}
_DRAW: Mapping[str, str] = {
    "en": "Among all reviews of a month we draw one; whoever wrote it gets a voucher worth €50.",
    "de": "Unter allen Bewertungen eines Monats losen wir eine aus; dafür gibt es einen Gutschein über 50\u00a0€.",
    "fr": "Chaque mois, nous tirons un avis au sort\u00a0; la personne qui l’a écrit reçoit un bon de 50\u00a0€.",
    "pl": "Co miesiąc losujemy jedną opinię; jej autor lub autorka dostaje bon na 50\u00a0€.",
}


def example_mail(language: str, *, pictures: str = f"{SHOP}/pictures") -> MailFacts:
    """Return somebody with a cart, an order, an offer and products; pictures lie below ``pictures``, a web address."""
    language = language if language in _GOODS else "en"
    prices = ((1, "64.00", None), (1, "58.00", "72.00"), (2, "14.50", None))
    lines = [
        LineSnapshot(
            variant_ref=f"example-{number}",
            product_ref=f"example-product-{number}",
            product_name=name,
            product_slug=_PICTURES[number],
            variant_name=variant,
            quantity=quantity,
            unit_price=Decimal(price),
            total_price=Decimal(price) * quantity,
            undiscounted_unit_price=Decimal(before) if before else None,
            image_url=f"{pictures}/{_PICTURES[number]}.png",
        ).to_json()
        for number, ((name, variant), (quantity, price, before)) in enumerate(
            zip(_GOODS[language], prices, strict=True)
        )
    ]
    reasons = (
        Why(key="bought_together", count=3, of=5),
        Why(key="bought_next", count=7, of=12),
        Why(key="best_seller"),
        Why(key="same_category"),
    )
    costs = (("12.00", None), ("29.00", "36.00"), ("24.00", None), ("18.50", None))
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
        confirm_url=f"{SHOP}/c/example-confirm/",
        unsubscribe_url=f"{SHOP}/u/example-unsubscribe/",
        choices_url=f"{SHOP}/p/example-choices/",
        reason="consent",
        can_reply=True,
        promises=_PROMISES[language],
        brand=Brand(social={"instagram": f"{SHOP}/instagram", "pinterest": f"{SHOP}/pinterest"}),
        order=OrderGiven(number="1042", lines=lines, currency="EUR", total=Decimal("154.90")),
        products=tuple(
            ProductCard(
                name=name,
                url=f"{SHOP}/products/{picture}",
                image_url=f"{pictures}/{picture}.png",
                price=Decimal(price),
                before=Decimal(before) if before else None,
                currency="EUR",
                why=reason,
            )
            for name, picture, (price, before), reason in zip(
                _MORE[language], ("socks", "bag", "bottle", "candle"), costs, reasons, strict=True
            )
        ),
        offer=Offer(
            code="ANNA-7Q4K-M2XP",
            kind="percentage",
            value=Decimal(10),
            currency="EUR",
            ends_at=date(2026, 12, 31),
            minimum=Decimal(50),
        ),
        gap_days=84,
        review_url=f"{SHOP}/products/{{product_slug}}?review={{order}}",
        draw=_DRAW[language],
        season=_SEASON[language],
    )


def example_cart(language: str, *, pictures: str = f"{SHOP}/pictures") -> MailFacts:
    """Return an example basket without an offer; its pictures lie below ``pictures``, a web address."""
    return replace(example_mail(language, pictures=pictures), offer=None, choices_url="", brand=Brand())


def example_sign_up(language: str, *, pictures: str = f"{SHOP}/pictures") -> MailFacts:
    """Return somebody who asked for mail and has not said yet that it was they."""
    known = example_mail(language, pictures=pictures)
    return replace(known, unsubscribe_url="", choices_url="", promises=())


#: The order of a first buyer, and the worth of a code, are seldom those of a regular: what each mail is shown with.
_HELLO = Offer(code="HELLO-4TQ8-WM7C", kind="percentage", value=Decimal(10), ends_at=date(2026, 12, 31))
_OFFERS: Mapping[str, Offer | None] = {
    "welcome/hello": _HELLO,
    "welcome/guide": _HELLO,
    "welcome/best_sellers": None,
    "thank_you/thanks": Offer(code="MERCI-8KD2-P4RX", kind="free_shipping", ends_at=date(2027, 2, 28)),
    "upsell/goes_with": None,
    "win_back/hello_again": None,
    "win_back/last_chance": Offer(
        code="ANNA-7Q4K-M2XP", kind="percentage", value=Decimal(10), ends_at=date(2026, 12, 6)
    ),
    "birthday/day": Offer(code="ANNA-5B1R-THDY", kind="fixed", value=Decimal(15), currency="EUR"),
    "vip/welcome": Offer(code="ANNA-VIP2-9XLM", kind="percentage", value=Decimal(20), ends_at=date(2027, 3, 31)),
    "vip/again": Offer(code="ANNA-VIP7-3KQD", kind="free_shipping", ends_at=date(2027, 3, 31)),
}
_WITH_PRODUCTS = frozenset({"welcome/best_sellers", "upsell/goes_with", "win_back/hello_again", "vip/again"})


def example_of(key: str, language: str, *, pictures: str = f"{SHOP}/pictures") -> MailFacts:
    """Return what the template ``key`` is shown with."""
    if key == "abandoned_checkout/reminder":
        return example_cart(language, pictures=pictures)
    if key.startswith("confirm_sign_up/"):
        return example_sign_up(language, pictures=pictures)
    known = example_mail(language, pictures=pictures)
    return replace(
        known,
        offer=_OFFERS.get(key, known.offer),
        products=_chosen(known.products, key) if key in _WITH_PRODUCTS else (),
        order=known.order if key.startswith(("thank_you/", "upsell/", "review_request/")) else None,
    )


def _chosen(products: Sequence[ProductCard], key: str) -> tuple[ProductCard, ...]:
    """Return products with the reasons that such a mail has: its own order says why it goes with an order."""
    if key == "upsell/goes_with":
        return tuple(products)
    reason = Why(key="best_seller") if key == "welcome/best_sellers" else None
    return tuple(replace(one, why=reason) for one in products)
