"""What a mail says when little is known: no name, no offer, no products, no story. There must be no hole."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.brand import Brand
from saleor_mailflow.messages.facts import MailFacts, OrderGiven
from saleor_mailflow.messages.mail import RenderedMail
from saleor_mailflow.messages.registry import REGISTRY, RegisteredTemplate
from saleor_mailflow.messages.render import render

CASES = [(template, language) for template in REGISTRY.values() for language in template.languages]
each_template = pytest.mark.parametrize(("template", "language"), CASES, ids=[f"{t.key}-{lang}" for t, lang in CASES])
MARKETING = [case for case in CASES if case[0].purpose == "marketing"]
each_marketing = pytest.mark.parametrize(
    ("template", "language"), MARKETING, ids=[f"{t.key}-{lang}" for t, lang in MARKETING]
)
OPTIONAL = ("first_name", "offer", "products", "gap_days", "draw", "season", "story", "promises", "can_reply", "order")
STORY = "We began with one loom.\n\nNow there are three, and we still know each\nthread."


def bare(template: RegisteredTemplate, language: str) -> MailFacts:
    """Return the facts of an example with nothing in them that may be missing."""
    return replace(
        template.known(language), first_name="", offer=None, products=(), gap_days=0, draw="", season="", story="",
        promises=(), can_reply=False, brand=Brand(), choices_url="", lines=(), order=None,
        review_url="https://northmill.example/reviews",
    )  # fmt: skip


def mail_of(template: RegisteredTemplate, language: str, facts: MailFacts) -> RenderedMail:
    return render(template.key, language, template.facts(facts))


def holes(mail: RenderedMail) -> list[str]:
    """Return what looks as if something were missing in a mail."""
    found = re.findall(r"<(p|h1|h2|td|b|a|span)(?: [^>]*)?>\s*</\1>", mail.html)
    found += re.findall(r"None|undefined|(?<=\S)  |\{|\}|(?<!\u00a0) [,.?!:;]|,[.!?]|\n\n\n|[ \t]\n", mail.text)
    return found + re.findall(r"^[,.:;!?·]|[,·(]$|None", mail.subject)


def prose(mail: RenderedMail) -> str:
    """Return what a mail tells: its text without addresses, footer and greeting."""
    text = mail.text.partition("\n----------\n")[0].partition("\n")[2]
    return "\n".join(line for line in text.splitlines() if not re.search(r"https?://|^[*-] ", line)).strip()


@each_template
def test_a_mail_that_knows_little_has_no_hole(template: RegisteredTemplate, language: str) -> None:
    assert holes(mail_of(template, language, bare(template, language))) == []


@each_template
def test_nor_has_one_that_lacks_any_one_thing(template: RegisteredTemplate, language: str) -> None:
    whole, little = template.known(language), bare(template, language)
    for name in OPTIONAL:
        known = replace(whole, **{name: getattr(little, name)})
        if name == "order" and template.key == "review_request/ask":
            known = replace(known, review_url=little.review_url)
        assert holes(mail_of(template, language, known)) == [], name
        alone = replace(little, **{name: getattr(whole, name)})
        assert holes(mail_of(template, language, alone)) == [], name


@each_marketing
def test_it_still_has_something_to_say(template: RegisteredTemplate, language: str) -> None:
    mail = mail_of(template, language, bare(template, language))
    assert len(prose(mail)) > 500


@each_marketing
def test_there_is_one_thing_to_do(template: RegisteredTemplate, language: str) -> None:
    for facts in (template.known(language), bare(template, language)):
        html = mail_of(template, language, facts).html
        asked_line_by_line = template.key == "review_request/ask" and facts.order is not None
        assert html.count('class="button-link"') == (0 if asked_line_by_line else 1)


@each_marketing
def test_what_the_inbox_shows_is_short_and_says_something(template: RegisteredTemplate, language: str) -> None:
    for facts in (template.known(language), bare(template, language)):
        mail = mail_of(template, language, facts)
        shown = re.search(r'mso-hide: all">([^\u034f<]*)', mail.html)
        assert shown is not None
        assert 10 < len(shown[1].strip()) < 140
        assert shown[1].strip() != mail.subject
        assert len(mail.subject) <= 60
        assert mail.subject.upper() != mail.subject


def test_every_mail_of_a_language_has_a_subject_of_its_own() -> None:
    for language in ("en", "de", "fr", "pl"):
        subjects = [mail_of(one, language, one.known(language)).subject for one in REGISTRY.values()]
        assert len(set(subjects)) == len(subjects)


@pytest.mark.parametrize("language", ["en", "de", "fr", "pl"])
def test_a_merchants_own_story_takes_the_place_of_ours(language: str) -> None:
    template = REGISTRY["welcome/hello"]
    ours = mail_of(template, language, bare(template, language))
    own = mail_of(template, language, replace(bare(template, language), story=STORY))
    for part in (own.html, own.text):
        assert "We began with one loom." in part
        assert "Now there are three, and we still know each thread." in part
    missing = [line for line in ours.text.splitlines() if len(line) > 200 and line not in own.text]
    assert len(missing) == 1


def test_it_has_been_so_many_days() -> None:
    template = REGISTRY["win_back/hello_again"]
    said = {
        "en": ("It has been 1 day since", "It has been 84 days since"),
        "de": ("ist 1 Tag vergangen", "sind 84 Tage vergangen"),
        "fr": ("d’il y a 1 jour.", "d’il y a 84 jours."),
        "pl": ("minął 1 dzień", "minęły 84 dni"),
    }
    for language, texts in said.items():
        for days, text in zip((1, 84), texts, strict=True):
            mail = mail_of(template, language, replace(template.known(language), gap_days=days))
            for part in (mail.html, mail.text):
                assert text in part.replace("\u00a0", " ")


def test_without_a_way_to_the_shop_or_out_there_is_no_mail() -> None:
    for key in ("welcome/hello", "thank_you/thanks", "vip/again", "review_request/ask"):
        template = REGISTRY[key]
        with pytest.raises(TemplateFailed, match=r"for the shop\. Set the storefront link"):
            template.facts(replace(template.known("en"), shop_url=""))
        with pytest.raises(TemplateFailed, match="the unsubscribe link"):
            template.facts(replace(template.known("en"), unsubscribe_url=""))


def test_each_line_is_asked_about_once_with_a_safe_link() -> None:
    template = REGISTRY["review_request/ask"]
    line = {
        "product_name": "Tee",
        "quantity": 1,
        "total_price": "20",
        "product_ref": "UHJvZ/=&?",
        "product_slug": "tee",
    }
    order = OrderGiven(number="10 42#x", lines=[line, {**line, "variant_name": "L"}, {**line, "is_gift": True}])
    link = "https://shop.example/r?o={order}&p={product}"
    facts = template.facts(replace(template.known("en"), order=order, review_url=link))
    assert [one["url"] for one in facts["reviews"]] == [  # type: ignore[attr-defined]  # facts are plain values
        "https://shop.example/r?o=10%2042%23x&p=UHJvZ%2F%3D%26%3F"
    ]
    whole = template.facts(replace(template.known("en"), order=order, review_url="https://shop.example/o/{order}"))
    assert (whole["reviews"], whole["review_url"]) == ([], "https://shop.example/o/10%2042%23x")


@pytest.mark.parametrize("link", ["", "javascript:alert({order})", "https://shop.example/{product_slug}"])
def test_without_a_place_for_a_review_there_is_no_mail(link: str) -> None:
    template = REGISTRY["review_request/ask"]
    order = OrderGiven(number="1", lines=[{"product_name": "Tee", "quantity": 1, "total_price": "20"}])
    with pytest.raises(TemplateFailed, match="no usable address for a review"):
        template.facts(replace(template.known("en"), order=order, review_url=link))
