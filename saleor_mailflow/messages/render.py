"""Turn a template and plain facts into a mail or a page, inside the sandbox.

Refuses to give out half a mail: an unknown variable, a call, a loop without end, a flood of text or an overlong run is
a TemplateFailed with a sentence. Templates see dicts, lists, text and numbers, never rows, requests or settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from html import escape

from jinja2 import FunctionLoader, Template, TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError, TemplateError, TemplateRuntimeError, TemplateSyntaxError

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.catalogs import LANGUAGES
from saleor_mailflow.messages.formats import FALLBACK_LANGUAGE, one_line
from saleor_mailflow.messages.mail import RenderedMail
from saleor_mailflow.messages.sandbox import LONGEST_SECONDS, MailEnvironment
from saleor_mailflow.messages.sandbox_rules import LARGEST_SOURCE
from saleor_mailflow.messages.sources import added_folders, source

LONGEST_SUBJECT, LONGEST_REASON = 200, 300
#: The facts that dress a mail; see ``dressed``.
LOOK = ("accent", "on_accent", "accent_dark", "on_accent_dark", "title_font", "copy_font", "text_font")
_WORN = re.compile(f"@@({'|'.join(LOOK)})@@")
#: What a text from outside may take when it is tried before it is saved, in seconds of processor time. A mail takes a
#: fiftieth of it; the limit at sending is wider, since there it would cost somebody their mail.
LONGEST_TRIAL_SECONDS = 0.1

#: What went wrong, where jinja2's own words would be Python's or could quote a customer's data.
_SAID: tuple[tuple[type[BaseException], str], ...] = (
    (RecursionError, "it nests too deep"),
    (ZeroDivisionError, "it divides by zero"),
    (MemoryError, "it takes too much memory"),
    (TypeError, "a filter, a sum or a comparison was given something that it does not work on"),
    (AttributeError, "a filter, a sum or a comparison was given something that it does not work on"),
    (ArithmeticError, "a number has a form that cannot be worked with"),
    (ValueError, "a number or a text has a form that cannot be worked with"),
    (TemplateRuntimeError, "it uses a filter or a test that there is none of"),
)


#: A compiled text from outside.
Wording = Template


@cache
def _environment(language: str) -> MailEnvironment:
    """Return where templates of a language are compiled, once each: texts are translated by then, not in each mail."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        text = source(name, language, added_folders())
        return None if text is None else (text, name, lambda: True)

    return MailEnvironment(FunctionLoader(load))


@cache
def _packaged(name: str, language: str) -> Template:
    return _environment(language).get_template(name)


def dressed(html: str, facts: Mapping[str, object]) -> str:
    """Return ``html`` with the brand's colours and fonts where the styles have their marks, such as ``@@accent@@``.

    After rendering, and at once: as variables they would be looked up and escaped in every cell of a mail. Raises
    TemplateFailed where the facts have no look.
    """
    worn: dict[str, str] = {}
    for name in LOOK:
        if name not in facts:
            raise TemplateFailed(f"The mail cannot be dressed: '{name}' is undefined. Nothing was sent; mend it.")
        worn[name] = escape(str(facts[name]), quote=True)
    return _WORN.sub(lambda found: worn[found[1]], html)


def render(template: str, language: str, facts: Mapping[str, object]) -> RenderedMail:
    """Render the registered ``template`` (such as ``abandoned_checkout/reminder``) in a language, else in English.

    ``facts`` are plain values as ``facts.cart_facts`` builds them. The text part is a template of its own whose first
    line is the subject. Raises TemplateFailed with a sentence that names template, language and line.
    """
    language = language if language in LANGUAGES else FALLBACK_LANGUAGE
    html = _run(f"Template {template}.html in {language}", lambda: _packaged(f"{template}.html", language), facts)
    said = _run(f"Template {template}.txt in {language}", lambda: _packaged(f"{template}.txt", language), facts)
    return whole(f"Template {template} in {language}", dressed(html, facts), said)


