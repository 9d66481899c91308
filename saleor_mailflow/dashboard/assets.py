"""The files that the Dashboard app loads: the built screens in ``static/`` and the widgets' own, by their hashed names.

Refuses to look for a file by a name that somebody sent: what is not in the list does not exist, so no name leads out of
it. A name holds the digest of its content, so what was loaded once may be kept for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
STATIC, WIDGET = HERE / "static", HERE / "widget"

#: What is served, and as what. A file of another kind is not served.
TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
#: The widgets' files: the same few on every widget.
WIDGET_FILES = ("widget.css", "widget.js")


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file that is served: where it lies, and its media type."""

    path: Path
    type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file that is served, by the name in its address. Read once a process."""
    found = {name: STATIC / name for name in _manifest().get("assets", {})}
    found |= {widget_asset(name): WIDGET / name for name in WIDGET_FILES}
    return {
        name: Asset(path=path, type=TYPES[path.suffix])
        for name, path in found.items()
        if path.suffix in TYPES and path.parent in (STATIC, WIDGET) and path.is_file()
    }


@cache
def widget_asset(name: str) -> str:
    """Return the hashed name of a widgets' file: ``widget.js`` is ``widget-1f3a….js``."""
    stem, _, kind = name.rpartition(".")
    return f"{stem}-{hashlib.sha256((WIDGET / name).read_bytes()).hexdigest()[:12]}.{kind}"


@cache
def shell() -> str:
    """Return the page of the screens with its places (``{{mount}}``, ``{{graphql}}``, ``{{demo}}``) unfilled."""
    built = STATIC / "index.html"
    return built.read_text(encoding="utf-8") if built.is_file() else _NOT_BUILT


def _manifest() -> dict[str, dict[str, object]]:
    path = STATIC / "manifest.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


#: For whoever runs a checkout in which the screens were not built; the package holds them.
_NOT_BUILT = """<!doctype html>
<html lang="en" data-mount="{{mount}}" data-graphql="{{graphql}}" data-demo="{{demo}}">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Mail flows</title></head>
<body><h1>Mail flows</h1><p>The screens are not built. Run <code>make ui</code>, then start the server again.</p></body>
</html>
"""
