"""The gettext catalogs of mails and pages, read from their ``.po`` files as they are; nothing is compiled by a build.

Refuses to guess: a text that a catalog lacks stays in English, and a fuzzy one counts as lacking (a test finds both).
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from saleor_mailflow.messages.formats import FALLBACK_LANGUAGE

#: The languages that every registered template and page is written in; English is what the texts are written in.
LANGUAGES = ("en", "de", "fr", "pl")
LOCALE = Path(__file__).parent / "locale"
DOMAIN = "mailflow"


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The texts of a language by (context, English text): one text, or one a plural form."""

    texts: Mapping[tuple[str, str], tuple[str, ...]]
    #: Which of the plural forms a count takes.
    form: Callable[[int], int]

    def text(self, english: str, *, context: str = "") -> str:
        """Return a text in this language, else as it is."""
        return self.texts.get((context, english), (english,))[0]

    def plural(self, one: str, other: str, count: int, *, context: str = "") -> str:
        """Return the form of a text that goes with ``count``."""
        forms = self.texts.get((context, one))
        if forms is None:
            return one if count == 1 else other
        return forms[min(self.form(count), len(forms) - 1)]


def path_of(language: str, folder: Path = LOCALE) -> Path:
    """Return where the catalog of a language lies."""
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def catalog(language: str, folder: Path = LOCALE) -> Catalog:
    """Return the catalog of a language; an empty one for English and for languages that nobody has written."""
    path = path_of(language, folder)
    if language == FALLBACK_LANGUAGE or language not in LANGUAGES or not path.is_file():
        return Catalog(texts={}, form=lambda count: int(count != 1))
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    texts: dict[tuple[str, str], tuple[str, ...]] = {}
    for message in read:
        said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if message.id and said and all(said) and not message.fuzzy:
            english = message.id if isinstance(message.id, str) else message.id[0]
            texts[message.context or "", english] = said
    form: Callable[[int], int] = gettext.c2py(read.plural_expr)
    return Catalog(texts=texts, form=form)
