"""How a channel's mails look. First what would break them."""

from __future__ import annotations

import random

import pytest

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.messages.brand import (
    DARK_CARD,
    FONTS,
    READABLE,
    VISIBLE,
    Brand,
    brand_from_json,
    brand_to_json,
    contrast,
)
from saleor_mailflow.messages.gallery import rendered_example
from saleor_mailflow.messages.registry import REGISTRY


@pytest.mark.parametrize(
    ("data", "key", "says"),
    [
        ({"accent": "red"}, "brand.accent", "#rrggbb"),
        ({"accent": "#12345"}, "brand.accent", "#rrggbb"),
        ({"accent": "#123456;}"}, "brand.accent", "#rrggbb"),
        ({"logo_url": "http://shop.example/a.png"}, "brand.logo_url", "https://"),
        ({"logo_url": "https://a@shop.example/a.png"}, "brand.logo_url", "https://"),
        ({"logo_url": 'https://shop.example/"onerror='}, "brand.logo_url", "https://"),
        ({"logo_width": 5000}, "brand.logo_width", "320"),
        ({"logo_width": True}, "brand.logo_width", "320"),
        ({"font": "Comic Sans"}, "brand.font", "classic"),
        ({"tone": "shouting"}, "brand.tone", "friendly"),
        ({"social": "instagram"}, "brand.social", "network"),
        ({"social": {"myspace": "https://a.example"}}, "brand.social.myspace", "mastodon"),
        ({"social": {"x": "javascript:alert(1)"}}, "brand.social.x", "https://"),
        ({"colour": "#000000"}, "brand.colour", "accent"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_with_the_next_thing_to_do(
    data: dict[str, object], key: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        brand_from_json(data)
    assert caught.value.key == key
    assert str(caught.value).endswith((".", "…"))


def test_writing_on_a_button_can_always_be_read() -> None:
    chance = random.Random(7)
    colours = [f"#{chance.randrange(1 << 24):06x}" for _ in range(500)]
    for colour in ["#000000", "#ffffff", "#777777", "#1c1e21", "#0000ff", "#ffff00", *colours]:
        brand = Brand(accent=colour)
        assert contrast(brand.on_accent, colour) >= READABLE, colour
        assert contrast(brand.on_accent_dark, brand.accent_dark) >= READABLE, colour
        assert contrast(brand.accent_dark, DARK_CARD) >= VISIBLE, colour


def test_black_on_white_is_the_most_there_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#808080", "#808080") == 1


def test_nothing_given_is_a_sensible_brand_and_comes_back_as_it_went() -> None:
    assert brand_from_json({}) == Brand()
    data = {
        "logo_url": "https://shop.example/logo.png", "logo_width": 120, "accent": "#AA3311", "font": "modern",
        "tone": "friendly", "social": {"instagram": "https://instagram.example/a", "facebook": ""},
    }  # fmt: skip
    brand = brand_from_json(data)
    assert brand.accent == "#aa3311"
    assert brand.social == {"instagram": "https://instagram.example/a"}
    assert brand_from_json(brand_to_json(brand)) == brand


@pytest.mark.parametrize("font", FONTS)
def test_every_mail_wears_its_brand(font: str) -> None:
    assert not set("\"'<>;") & set("".join(FONTS[font]))
    brand = Brand(
        accent="#0a5c36", font=font, logo_url="https://shop.example/l.png", social={"x": "https://x.example/northmill"}
    )
    for template in REGISTRY.values():
        html = rendered_example(template, "en", pictures="pictures", brand=brand).html
        assert '<img src="https://shop.example/l.png" width="140" alt="Northmill"' in html
        assert f"38px {FONTS[font][0]};" in html
        assert "{{" not in html
        assert "@@" not in html
        if 'class="button' in html:
            assert 'bgcolor="#0a5c36"' in html
            assert f"background-color: {brand.accent_dark} !important" in html
        assert ("https://x.example/northmill" in html) == (template.purpose == "marketing")
