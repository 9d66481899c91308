"""Turn a template and plain facts into a mail or a page, inside a sandbox. The only importer of jinja2.

Refuses to give out half a mail: an unknown variable, a call, a loop without end, a flood of text or an overlong run is
a TemplateFailed with a sentence. Templates see dicts, lists, text and numbers, never rows, requests or settings.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from threading import local
from typing import Any

import css_inline
from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateNotFound, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from markupsafe import Markup

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.filters import bounded_range, link, replace
from saleor_mailflow.messages.formats import FALLBACK_LANGUAGE, one_line
from saleor_mailflow.messages.mail import RenderedMail

#: What one rendering may cost, in characters and seconds of processor time (no template can wait for anything, and a
#: machine that was paused or busy is no reason to park a mail).
LARGEST_OUTPUT = 500_000
LONGEST_SECONDS = 1.0
#: The largest number that is calculated with.
LARGEST_NUMBER = 10**15
#: What a text from outside the package may be: its size, its parts, how deep they and its loops nest.
LARGEST_SOURCE = 100_000
MOST_PARTS = 5_000
DEEPEST_NESTING = 60
DEEPEST_LOOPS = 2
LONGEST_SUBJECT = 200

TEMPLATES = Path(__file__).parent / "templates"

# Not ``round``: round(5, -1000000000) calculates for hours.
_FILTERS = ("capitalize", "d", "default", "e", "escape", "first", "last", "length", "lower", "trim", "upper")
_TESTS = ("defined", "undefined", "none", "odd", "even", "in", "eq", "ne", "string", "number", "true", "false")
# What a text from outside may be made of; whatever jinja2 learns later stays out until somebody looked at it.
_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.Name, nodes.Const,
    nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Mul, nodes.Mod, nodes.Neg, nodes.Call, nodes.Keyword,
    nodes.List, nodes.Tuple,
)  # fmt: skip
_PRINTABLE = frozenset({str, Markup, int, float, Decimal})
_running = local()


def _printable(value: Any) -> Any:
    # Lists may hold each other, so that printing one small list could write gigabytes.
    if type(value) in _PRINTABLE or isinstance(value, Undefined):
        return value
    raise SecurityError(f"only text and numbers can be printed, not a {type(value).__name__}")


class MailEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 with what mails need and nothing else: no methods, few filters, bounded arithmetic, no stray globals."""

    intercepted_binops = frozenset({"+", "*", "**", "%", "/", "//"})

    def __init__(self) -> None:
        """Build it; templates are compiled once each and kept."""
        super().__init__(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=lambda name: name is None or name.endswith(".html"),
            undefined=StrictUndefined,
            finalize=_printable,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            auto_reload=False,
        )
        self.globals.clear()
        self.globals["range"] = bounded_range
        self.filters = {name: FILTERS[name] for name in _FILTERS} | {"link": link, "replace": replace}
        self.tests = {name: TESTS[name] for name in _TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read a key of a dict or a number of a loop; everything else has no attributes."""
        if type(obj) is dict:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LoopContext) and attribute in {"index", "index0", "first", "last", "length"}:
            return getattr(obj, attribute)
        return obj if isinstance(obj, Undefined) else self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read a key of a dict or a place of a list or text."""
        if type(obj) is dict and isinstance(argument, str):
            return self.getattr(obj, argument)
        if type(obj) in {list, tuple, str} and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return obj if isinstance(obj, Undefined) else self.undefined(obj=obj, name=argument)

    def is_safe_callable(self, obj: Any) -> bool:
        """Allow our own macros (a text from outside cannot make any), the bounded range, and the loop's tick."""
        return isinstance(obj, Macro) or obj is bounded_range or obj == self.tick

    def tick(self) -> bool:
        """Stop a loop that writes nothing once the time is up; called in every round of a loop from outside."""
        if time.thread_time() > getattr(_running, "deadline", 0.0):
            raise SecurityError(f"it calculated for more than {LONGEST_SECONDS:g} s")
        return True

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculate with small numbers only: text is put together by writing it side by side."""
        for value in (left, right):
            if not (isinstance(value, int | float | Decimal) and -LARGEST_NUMBER <= value <= LARGEST_NUMBER):
                raise SecurityError(f"{operator} works on numbers up to {LARGEST_NUMBER} only")
        if operator == "**":
            raise SecurityError("** is not allowed")
        return super().call_binop(context, operator, left, right)


_environment = MailEnvironment()
# css-inline reads no file and no address; the second style element of the layout (dark, phone) is kept for the client.
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


@cache
def _written(template: str, language: str) -> str:
    found = (TEMPLATES / f"{template}.{language}.html").is_file()
    return f"{template}.{language if found else FALLBACK_LANGUAGE}"


@cache
def _packaged(name: str) -> Template:
    return _environment.get_template(name)


def render(template: str, language: str, facts: Mapping[str, object]) -> RenderedMail:
    """Render the registered ``template`` (such as ``abandoned_checkout/reminder``) in a language, else in English.

    ``facts`` are plain values as ``facts.cart_facts`` builds them. The text part is a template of its own whose first
    line is the subject. Raises TemplateFailed with a sentence that names template, language and line.
    """
    name = _written(template, language)
    html = _run(f"Template {name}.html", lambda: _packaged(f"{name}.html"), facts)
    subject, _, text = _run(f"Template {name}.txt", lambda: _packaged(f"{name}.txt"), facts).partition("\n")
    try:
        inlined = _inliner.inline(html)
    except (css_inline.InlineError, ValueError) as error:
        raise TemplateFailed(f"The styles of template {name} cannot be inlined: {error}. Nothing was sent.") from error
    subject, text = one_line(subject, LONGEST_SUBJECT), re.sub(r"\n{3,}", "\n\n", text.strip())
    if not subject or not text:
        raise TemplateFailed(f"Template {name} has no {'text' if subject else 'subject'}. Nothing was sent; mend it.")
    return RenderedMail(subject=subject, html=inlined, text=f"{text}\n")


def render_page(page: str, facts: Mapping[str, object]) -> str:
    """Render ``templates/pages/<page>.html``. Raises TemplateFailed."""
    return _run(f"Page {page}", lambda: _packaged(f"pages/{page}.html"), facts)


def compile_wording(source: str) -> Template:
    """Compile a text that a merchant wrote, once, when it is saved; ``render_wording`` then runs it for each mail.

    Raises TemplateFailed for one that is too large, too deep, not well-formed, or made of more than texts, conditions,
    loops and simple sums.
    """
    if len(source) > LARGEST_SOURCE:
        raise TemplateFailed(f"The text is {len(source)} characters long; at most {LARGEST_SOURCE} are allowed.")
    try:
        tree = _environment.parse(source)
        if sum(1 for _ in tree.find_all(nodes.Node)) > MOST_PARTS:
            raise SecurityError(f"it has more than {MOST_PARTS} parts")
        _check(tree, 0, 0)
        return _environment.from_string(tree)
    except (TemplateError, ArithmeticError, ValueError, RecursionError, SyntaxError, MemoryError) as error:
        raise TemplateFailed(f"The text cannot be used: {_sentence(error)}. Mend it and save again.") from error


def render_wording(wording: Template, facts: Mapping[str, object]) -> str:
    """Run a compiled text with facts, values escaped for HTML. Raises TemplateFailed."""
    return _run("The text", lambda: wording, facts)


def _check(node: nodes.Node, depth: int, loops: int) -> None:
    if depth > DEEPEST_NESTING:
        raise TemplateSyntaxError(f"it nests more than {DEEPEST_NESTING} deep", node.lineno)
    if not isinstance(node, _ALLOWED_NODES):
        raise TemplateSyntaxError(f"{type(node).__name__.lower()} is not allowed here", node.lineno)
    if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
        raise TemplateSyntaxError("nothing but range() can be called; use a filter", node.lineno)
    if isinstance(node, nodes.Assign) and not isinstance(node.target, nodes.Name):
        raise TemplateSyntaxError("set gives a value to one plain name", node.lineno)
    if isinstance(node, nodes.List | nodes.Tuple) and not all(isinstance(item, nodes.Const) for item in node.items):
        raise TemplateSyntaxError("a list holds plain texts and numbers only", node.lineno)
    if isinstance(node, nodes.For):
        loops += 1
        if loops > DEEPEST_LOOPS or node.recursive or not isinstance(node.target, nodes.Name):
            raise TemplateSyntaxError(f"loops go {DEEPEST_LOOPS} deep, over one name, never recursive", node.lineno)
    for child in node.iter_child_nodes():
        _check(child, depth + 1, loops)
    if isinstance(node, nodes.For):
        # A loop that writes nothing never comes back to _run, so it looks at the clock itself.
        tick = nodes.Call(nodes.EnvironmentAttribute("tick"), [], [], None, None)
        node.body.insert(0, nodes.ExprStmt(tick))
        node.test = nodes.And(tick, node.test) if node.test is not None else None
        node.set_lineno(node.lineno)
        node.set_environment(_environment)


def _run(name: str, find: Callable[[], Template], facts: Mapping[str, object]) -> str:
    _running.deadline = time.thread_time() + LONGEST_SECONDS
    try:
        return "".join(_capped(find().generate(facts)))
    except Exception as error:
        # Whatever a template does, the message is parked with a sentence.
        raise TemplateFailed(f"{name} failed: {_sentence(error)}. Nothing was sent; mend it.") from error


def _capped(chunks: Iterator[str]) -> Iterator[str]:
    written = 0
    for count, chunk in enumerate(chunks):
        written += len(chunk)
        if written > LARGEST_OUTPUT:
            raise SecurityError(f"it wrote more than {LARGEST_OUTPUT} characters")
        if count % 32 == 0:
            _environment.tick()
        yield chunk


def _sentence(error: BaseException) -> str:
    # Only what is written here or names a variable is repeated: other texts could hold a customer's data.
    if isinstance(error, TemplateNotFound):
        return f"there is no file {error.name}"
    told = str(error) if isinstance(error, TemplateFailed) else ""
    if isinstance(error, TemplateSyntaxError | SecurityError | UndefinedError):
        told = error.message or ""
    line, trace = getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith((".html", ".txt", "<template>")):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{told or type(error).__name__}{f' (line {line})' if line else ''}"
