"""Where templates run: jinja2 with what mails need and nothing else, and the rules for a text from outside.

Refuses, by rule and not by clock wherever it can: methods, foreign filters, big numbers, long texts, deep nesting,
files, and more steps than any mail takes. The clock is for what no rule thought of. Only this, its rules and ``render``
import jinja2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from functools import wraps
from threading import local
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined, nodes, pass_environment
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from markupsafe import Markup

from saleor_mailflow.messages.filters import bounded_range, link, replace
from saleor_mailflow.messages.sandbox_rules import check_source, check_tree, pace

#: What one rendering may cost: characters written (by the template, and by all blocks that it calls), steps taken
#: (rounds, statements, blocks, pieces of output), and seconds of processor time (no template can wait for anything, and
#: a machine that was paused is no reason to park a mail).
LARGEST_OUTPUT = 500_000
MOST_STEPS = 10_000
LONGEST_SECONDS = 1.0
#: The largest number that is calculated with.
LARGEST_NUMBER = 10**15
#: The longest text that a block (a macro) takes: what a block made may go into another, but not grow on and on.
LONGEST_ARGUMENT = 5_000

# Not ``round``: round(5, -1000000000) calculates for hours.
_FILTERS = ("d", "default", "first", "last", "length")
# These make a text of whatever they get, so they get texts and numbers only.
_TEXT_FILTERS = ("capitalize", "e", "escape", "lower", "trim", "upper")
_TESTS = ("defined", "undefined", "none", "odd", "even", "in", "eq", "ne", "string", "number", "true", "false")
_PRINTABLE = frozenset({str, Markup, int, float, Decimal})


class _Budget(local):
    """What this thread's rendering may still cost. Without one, nothing may be run."""

    deadline = 0.0
    steps = 0
    written = 0


_budget = _Budget()


def _printable(value: Any) -> Any:
    # Lists may hold each other, so that printing one small list could write gigabytes.
    if type(value) in _PRINTABLE or isinstance(value, Undefined):
        return value
    raise SecurityError(f"only text and numbers can be printed, not a {type(value).__name__}")


def _of_text(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that makes a text of its value, for values that can be printed."""

    @wraps(filter_)
    def checked(value: Any, *arguments: Any, **named: Any) -> Any:
        return filter_(_printable(value), *arguments, **named)

    return checked


@pass_environment
def _replace(environment: MailEnvironment, text: str, old: str, new: str) -> str:
    # A step: looking for one text in another is the slowest thing that a filter does.
    environment.tick()
    return replace(text, old, new)


class MailEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 with what mails need and nothing else: no methods, few filters, bounded arithmetic, no stray globals."""

    intercepted_binops = frozenset({"+", "-", "*", "**", "%", "/", "//"})

    def __init__(self, loader: BaseLoader) -> None:
        """Build it; templates are compiled once each and kept."""
        super().__init__(
            loader=loader,
            autoescape=lambda name: name is None or name.endswith(".html"),
            undefined=StrictUndefined,
            finalize=_printable,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            auto_reload=False,
            # What it would calculate beforehand is calculated unwatched, and it takes most of the time of compiling.
            optimized=False,
        )
        self.globals.clear()
        self.globals["range"] = bounded_range
        self.filters = {name: FILTERS[name] for name in _FILTERS} | {"link": _of_text(link), "replace": _replace}
        self.filters |= {name: _of_text(FILTERS[name]) for name in _TEXT_FILTERS}
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
        """Allow our own macros (a text from outside cannot make any), the bounded range, and the tick."""
        return isinstance(obj, Macro) or obj is bounded_range or obj == self.tick

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what may be called. A block counts as a step and with what it writes, and takes no long texts.

        Else a block given its own writing, again and again, would fill the memory in a few lines.
        """
        if not isinstance(obj, Macro):
            if not self.is_safe_callable(obj):
                # Not jinja2's own words: they repeat the value, which may be a customer's data, and of any size.
                raise SecurityError("something is called that is neither range() nor a block")
            return context.call(obj, *args, **kwargs) if obj is bounded_range else self.tick()
        _budget.steps += 1
        # The clock is looked at now and then: that costs as much as a small block.
        if _budget.steps % 16 == 0:
            self.tick()
        for value in (*args, *kwargs.values()):
            if isinstance(value, str) and len(value) > LONGEST_ARGUMENT:
                raise SecurityError(f"a block takes texts of up to {LONGEST_ARGUMENT} characters only")
        made = context.call(obj, *args, **kwargs)
        _budget.written += len(made)
        if _budget.written > LARGEST_OUTPUT:
            raise SecurityError(f"its blocks write more than {LARGEST_OUTPUT} characters")
        return made

    def tick(self) -> bool:
        """Take one step; a text from outside calls it before every statement, so none runs on without writing."""
        _budget.steps += 1
        if _budget.steps > MOST_STEPS:
            raise SecurityError(f"it takes more than {MOST_STEPS} steps")
        if time.thread_time() > _budget.deadline:
            raise SecurityError("it calculates for too long")
        return True

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculate with small numbers only: text is put together by writing it side by side."""
        for value in (left, right):
            if not (isinstance(value, int | float | Decimal) and -LARGEST_NUMBER <= value <= LARGEST_NUMBER):
                raise SecurityError(f"{operator} works on numbers up to {LARGEST_NUMBER} only")
        if operator == "**":
            raise SecurityError("** is not allowed")
        return super().call_binop(context, operator, left, right)

    def run(self, template: Template, facts: Any, *, seconds: float = LONGEST_SECONDS) -> str:
        """Return what a template writes. Raises whatever jinja2 raises, and SecurityError once the budget is spent."""
        _budget.deadline, _budget.steps, _budget.written = time.thread_time() + seconds, 0, 0
        try:
            return "".join(self._capped(template.generate(facts)))
        finally:
            _budget.deadline = 0.0

    def _capped(self, chunks: Iterator[str]) -> Iterator[str]:
        written = 0
        for count, chunk in enumerate(chunks):
            written += len(chunk)
            if written > LARGEST_OUTPUT:
                raise SecurityError(f"it writes more than {LARGEST_OUTPUT} characters")
            if count % 16 == 0:
                _budget.steps += 15
                self.tick()
            yield chunk

    def guarded(self, source: str, *, blocks: Collection[str] = ()) -> Template:
        """Compile a text from outside, which may call range() and the macros named by ``blocks``, and nothing else.

        Raises whatever jinja2 raises; TemplateSyntaxError where a rule is broken.
        """
        check_source(source, self.lexer)
        tree = self.parse(source)
        check_tree(tree, frozenset({"range", *blocks}))
        pace(tree, nodes.Call(nodes.EnvironmentAttribute("tick"), [], [], None, None))
        tree.set_environment(self)
        return self.from_string(tree)
