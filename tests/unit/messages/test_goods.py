"""Products and offers in a mail. First what must never be promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.facts import Offer, ProductCard, Why
from saleor_mailflow.messages.facts.goods import offer, products, why
from saleor_mailflow.messages.formats import locale_of

CODE = Offer(code="A-1", kind="percentage", value=Decimal(10))


def fixed(value: str, currency: str) -> Offer:
    return Offer(code="A-1", kind="fixed", value=Decimal(value), currency=currency, personal=False)


CARD = ProductCard(name="Mug", url="https://shop.example/mug")


@pytest.mark.parametrize(
    "bad",
    [
        replace(CODE, code=" \n"),
        replace(CODE, value=Decimal(0)),
        replace(CODE, kind="named", words=" "),
        replace(CODE, value=Decimal(-5)),
        replace(CODE, value=Decimal("NaN")),
        replace(CODE, kind="fixed", value=Decimal(5), currency=""),
    ],
)
def test_an_offer_that_is_worth_nothing_is_no_mail(bad: Offer) -> None:
    with pytest.raises(TemplateFailed, match="The offer"):
        offer(bad, "en", locale_of("en"))


def test_a_product_nobody_can_open_is_left_out() -> None:
    for url in ("", "javascript:alert(1)", "/products/mug", "https://x.example/ y"):
        assert products([replace(CARD, url=url)], "en", locale_of("en")) == []
    assert products([replace(CARD, name=" ")], "en", locale_of("en")) == []


def test_a_price_without_its_currency_is_left_out() -> None:
    for card in (replace(CARD, price=Decimal(5)), replace(CARD, price=None, currency="EUR")):
        assert products([card], "en", locale_of("en"))[0]["price"] == ""
    cheaper = replace(CARD, price=Decimal(5), before=Decimal(4), currency="EUR")
    assert products([cheaper], "en", locale_of("en"))[0]["before"] == ""


def test_a_reason_nobody_wrote_is_not_made_up() -> None:
    assert why(Why(key="magic", count=3, of=5), "en") == ""
    assert why(None, "en") == ""
    # Six of five is nobody's truth.
    assert why(Why(key="bought_together", count=6, of=5), "en") == "Often bought together"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "{} of 5 buyers also took this"),
        ("de", "Dazu gekauft: {} von 5 Personen"),
        ("fr", "Aussi choisi {} fois sur 5"),
        ("pl", "Także w koszyku {} z 5 kupujących osób"),
    ],
)
def test_figures_are_worded(language: str, said: str) -> None:
    # A verb would go with one figure and the noun with the other, so no verb here may change with either.
    for count in (1, 3):
        text = why(Why(key="bought_together", count=count, of=5), language)
        assert text.replace("\u00a0", " ") == said.format(count)


@pytest.mark.parametrize(
    ("language", "given", "headline", "terms"),
    [
        ("en", CODE, "10% off", "for you alone, once"),
        ("de", replace(CODE, personal=False), "10 % Rabatt", ""),
        ("fr", replace(CODE, value=Decimal("12.5")), "12,5 % de réduction", "pour vous seulement, une fois"),
        ("pl", fixed("15.00", "PLN"), "Rabat 15 zł", ""),
        ("de", fixed("1500", "EUR"), "1.500 € Rabatt", ""),
        ("en", fixed("15.50", "USD"), "$15.50 off", ""),
        ("en", fixed("1000", "USD"), "$1,000 off", ""),
        ("en", fixed("1000", "JPY"), "¥1,000 off", ""),
        (
            "de",
            Offer(code="A", kind="free_shipping", ends_at=date(2026, 12, 6), minimum=Decimal(50), currency="EUR"),
            "Kostenloser Versand",
            "ab 50 € Bestellwert · gültig bis 6. Dezember 2026 · nur für Sie, einmalig",
        ),
    ],
)  # fmt: skip
def test_an_offer_says_what_it_is_good_for(language: str, given: Offer, headline: str, terms: str) -> None:
    found = offer(given, language, locale_of(language))
    shown = [str(found[key]).replace("\u00a0", " ").replace("\u202f", " ") for key in ("headline", "terms")]
    assert shown == [headline, terms]
    assert found["code"] == given.code


def test_more_products_than_a_mail_holds_are_cut() -> None:
    assert len(products([CARD] * 40, "en", locale_of("en"))) == 6
