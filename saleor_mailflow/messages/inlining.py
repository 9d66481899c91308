"""A mail's HTML as a browser reads it, and a merchant's own style sheet written into its elements.

Reads no file and no address. Refuses, before anything is inlined, what would cost the process its memory, its time or
its stack: too many elements, too deep, too many rules for them, and rules that compare an element with all others.
"""

from __future__ import annotations

import re

import css_inline

from saleor_mailflow.exceptions import TemplateFailed

#: What a mail with styles of its own may be: its elements, how deep they nest, the signs of its styles, and those times
#: the elements, since one rule may fit them all. The package's own frame takes about 60 elements, 12 deep.
MOST_ELEMENTS, DEEPEST, LONGEST_STYLES, MOST_STYLING = 2_000, 60, 20_000, 4_000_000
#: The largest mail that comes out, in characters.
LARGEST_HTML = 500_000

_STYLES = re.compile(r"<style(.*?)(?:</style[\s/>]|\Z)", re.DOTALL | re.IGNORECASE)
# Inside these a style element ends by other rules, so that what was counted would not be all.
_DRAWING = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)
_START = re.compile(r"<[a-zA-Z]")
# As the reader writes it: every attribute in quotes, every element closed that can be, in order. What is no markup
# inside an element (a script) and comments are passed over whole.
_WRITTEN = re.compile(
    r"<!--.*?-->|<(script|style|xmp|iframe|noembed|noframes|noscript|plaintext)\b(?:[^>\"]|\"[^\"]*\")*>.*?(?:</\1>|\Z)"
    r"|<(/?)([a-z][^\s/>]*)(?:[^>\"]|\"[^\"]*\")*>",
    re.DOTALL,
)
#: Elements that hold nothing and are never closed (HTML, 13.1.2).
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param",
     "basefont", "bgsound", "frame", "keygen")
)  # fmt: skip

# A style element marked data-css-inline="keep" stays for phones and dark screens.
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
_reader = css_inline.CSSInliner(load_remote_stylesheets=False, inline_style_tags=False)


def inline_styles(html: str) -> str:
    """Return ``html`` with the rules of its style elements in its elements. Raises TemplateFailed with a sentence."""
    _few(len(_START.findall(html)), 0)
    if _DRAWING.search(html):
        raise _refused("the mail holds a drawing (svg or math), which mail programs do not show; use a picture")
    styles = "".join(_STYLES.findall(html))
    if len(styles) > LONGEST_STYLES:
        raise _refused(f"they have {len(styles)} characters, at most {LONGEST_STYLES} are allowed")
    if "~" in styles:
        # It compares each element with all before it: some hundred such rules take seconds for every mail.
        raise _refused("they hold a ~; name a class instead")
    elements, depth = _measure(as_read(html))
    _few(elements, len(styles))
    if depth > DEEPEST:
        raise _refused(f"its elements nest {depth} deep, at most {DEEPEST} are allowed; close what is open")
    try:
        inlined = str(_inliner.inline(html))
    except (css_inline.InlineError, ValueError) as error:
        raise TemplateFailed(f"The styles of this mail cannot be inlined: {error}. Nothing was sent.") from error
    if len(inlined) > LARGEST_HTML:
        raise _refused(f"the mail would have {len(inlined)} characters, at most {LARGEST_HTML} are allowed")
    return inlined


def as_read(html: str) -> str:
    """Return ``html`` as a browser understands it, every element closed. Raises TemplateFailed for too many of them."""
    # Before it is read: reading takes a kilobyte of stack for every element that stands inside another.
    _few(len(_START.findall(html)), 0)
    try:
        return str(_reader.inline(html))
    except (css_inline.InlineError, ValueError) as error:
        raise TemplateFailed(f"The HTML of this mail cannot be read: {error}. Nothing was sent.") from error


def _few(elements: int, styles: int) -> None:
    if elements > MOST_ELEMENTS:
        raise TemplateFailed(f"The mail has {elements} elements, at most {MOST_ELEMENTS} are allowed. Make it simpler.")
    if elements * styles > MOST_STYLING:
        most = MOST_STYLING // max(elements, 1)
        raise _refused(f"they have {styles} characters, for {elements} elements at most {most} are allowed")


def _measure(html: str) -> tuple[int, int]:
    """Return how many elements there are and how deep they nest, in HTML as the reader writes it."""
    elements = depth = deepest = 0
    for found in _WRITTEN.finditer(html):
        name = found[3]
        if name is None or name in VOID:
            elements += not found[0].startswith("<!--")
        elif found[2]:
            depth -= 1
        else:
            elements, depth = elements + 1, depth + 1
            deepest = max(deepest, depth)
    return elements, deepest


def _refused(why: str) -> TemplateFailed:
    return TemplateFailed(f"The styles of this mail cannot be inlined: {why}. Nothing was sent; make it simpler.")
