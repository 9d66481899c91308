"""Where templates run: jinja2 with what mails need and nothing else, and the rules for a text from outside.

Refuses, by rule and not by clock wherever it can: methods, foreign filters, big numbers, long texts, deep nesting,
files, and more steps than any mail takes. The clock is for what no rule thought of. Only this and ``render`` import
jinja2.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from decimal import Decimal
from threading import local
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Template, Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.filters import FILTERS
from jinja2.loaders import BaseLoader
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from markupsafe import Markup

from saleor_mailflow.messages.filters import bounded_range, link, replace

#: What one rendering may cost: characters written, steps taken (rounds, statements, pieces of output), and seconds of
#: processor time (no template can wait for anything, and a machine that was paused is no reason to park a mail).
LARGEST_OUTPUT = 500_000
MOST_STEPS = 10_000
LONGEST_SECONDS = 1.0
#: The largest number that is calculated with.
LARGEST_NUMBER = 10**15
#: What a text from outside the package may be: its size, its tags, its parts, how deep they and its loops nest, and how
#: much a text or an expression inside a tag may hold. Plain text between tags is bounded by the size alone.
LARGEST_SOURCE = 100_000
MOST_TAGS = 1_000
MOST_PARTS = 3_000
DEEPEST_NESTING = 60
DEEPEST_LOOPS = 2
LONGEST_CONSTANT = 500
MOST_ARGUMENTS = 3

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


class _Budget(local):
    """What this thread's rendering may still cost. Without one, nothing may be run."""

    deadline = 0.0
    steps = 0


_budget = _Budget()


def _printable(value: Any) -> Any:
    # Lists may hold each other, so that printing one small list could write gigabytes.
    if type(value) in _PRINTABLE or isinstance(value, Undefined):
        return value
    raise SecurityError(f"only text and numbers can be printed, not a {type(value).__name__}")


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
        """Allow our own macros (a text from outside cannot make any), the bounded range, and the tick."""
        return isinstance(obj, Macro) or obj is bounded_range or obj == self.tick

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
        _budget.deadline, _budget.steps = time.thread_time() + seconds, 0
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
        tags = source.count("{{") + source.count("{%")
        if tags > MOST_TAGS:
            raise SecurityError(f"it has {tags} tags, at most {MOST_TAGS} are allowed")
        tree = self.parse(source)
        _count(tree)
        _check(tree, 0, 0, frozenset({"range", *blocks}))
        _pace(tree, nodes.Call(nodes.EnvironmentAttribute("tick"), [], [], None, None))
        tree.set_environment(self)
        return self.from_string(tree)


def _count(tree: nodes.Template) -> None:
    # Not Node.find_all: it climbs up again from every leaf.
    waiting: list[nodes.Node] = [tree]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        waiting.extend(waiting.pop().iter_child_nodes())
    raise SecurityError(f"it has more than {MOST_PARTS} parts")


def _check(node: nodes.Node, depth: int, loops: int, callable_: frozenset[str]) -> None:
    if depth > DEEPEST_NESTING:
        _no(node, f"it nests more than {DEEPEST_NESTING} deep")
    if not isinstance(node, _ALLOWED_NODES):
        _no(node, f"{type(node).__name__.lower()} is not allowed here")
    if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name in callable_):
        known = ", ".join(f"{name}()" for name in sorted(callable_))
        _no(node, f"nothing but {known} can be called; use a filter")
    if isinstance(node, nodes.Call | nodes.Filter | nodes.Test) and (
        node.dyn_args or node.dyn_kwargs or len(node.args) + len(node.kwargs) > MOST_ARGUMENTS
    ):
        _no(node, f"a filter, test or range() takes {MOST_ARGUMENTS} arguments at most, each written out")
    if isinstance(node, nodes.Assign) and not isinstance(node.target, nodes.Name):
        _no(node, "set gives a value to one plain name")
    if isinstance(node, nodes.List | nodes.Tuple) and not all(isinstance(item, nodes.Const) for item in node.items):
        _no(node, "a list holds plain texts and numbers only")
    # Looking for one long text in another is the slowest thing left, so there are no long texts to look in.
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and len(node.value) > LONGEST_CONSTANT:
        _no(node, f"a text inside a tag has {LONGEST_CONSTANT} characters at most; write it between the tags")
    if isinstance(node, nodes.Compare) and len(node.ops) > 1:
        _no(node, "a comparison is between two values; join several with and")
    if isinstance(node, nodes.For):
        loops += 1
        if loops > DEEPEST_LOOPS or node.recursive or not isinstance(node.target, nodes.Name):
            _no(node, f"loops go {DEEPEST_LOOPS} deep, over one name, never recursive")
    for child in node.iter_child_nodes():
        _check(child, depth + 1, loops, callable_)


def _pace(node: nodes.Node, tick: nodes.Expr) -> None:
    """Put a tick before every statement, and into the condition of a loop, which no statement stands before."""
    for child in node.iter_child_nodes():
        _pace(child, tick)
    for name in ("body", "else_"):
        body = getattr(node, name, None)
        if body:
            paced = [part for statement in body for part in (nodes.ExprStmt(tick, lineno=statement.lineno), statement)]
            setattr(node, name, paced)
    if isinstance(node, nodes.For) and node.test is not None:
        node.test = nodes.And(tick, node.test, lineno=node.lineno)


def _no(node: nodes.Node, sentence: str) -> NoReturn:
    raise TemplateSyntaxError(sentence, node.lineno)
