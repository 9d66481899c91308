"""What lint finds in a mail. First that it finds nothing in ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from saleor_mailflow.messages.lint import Finding, lint_own, lint_template
from saleor_mailflow.messages.own import Words
from saleor_mailflow.messages.registry import REGISTRY
from saleor_mailflow.messages.render import render

OUT = "https://mail.example/u/1/"
ADDRESS = "Northmill GmbH, Mühlweg 4"
STORY = "The linen is from the mill we visit every spring, and it is washed twice so that it will not shrink. " * 6
HTML = (
    '<div style="display: none; max-height: 0">One sentence more</div>'
    f'<p>{STORY}</p><a href="https://shop.example/">Shop</a><p><a href="{OUT}">Stop</a> {ADDRESS}</p>'
)
TEXT = f"{STORY}\nhttps://shop.example/\nStop: {OUT}\n{ADDRESS}\n"


def lint(html: str = HTML, text: str = TEXT, subject: str = "The linen is in", **more: Any) -> tuple[Finding, ...]:
    return lint_template(html, text, subject, **{"unsubscribe_url": OUT, "address": ADDRESS, **more})


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


@pytest.mark.parametrize("template", REGISTRY.values(), ids=REGISTRY)
@pytest.mark.parametrize("language", ["en", "de", "fr", "pl"])
def test_the_packages_own_mails_are_clean(template: Any, language: str) -> None:
    facts = template.example(language)
    mail = render(template.key, language, facts)
    marketing = template.purpose == "marketing"
    found = lint_template(
        mail.html, mail.text, mail.subject, unsubscribe_url=facts["unsubscribe_url"], address=facts["address"],
        marketing=marketing,
    )  # fmt: skip
    # A mail that only asks for a yes may be short.
    assert [one for one in found if marketing or "characters of text" not in one.sentence] == []


def test_a_plain_honest_mail_has_nothing_wrong_with_it() -> None:
    assert lint() == ()
    assert lint(HTML.replace(f'<a href="{OUT}">', "<a>"), TEXT.replace(OUT, ""), marketing=False) == ()


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (
            {"html": HTML.replace(OUT, "https://else.example/"), "text": TEXT + "https://else.example/"},
            "html",
            "unsubscribe",
        ),
        ({"html": HTML.replace(f'<a href="{OUT}">', f'<i title="{OUT}">')}, "html", "no link to unsubscribe"),
        ({"text": TEXT.replace(OUT, "-")}, "text", "unsubscribe"),
        ({"html": HTML.replace(ADDRESS, "")}, "html", "postal address"),
        ({"text": TEXT.replace(ADDRESS, "")}, "text", "postal address"),
        ({"subject": "For {{ nmae }}"}, "subject", "'{{' was not filled in"),
        ({"subject": "For {name}"}, "subject", "'{name}'"),
        ({"html": HTML.replace("linen", "*|FNAME|*", 1)}, "html", "was not filled in"),
        ({"text": TEXT.replace("linen", "None", 1)}, "text", "'None'"),
        ({"html": HTML.replace("https://shop.example/", "#")}, "html", "'#', which is no web address"),
        ({"subject": " "}, "subject", "no subject"),
    ],
)
def test_what_must_not_go_live_is_an_error(change: dict[str, str], where: str, says: str) -> None:
    errors = tuple(one for one in lint(**change) if one.level == "error")
    found = only(errors)
    assert found.where == where
    assert says in found.sentence
    assert found.sentence.endswith((".", "}}."))


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"html": HTML.replace(STORY, "Buy.")}, "html", "tells too little"),
        (
            {"html": HTML.replace("<p>", '<img src="a.png" width="600" height="800" alt="Linen"><p>', 1)},
            "html",
            "mostly pictures",
        ),
        ({"html": HTML.replace("<p>", '<img src="a.png" width="60"><p>', 1)}, "html", "alt text"),
        ({"html": HTML + f"<!--{'x' * 100_000}-->"}, "html", "Gmail"),
        ({"subject": "THE LINEN IS IN"}, "subject", "capitals"),
        ({"subject": "The linen is in!!"}, "subject", "2 exclamation marks"),
        ({"subject": "Re: your linen"}, "subject", "pretends"),
        ({"subject": "The linen is in " * 6}, "subject", "cut off"),
        ({"html": HTML.replace("One sentence more", " ")}, "preheader", "no preheader"),
        ({"html": HTML.replace("One sentence more", "The linen is in")}, "preheader", "repeats"),
        ({"preheader": "The linen is here. " * 9}, "preheader", "Shorten"),
        ({"text": TEXT.replace("https://shop.example/", "")}, "text", "https://shop.example/"),
    ],
)
def test_what_may_send_it_to_the_spam_folder_is_a_warning(change: dict[str, str], where: str, says: str) -> None:
    found = only(lint(**change))
    assert (found.level, found.where) == ("warning", where)
    assert says in found.sentence


def test_a_short_name_in_capitals_is_a_name() -> None:
    assert lint(subject="ABBA") == ()
    assert lint(subject="New: NASA and ESA posters") == ()


def facts(language: str) -> Mapping[str, object]:
    return REGISTRY["welcome/hello"].example(language)


GOOD = Words(
    subject="Hello {{ name }}", preheader="What is new",
    html='<p class="copy">' + STORY + "</p>{{ button(shop_url, 'Go') }}",
    text=STORY + "{{ button(shop_url, 'Go') }}",
)  # fmt: skip


def test_own_words_that_are_well_have_nothing_wrong_with_them() -> None:
    assert lint_own({"en": GOOD, "de": GOOD}, facts, languages=("en", "de")) == ()


def test_a_missing_language_and_a_broken_variable_say_where() -> None:
    broken = Words(**{**vars(GOOD), "html": "<p>\n{{ nmae }}</p>"})
    found = lint_own({"de": broken}, facts, languages=("de", "pl"), trial=False)
    assert [(one.level, one.where) for one in found] == [("error", "de"), ("error", "pl")]
    assert "'nmae' is undefined (line 2)" in found[0].sentence
    assert "no text in 'pl', only in de" in found[1].sentence
    short = Words(**{**vars(GOOD), "html": "Buy."})
    assert [one.where for one in lint_own({"fr": short}, facts, languages=("fr",), trial=False)] == ["fr: html"]


def test_own_words_that_never_end_are_stopped_by_the_trial() -> None:
    slow = Words(
        **{
            **vars(GOOD),
            "html": "{% for a in range(200) %}{% for b in range(200) %}{% if b %}{% endif %}{% endfor %}{% endfor %}",
        }
    )
    assert only(lint_own({"en": slow}, facts, languages=("en",))).level == "error"
