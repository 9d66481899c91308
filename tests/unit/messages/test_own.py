"""Mails in a merchant's own words. First what they cannot do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.own import BLOCKS, compile_own, render_own
from saleor_mailflow.messages.registry import REGISTRY

FACTS: dict[str, Any] = REGISTRY["upsell/goes_with"].example("de")
WORDS = {"subject": "Für {{ name }}", "preheader": "Nur kurz", "html": "<p class='x'>Hallo</p>", "text": "Hallo"}


def own(**words: str) -> Any:
    return compile_own(**{**WORDS, "language": "de", **words})


@pytest.mark.parametrize("call", ["cycler('a')", "lipsum()", "name.format(1)", "macros()", "self.main()"])
def test_words_call_blocks_and_nothing_else(call: str) -> None:
    with pytest.raises(TemplateFailed, match=r"In the html: .*nothing but button\(\), .* can be called"):
        own(html=f"{{{{ {call} }}}}")


def test_a_block_that_is_renamed_calls_nothing_else() -> None:
    words = own(html="{% set button = name %}{{ button(1) }}")
    with pytest.raises(TemplateFailed):
        render_own(words, FACTS)


def test_a_block_given_nonsense_is_a_sentence() -> None:
    for call in ("button(name, name)", "button()", "grid(name, 1)", "coupon(1)", "lines(1, 2, 3)"):
        with pytest.raises(TemplateFailed, match="The text failed"):
            render_own(own(html=f"{{{{ {call} }}}}"), FACTS)


def test_words_cannot_leave_out_how_to_stop() -> None:
    mail = render_own(own(html="</table></body><!--", text=" "), FACTS)
    for part in (mail.html, mail.text):
        assert FACTS["unsubscribe_url"] in part
        assert FACTS["address"] in part


def test_what_people_typed_stays_text() -> None:
    facts = {**FACTS, "name": "<b onclick=x>Ada & Co</b>"}
    mail = render_own(own(html="<p>{{ name }}</p>", text="Hallo {{ name }}"), facts)
    assert "<p>&lt;b onclick=x&gt;Ada &amp; Co&lt;/b&gt;</p>" in mail.html
    assert "Hallo <b onclick=x>Ada & Co</b>" in mail.text
    assert mail.subject == "Für <b onclick=x>Ada & Co</b>"


def test_blocks_are_the_packages_own_in_its_language_and_the_brands_colour() -> None:
    blocks = '{{ coupon(offer) }}{{ grid(products, "Dazu") }}{{ button(shop_url, "Los & weiter") }}'
    blocks += '{{ tip("Rat", "So") }}{{ steps(["eins"]) }}{{ tale("Wir", story) }}{{ lines(order, shop_url, "large") }}'
    facts = {**FACTS, "accent": "#aa3311", "offer": REGISTRY["win_back/offer"].example("de")["offer"]}
    mail = render_own(own(html=blocks, text=blocks), facts)
    assert 'bgcolor="#aa3311"' in mail.html
    assert "Los &amp; weiter" in mail.html
    assert "Los & weiter:\nhttps://northmill.example" in mail.text
    for part in (mail.html, mail.text):
        assert "10\u00a0% Rabatt" in part
        assert "Gesamt" in part
        assert "Wollsocken" in part
    assert set(BLOCKS) >= {"coupon", "grid", "button"}


def test_a_merchants_own_styles_are_written_into_the_elements() -> None:
    mail = render_own(
        own(html="<style>.mine { color: #aa3311 }</style><p class='mine'>x</p><p class=\"copy\">y</p>"), FACTS
    )
    assert '<p class="mine" style="color: #aa3311;">x</p>' in mail.html
    assert "27px Georgia" in mail.html


def test_what_the_page_for_merchants_shows_works_as_it_stands() -> None:
    page = (Path(__file__).parents[3] / "docs/howto/mails.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `(\{\{.*?\}\})` \|", page, re.MULTILINE)
    assert {call[3:].partition("(")[0] for call in shown} == set(BLOCKS)
    facts = {**FACTS, **REGISTRY["abandoned_checkout/last_call"].example("de")}
    mail = render_own(own(html="".join(shown), text="".join(shown)), facts)
    assert "ANNA-7Q4K-M2XP" in mail.html
    rows = re.findall(r"^\| ((?:`[a-z_]+/[a-z_…]+`(?:, )?)+) \| (`.*) \|$", page, re.MULTILINE)
    assert len(rows) == 5
    for key, knows in rows:
        for one in re.findall(r"`([a-z_]+)/", key):
            known = next(template.example("en") for name, template in REGISTRY.items() if name.startswith(one))
            # What is in brackets explains.
            names = re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", knows))
            assert set(names) <= set(known), one
