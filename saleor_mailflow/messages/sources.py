"""The text of a template in one language: read, translated and styled once, before it is compiled.

Refuses names that lead out of the folder of templates, and to translate while a mail is made: what jinja2 compiles is
already German. ``_("…")`` marks a text, as gettext's own tools expect; ``{name}`` in it is the variable ``name``.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path

from saleor_mailflow.messages.catalogs import LOCALE, Catalog, catalog
from saleor_mailflow.messages.styles import inline, read_rules

TEMPLATES = Path(__file__).parent / "templates"

#: Folders of templates that other packages brought, in the order in which they came.
_ADDED: list[Path] = []

_NAME = re.compile(r"(?:[a-z0-9_]+/)*[a-z0-9_]+\.(?:html|txt|css)")
#: A text of its own between tags, and a text inside an expression, such as the label of a button.
WHOLE = re.compile(r'\{\{ _\("([^"]*)"\) \}\}')
PART = re.compile(r'\b_\("([^"]*)"\)')
_PLACE = re.compile(r"\{(\w+)\}")


def read(name: str, folder: Path = TEMPLATES) -> str | None:
    """Return a file of the templates as it was written, None where there is none by that name."""
    path = folder / name
    return path.read_text(encoding="utf-8") if _NAME.fullmatch(name) and path.is_file() else None


def add_folder(folder: Path) -> None:
    """Look for templates in another package's folder too, after ours."""
    if folder not in _ADDED:
        _ADDED.append(folder)


def added_folders() -> tuple[Path, ...]:
    """Return the folders that other packages brought."""
    return tuple(_ADDED)


@cache
def source(name: str, language: str, folders: tuple[Path, ...] = ()) -> str | None:
    """Return what is compiled for a language: texts translated, and in mails styles written into the elements.

    ``folders`` are other packages' (their catalogs lie in ``locale/`` there); this package's own comes first, so that
    nobody replaces it by accident. None where there is no such file. Raises ValueError where a style cannot be written
    into an element.
    """
    for folder in (TEMPLATES, *folders):
        text = read(name, folder)
        if text is not None:
            break
    else:
        return None
    if name.endswith(".css"):
        return text
    known = catalog(language, LOCALE if folder == TEMPLATES else folder / "locale")
    html = name.endswith(".html")
    text = WHOLE.sub(lambda found: _whole(found[1], known, html), text)
    text = PART.sub(lambda found: f'"{known.text(found[1])}"', text)
    return styled(text) if html and not name.startswith("pages/") else text


def styled(html: str, *, strict: bool = True) -> str:
    """Return ``html`` with the package's styles in its elements.

    Raises ValueError where that cannot be done, unless not ``strict``: then the element stays as it is.
    """
    rules, kept = _sheets()
    return inline(html, rules, kept, strict=strict)


@cache
def _sheets() -> tuple[dict[str, dict[str, str]], str]:
    return read_rules(read("layout.css") or ""), read("clients.css") or ""


def _whole(english: str, known: Catalog, html: bool) -> str:
    text = known.text(english)
    if html:
        text = escape(text, quote=False)
    return _PLACE.sub(r"{{ \1 }}", text)
