"""What a cart template gets to see. First what it must never see."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.examples import example_cart
from saleor_mailflow.messages.facts import MailFacts, cart_facts

CART = example_cart("en")


def line(name: str = "Tee", quantity: object = 1, total: object = "20.00", **more: object) -> dict[str, object]:
    return {"product_name": name, "quantity": quantity, "total_price": total, **more}


def basket(cart: MailFacts, *lines: dict[str, object], total: str = "0", **more: Any) -> dict[str, Any]:
    found = cart_facts(replace(cart, lines=lines, total=Decimal(total), **more))["basket"]
    assert isinstance(found, dict)
    return found


def plain(value: object) -> bool:
    if type(value) is dict:
        return all(type(key) is str and plain(item) for key, item in value.items())
    if type(value) is list:
        return all(plain(item) for item in value)
    return type(value) in {str, bool, int}


def test_nothing_but_plain_values_goes_in() -> None:
    assert plain(cart_facts(CART))


@pytest.mark.parametrize(
    "bad", ["", "javascript:alert(1)", "mail.example/u/x", 'https://x.example/"onclick=', "https://"]
)
def test_no_mail_without_its_links(bad: str) -> None:
    with pytest.raises(TemplateFailed, match="unsubscribe link"):
        cart_facts(replace(CART, unsubscribe_url=bad))
    with pytest.raises(TemplateFailed, match="link back to the cart"):
        cart_facts(replace(CART, restore_url=bad))


@pytest.mark.parametrize("bad", ["twenty", "NaN", "Infinity", None, "1e999999999999999999"])
def test_a_price_that_is_no_number_is_a_sentence(bad: object) -> None:
    with pytest.raises(TemplateFailed, match=r"total_price .*, which is no amount or count"):
        basket(CART, line(total=bad))


@pytest.mark.parametrize(
    "bad", ["data:image/png;base64,x", "//cdn.example/x.png", "file:///etc/passwd", "http://a b", "x"]
)
def test_an_unsafe_picture_is_left_out(bad: str) -> None:
    found = basket(CART, line(image_url=bad))["lines"][0]
    assert found["picture"] == ""
    assert found["initial"] == "T"


def test_a_price_not_yet_calculated_is_left_out_not_shown_as_zero() -> None:
    found = basket(CART, line(total="0"), line(), total="20.00")
    assert found["lines"][0]["price"] == ""
    assert found["total"] == found["adjustment"] == ""
    assert basket(CART, line(), total="0")["total"] == ""


def test_a_bait_name_is_not_passed_on() -> None:
    assert cart_facts(replace(CART, first_name="Win at http://win.example"))["name"] == ""


def test_a_line_says_what_it_costs_now_and_cost_before() -> None:
    found = basket(CART, line(quantity=3, total="30.00", undiscounted_unit_price="12.00", variant_name="M"))["lines"][0]
    assert (found["price"], found["before"], found["detail"]) == ("€30.00", "€36.00", "M · 3\u00a0pieces")
    assert basket(CART, line(undiscounted_unit_price="20.00"))["lines"][0]["before"] == ""
    assert basket(CART, line(undiscounted_unit_price=None))["lines"][0]["before"] == ""


def test_a_gift_is_called_one() -> None:
    found = basket(CART, line(), line("Sticker", total="0", is_gift=True), total="20.00")
    assert found["lines"][1]["price"] == "Gift"
    assert found["total"] == "€20.00"


@pytest.mark.parametrize("variant", ["", "Default", "default variant", "Tee", "-"])
def test_a_variant_that_says_nothing_is_left_out(variant: str) -> None:
    assert basket(CART, line(variant_name=variant))["lines"][0]["detail"] == ""


def test_twelve_lines_show_eight_and_add_up() -> None:
    found = basket(CART, *[line(f"Thing {number}", total="2.50") for number in range(12)], total="34.90")
    assert len(found["lines"]) == 8
    assert (found["more"], found["more_price"]) == ("and 4 more items", "€10.00")
    assert (found["adjustment"], found["total"]) == ("+€4.90", "€34.90")
    assert found["summary"] == "Thing 0 and 11 more items"


def test_a_discount_is_shown_as_one() -> None:
    assert basket(CART, line(), total="15.00")["adjustment"] == "-€5.00"
    assert basket(CART, line(), total="20.00")["adjustment"] == ""


def test_emptied_lines_and_an_empty_basket_make_no_noise() -> None:
    found = basket(CART, line(quantity=0))
    assert (found["lines"], found["summary"], found["more"], found["total"]) == ([], "", "", "")


def test_a_very_long_name_is_cut() -> None:
    assert len(basket(CART, line("x" * 5_000))["lines"][0]["name"]) == 160


def test_the_address_is_one_line_and_names_the_shop() -> None:
    assert cart_facts(CART)["address"] == "Northmill GmbH, Mühlweg 4, 10437 Berlin"
    assert cart_facts(replace(CART, postal_address="Main St 1,\n\nTown"))["address"] == "Northmill, Main St 1, Town"
    assert cart_facts(replace(CART, postal_address=""))["address"] == "Northmill"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("consent", "agreed to hear"),
        ("existing_customer", "shopped at"),
        ("none", "your cart at"),
        ("?", "your cart at"),
    ],
)
def test_the_mail_says_why_it_came(reason: str, words: str) -> None:
    assert words in str(cart_facts(replace(CART, reason=reason))["reason"])


def test_german_prices_are_german() -> None:
    german = replace(example_cart("de"), country="DE")
    assert basket(german, line(total="1234.50"), total="1234.50")["total"] == "1.234,50\u00a0€"
