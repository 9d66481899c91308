"""Mails on the demo's page: nothing is fetched from afar, and the reader sees a picture all the same."""

from __future__ import annotations

import pytest

from saleor_mailflow.service.demo.letters import PICTURES, picture_for, with_own_pictures


def test_no_picture_comes_from_afar() -> None:
    mail = (
        '<html><head><title>x</title></head><body><img width="9" src="https://shop.example/a.png" alt="Linen shirt">'
        "<IMG SRC='//cdn.example/b.png?x=1&amp;y=2'><img alt='' src=\"data:image/png;base64,AA==\"></body></html>"
    )
    shown = with_own_pictures(mail)
    assert "shop.example" not in shown
    assert "cdn.example" not in shown
    assert 'src="/pictures/shirt.svg"' in shown
    assert "data:image/png" in shown
    assert '<head><base target="_blank">' in shown


@pytest.mark.parametrize(
    ("words", "picture"), [("Monospace Tee", "shirt"), ("Paul's Balance 420 1024/", "shoes"), ("Blue Mug", "mug")]
)
def test_a_picture_fits_the_products_name(words: str, picture: str) -> None:
    assert picture_for(words) == picture


def test_a_name_that_says_nothing_gets_one_and_the_same_picture() -> None:
    for words in ("", "Zzz", "東京"):
        assert picture_for(words) == picture_for(words)
        assert (PICTURES / f"{picture_for(words)}.svg").is_file()
