"""A mail in a merchant's own words, inside the package's layout and with its blocks.

Refuses to leave out what every mail must have: the frame (who writes, why, how to stop it) is the package's, whatever
the words are. The words run in the sandbox, under the rules for texts from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.catalogs import LANGUAGES
from saleor_mailflow.messages.formats import FALLBACK_LANGUAGE
from saleor_mailflow.messages.inlining import inline_styles
from saleor_mailflow.messages.mail import RenderedMail
from saleor_mailflow.messages.render import Wording, compile_wording, macros, render, render_wording
from saleor_mailflow.messages.sources import styled

#: The macros that a merchant's words may call, in HTML and in text alike: ``{{ button(shop_url, "Have a look") }}``.
BLOCKS = ("button", "coupon", "grid", "lines", "steps", "tale", "tip")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a merchant wrote of one mail in one language."""

    subject: str
    html: str
    text: str
    preheader: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """What a merchant wrote, compiled. Keep it: compiling costs a hundred times what a mail does."""

    subject: Wording
    preheader: Wording
    html: Wording
    text: Wording
    language: str
    has_styles: bool


def compile_own(*, subject: str, preheader: str, html: str, text: str, language: str) -> OwnWords:
    """Return the compiled words. Raises TemplateFailed with a sentence that says which part is wrong, and where."""
    parts: dict[str, Wording] = {}
    for name, source in (("subject", subject), ("preheader", preheader), ("html", html), ("text", text)):
        try:
            parts[name] = compile_wording(_with_styles(source) if name == "html" else source, blocks=BLOCKS)
        except TemplateFailed as error:
            raise TemplateFailed(f"In the {name}: {error}") from error
    known = language if language in LANGUAGES else FALLBACK_LANGUAGE
    return OwnWords(**parts, language=known, has_styles="<style" in html.lower())


def render_own(own: OwnWords, facts: Mapping[str, object]) -> RenderedMail:
    """Return the mail for ``facts``, as a builder of ``facts`` makes them. Raises TemplateFailed."""
    in_html = {**facts, **macros("blocks.html", own.language, BLOCKS)}
    in_text = {**facts, **macros("blocks.txt", own.language, BLOCKS)}
    subject = unescape(render_wording(own.subject, facts))
    mail = render(
        "own",
        own.language,
        {
            **facts,
            "own_subject": subject,
            "own_preheader": unescape(render_wording(own.preheader, facts)),
            # Its values were escaped when it was rendered; the rest is what the merchant wrote.
            "own_html": Markup(render_wording(own.html, in_html)),  # noqa: S704
            "own_text": unescape(render_wording(own.text, in_text)),
        },
    )
    if not own.has_styles:
        return mail
    return RenderedMail(subject=mail.subject, html=inline_styles(mail.html), text=mail.text)


def _with_styles(html: str) -> str:
    # The package's own classes are styled as in its own mails; a merchant's classes stay for the merchant's styles.
    return styled(html, strict=False)
