"""The texts of mails and pages in every language. First what must never reach a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from saleor_mailflow.messages.catalogs import DOMAIN, LANGUAGES, LOCALE, catalog, path_of
from saleor_mailflow.messages.sources import PART, TEMPLATES, WHOLE, source
from saleor_mailflow.messages.words import phrase, phrases, words
from tools.catalogs import asked_for

WRITTEN = LANGUAGES[1:]
#: Words that are the same in both languages, and signs.
SAME = {"Total", "Code", ":"}
each_language = pytest.mark.parametrize("language", WRITTEN)
MAILS = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "pages")


def texts(language: str) -> Iterator[tuple[Message, str, str]]:
    """Yield each message of a catalog with every pair of English and translated text that it holds."""
    with path_of(language).open("rb") as file:
        for message in read_po(file, locale=language):
            if message.id:
                one = message.id if isinstance(message.id, str) else message.id[0]
                many = message.id if isinstance(message.id, str) else message.id[1]
                said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
                for number, text in enumerate(said):
                    yield message, (one if number == 0 else many), text


@each_language
def test_no_english_is_left(language: str) -> None:
    for message, english, text in texts(language):
        assert text.strip(), english
        assert text != english or english in SAME, english
        assert not message.fuzzy


@each_language
def test_a_translation_fills_in_the_same_places(language: str) -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w+\}", text))

    for _, english, text in texts(language):
        assert places(text) == places(english), english
        assert not re.search(r"[{}]", re.sub(r"\{\w+\}", "", text)), text


@each_language
def test_every_text_that_is_asked_for_is_there_and_no_other(language: str) -> None:
    asked = {(message.context, message.id) for message in asked_for() if message.id}
    assert {(message.context, message.id) for message, *_ in texts(language)} == asked
    with (LOCALE / f"{DOMAIN}.pot").open("rb") as file:
        assert {(message.context, message.id) for message in read_po(file) if message.id} == asked


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_markup_or_typewriter_signs(language: str) -> None:
    # A text stands in HTML, in plain text and inside expressions of templates alike.
    found = [text for *_, text in texts(language)] if language in WRITTEN else [str(m.id) for m in asked_for()]
    for text in found:
        if language in WRITTEN:
            assert not set(text) & set("<>&\"'"), text
        assert "  " not in text
        assert not text.startswith("\u00a0") or text == "\u00a0:"


def test_french_signs_hold_on_to_their_words() -> None:
    for *_, text in texts("fr"):
        assert not re.search(r" [?!:;»]|« ", text), text
        assert not re.search(r"\w[?!;]", text), text


def test_polish_has_three_forms_and_asks_nobody_their_sex() -> None:
    for message, *_ in texts("pl"):
        if isinstance(message.id, tuple | list):
            assert len(message.string) == 3, message.id
    # Past tense in the second person: byłeś, kupiłaś, dodałeś.
    for *_, text in texts("pl"):
        assert not re.search(r"ł[ae]ś\b|łbyś|łabyś", text), text
        assert not re.search(r"(?<!\w)[iwzouaIWZOUA] ", text), text


def test_nobody_is_called_du() -> None:
    for *_, text in texts("de"):
        assert not re.search(r"\b(du|dir|dich|dein\w*)\b", text, re.IGNORECASE), text


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_no_text_stands_in_a_mail_untranslated(path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    html = re.sub(r"<!--.*?-->|<style>.*?</style>", "", html, flags=re.DOTALL)
    html = WHOLE.sub("", html)
    html = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", html, flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>|&nbsp;", "", html)
    assert not re.search(r"[^\W\d_]", shown), shown.strip()


def test_every_marked_text_is_found_in_a_form_that_can_be_translated() -> None:
    for path in TEMPLATES.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert len(re.findall(r"\b_\(", text)) == len(PART.findall(text)), path
        # Inside an expression nothing is filled in, so there must be no place for it.
        assert not [one for one in PART.findall(WHOLE.sub("", text)) if "{" in one], path


def test_translation_happens_before_compiling() -> None:
    german = source("abandoned_checkout/reminder.html", "de") or ""
    assert "_(" not in german
    assert 'button(restore_url, "Zurück zum Warenkorb")' in german
    assert "{{ name }}, Ihr Warenkorb ist noch da" in german


def test_a_folder_elsewhere_brings_templates_and_catalog_but_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/hello.html").write_text('<p class="copy">{{ _("Good day, {name}") }}</p>')
    (tmp_path / "layout.html").write_text("mine")
    po = path_of("de", tmp_path / "locale")
    po.parent.mkdir(parents=True)
    po.write_text('msgid "Good day, {name}"\nmsgstr "Moin {name}"\n', encoding="utf-8")
    found = source("mine/hello.html", "de", (tmp_path,)) or ""
    assert found.endswith(">Moin {{ name }}</p>")
    assert "style=" in found
    assert source("layout.html", "de", (tmp_path,)) == source("layout.html", "de")


@pytest.mark.parametrize("name", ["../words.py", "/etc/passwd", "layout", "a/../layout.html", "pages/form.js", ""])
def test_a_name_leads_nowhere_else(name: str) -> None:
    assert source(name, "en") is None


def test_a_language_nobody_wrote_is_english() -> None:
    assert catalog("ja").text("Total") == "Total"
    assert words("ja") == words("en")
    assert phrase("ja", "since", count=3) == "It has been 3 days since your last order."
    with pytest.raises(KeyError):
        phrase("de", "nothing:of:this:name")
    assert all(isinstance(text, str) or len(text) == 2 for text in phrases().values())