def whole(name: str, html: str, said: str) -> RenderedMail:
    """Return the mail of an HTML part and a text part whose first line is the subject. Raises TemplateFailed."""
    subject, _, text = said.partition("\n")
    subject, text = one_line(subject, LONGEST_SUBJECT), re.sub(r"\n{3,}", "\n\n", text.strip())
    if not subject or not text:
        missing = "text" if subject else "subject"
        raise TemplateFailed(f"{name} has no {missing}. Nothing was sent; mend it.")
    return RenderedMail(subject=subject, html=html, text=f"{text}\n")


def render_page(page: str, facts: Mapping[str, object]) -> str:
    """Render ``templates/pages/<page>.html``. Raises TemplateFailed."""
    return _run(f"Page {page}", lambda: _packaged(f"pages/{page}.html", FALLBACK_LANGUAGE), facts)


def compile_wording(text: str, *, blocks: Collection[str] = ()) -> Template:
    """Compile a text that a merchant wrote; ``render_wording`` then runs it for each mail. Try it with ``proof.prove``.

    It may call the package's macros named by ``blocks``. Raises TemplateFailed for one that is too large, too deep, not
    well-formed, or made of more than texts, conditions, loops and simple sums.
    """
    if len(text) > LARGEST_SOURCE:
        raise TemplateFailed(f"The text is {len(text)} characters long; at most {LARGEST_SOURCE} are allowed.")
    try:
        return _environment(FALLBACK_LANGUAGE).guarded(text, blocks=blocks)
    except (TemplateError, ArithmeticError, ValueError, RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateFailed(f"The text cannot be used: {_sentence(error)}. Mend it and save again.") from error


@cache
def macros(name: str, language: str, wanted: tuple[str, ...]) -> Mapping[str, object]:
    """Return macros of a packaged file (``blocks.html`` or ``.txt``), for a text from outside."""
    module = _packaged(name, language).module
    return {macro: getattr(module, macro) for macro in wanted}


def render_wording(wording: Template, facts: Mapping[str, object]) -> str:
    """Run a compiled text with facts, values escaped for HTML. Raises TemplateFailed."""
    return _run("The text", lambda: wording, facts)


def try_wording(text: str, facts: Mapping[str, object], blocks: Collection[str] = ()) -> str:
    """Compile a text and run it once with example facts, within LONGEST_TRIAL_SECONDS. Raises TemplateFailed.

    It may call the package's macros for HTML named by ``blocks``.
    """
    wording = compile_wording(text, blocks=blocks)
    known = {**facts, **(macros("blocks.html", FALLBACK_LANGUAGE, tuple(blocks)) if blocks else {})}
    return _run("The text", lambda: wording, known, seconds=LONGEST_TRIAL_SECONDS)


def _run(
    name: str, find: Callable[[], Template], facts: Mapping[str, object], *, seconds: float = LONGEST_SECONDS
) -> str:
    try:
        return _environment(FALLBACK_LANGUAGE).run(find(), facts, seconds=seconds)
    except Exception as error:
        # Whatever a template does, the message is parked with a sentence.
        raise TemplateFailed(f"{name} failed: {_sentence(error)}. Nothing was sent; mend it.") from error


def _sentence(error: BaseException) -> str:
    # Only what is written here or names a variable is repeated: other texts could hold a customer's data.
    if isinstance(error, TemplateNotFound):
        return f"there is no file {error.name}"
    told = str(error) if isinstance(error, TemplateFailed) else ""
    if isinstance(error, TemplateSyntaxError | SecurityError | UndefinedError):
        told = error.message or ""
    told = one_line(told, LONGEST_REASON).rstrip(".")
    line, trace = getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith((".html", ".txt", "<template>")):
            line = trace.tb_lineno
        trace = trace.tb_next
    told = told or next((said for kind, said in _SAID if isinstance(error, kind)), type(error).__name__)
    return f"{told}{f' (line {line})' if line else ''}"
