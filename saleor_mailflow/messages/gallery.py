"""Every registered mail in every language, rendered with its example into files, and a page that shows them in frames.

Refuses to send and to ask a database: what it shows is made of examples alone.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from urllib.parse import quote

from saleor_mailflow.messages.brand import Brand
from saleor_mailflow.messages.examples import SHOP
from saleor_mailflow.messages.facts import MailFacts
from saleor_mailflow.messages.mail import RenderedMail
from saleor_mailflow.messages.registry import REGISTRY, RegisteredTemplate
from saleor_mailflow.messages.render import render

#: The widths that a mail is looked at in, pixels.
PHONE, DESKTOP = 375, 800
_DARK = "@media (prefers-color-scheme: dark)"
_STYLE = """
body { margin: 0; padding: 24px; background: #e9e8e4; color: #1c1e21; font: 16px/24px Helvetica, Arial, sans-serif; }
nav { margin-bottom: 24px; line-height: 32px; } nav a { margin-right: 14px; color: inherit; }
h1 { font: 400 30px/38px Georgia, serif; } h2 { margin: 40px 0 4px; font: 400 22px/30px Georgia, serif; }
p { margin: 0 0 12px; } .frames { display: flex; gap: 20px; overflow-x: auto; padding-bottom: 12px; }
iframe { flex: none; height: 900px; border: 1px solid #cbc9c3; border-radius: 8px; background: #fff; }
pre { max-width: 800px; padding: 16px; overflow: auto; white-space: pre-wrap; background: #fff; border-radius: 8px; }
"""


def rendered_example(
    template: RegisteredTemplate, language: str, *, pictures: str, brand: Brand | None = None
) -> RenderedMail:
    """Return a template's example in a language, its pictures below ``pictures``, which must be a web address."""
    known: MailFacts = template.known(language)
    shown = replace(known, brand=brand) if brand is not None else known
    mail = render(template.key, language, template.facts(shown))
    return replace(mail, html=mail.html.replace(f"{SHOP}/pictures", pictures))


def write_gallery(folder: Path, *, pictures: str = "pictures") -> tuple[Path, int]:
    """Write every mail in every language below ``folder``; return the page that shows them, and how many there are.

    A mail is ``<flow>-<mail>.<language>.html`` and ``.dark.html`` (as a dark screen shows it) and ``.txt``.
    """
    parts: list[str] = []
    count = 0
    for template in REGISTRY.values():
        name = template.key.replace("/", "-")
        parts.append(f'<section id="{name}"><h2>{escape(template.key)}</h2>')
        for language in template.languages:
            mail = rendered_example(template, language, pictures=pictures)
            count += 1
            files = {"": mail.html, ".dark": dark(mail.html)}
            for kind, html in files.items():
                (folder / f"{name}.{language}{kind}.html").write_text(html, encoding="utf-8")
            (folder / f"{name}.{language}.txt").write_text(f"{mail.subject}\n\n{mail.text}", encoding="utf-8")
            frames = "".join(
                f'<iframe src="{quote(name)}.{language}{kind}.html" width="{width}" sandbox loading="lazy" '
                f'title="{escape(template.key)}, {language}{kind}, {width}"></iframe>'
                for width in (PHONE, DESKTOP)
                for kind in files
            )
            parts.append(
                f"<details{' open' if language == 'en' else ''}><summary lang={language}>{language}: "
                f"<b>{escape(mail.subject)}</b></summary>"
                f'<div class="frames">{frames}</div><details><summary>text</summary><pre lang={language}>'
                f"{escape(mail.text)}</pre></details></details>"
            )
        parts.append("</section>")
    links = "".join(f'<a href="#{key.replace("/", "-")}">{escape(key)}</a>' for key in REGISTRY)
    index = folder / "index.html"
    index.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Mails</title><style>{_STYLE}</style><h1>Every mail, in every language</h1><nav>{links}</nav>"
        f"{''.join(parts)}</html>\n",
        encoding="utf-8",
    )
    return index, count


def dark(html: str) -> str:
    """Return a mail as a dark screen shows it, whatever the screen is: its rules for dark screens always apply."""
    return html.replace(_DARK, "@media all")
