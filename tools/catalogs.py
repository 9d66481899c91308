"""Bring the gettext catalogs up to what templates and phrases say: new texts come in, gone ones leave, none is guessed.

Run it after changing a text, then translate what it names: ``python tools/catalogs.py``. Refuses to touch a translation
that is still asked for.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Catalog  # noqa: E402 - the package lies beside this file's folder
from babel.messages.pofile import read_po, write_po  # noqa: E402

from saleor_mailflow.messages.catalogs import DOMAIN, LANGUAGES, LOCALE, path_of  # noqa: E402
from saleor_mailflow.messages.sources import PART, TEMPLATES  # noqa: E402
from saleor_mailflow.messages.words import phrases  # noqa: E402


def asked_for() -> Catalog:
    """Return every text that a template or a program asks for, with where it does."""
    found = Catalog(domain=DOMAIN, project="saleor-mailflow", fuzzy=False)
    for path in sorted(TEMPLATES.rglob("*")):
        if path.suffix in {".html", ".txt"}:
            for text in PART.findall(path.read_text(encoding="utf-8")):
                found.add(text, locations=[(path.relative_to(TEMPLATES).as_posix(), 1)])
    for key, text in phrases().items():
        found.add(text if isinstance(text, str) else tuple(text), context=key, locations=[("phrases.json", 1)])
    return found


def main() -> int:
    """Write the template and the catalogs; return how many texts wait for a translation."""
    template, waiting = asked_for(), 0
    LOCALE.mkdir(exist_ok=True)
    _write(LOCALE / f"{DOMAIN}.pot", template)
    for language in LANGUAGES[1:]:
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        old = Catalog(locale=language)
        if path.is_file():
            with path.open("rb") as file:
                old = read_po(file, locale=language)
        new = Catalog(locale=language, domain=DOMAIN, project="saleor-mailflow", fuzzy=False)
        for message in template:
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                known = old.get(key, message.context)
                string = known.string if known is not None and type(known.id) is type(message.id) else None
                if not string or not all([string] if isinstance(string, str) else string):
                    waiting += 1
                    print(f"{language}: {key}")
                new.add(message.id, string, context=message.context, locations=message.locations)
        _write(path, new)
    return waiting


def _write(path: Path, catalog: Catalog) -> None:
    lines: list[str] = []
    with path.open("wb") as file:
        write_po(file, catalog, width=0, include_lineno=False, omit_header=False)
    # Dates change with every run and say nothing.
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith(
            (
                '"POT-Creation-Date',
                '"PO-Revision-Date',
                '"Generated-By',
                '"Last-Translator',
                '"Report-Msgid',
                '"Language-Team',
                "# ",
            )
        ):
            lines.append(line)
    path.write_text("\n".join(lines).strip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
