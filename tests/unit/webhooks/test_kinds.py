"""The names of Saleor's events, in whichever of their spellings they come."""

from __future__ import annotations

import re

import pytest

from saleor_mailflow.webhooks.kinds import KINDS, snake_case


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_name_that_is_known_is_spelt_by_the_rule_for_all(name: str) -> None:
    camel = re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
    for spelling in (camel, camel[0].upper() + camel[1:]):
        assert snake_case(spelling) == re.sub(r"(?<!^)(?=[A-Z])", "_", spelling).lower() == name


def test_a_name_that_is_not_known_is_spelt_by_it_too() -> None:
    assert snake_case("giftCardSent") == snake_case("GiftCardSent") == "gift_card_sent"
