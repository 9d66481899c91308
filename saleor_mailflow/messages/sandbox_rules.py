"""The rules for a text from outside: how large, how deep and made of what it may be, and where it takes its steps.

Refuses whatever is not listed here, so that what jinja2 learns later stays out until somebody looked at it.
"""

from __future__ import annotations

from itertools import islice
from typing import NoReturn

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.lexer import Lexer

#: What a text from outside the package may be: its size, its tags, the words and signs in them, its parts, how deep
#: they and its loops nest, and how much a text or an expression inside a tag may hold. Plain text between tags is
#: bounded by the size alone.
LARGEST_SOURCE = 100_000
MOST_TAGS = 500
MOST_TOKENS = 10_000
MOST_PARTS = 2_000
DEEPEST_NESTING = 60
DEEPEST_LOOPS = 2
LONGEST_CONSTANT = 500
MOST_ARGUMENTS = 3


# What a text from outside may be made of.
_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.Name, nodes.Const,
    nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Mul, nodes.Mod, nodes.Neg, nodes.Call, nodes.Keyword,
    nodes.List, nodes.Tuple,
)  # fmt: skip


def check_source(source: str, lexer: Lexer) -> None:
    """Raise SecurityError for a text with too much in its tags to be worth reading, TemplateSyntaxError as jinja2."""
    tags = source.count("{{") + source.count("{%")
    if tags > MOST_TAGS:
        raise SecurityError(f"it has {tags} tags, at most {MOST_TAGS} are allowed")
    # Counted as they come: reading a hundred thousand of them takes a second.
    if sum(1 for _ in islice(lexer.tokeniter(source, None), MOST_TOKENS + 1)) > MOST_TOKENS:
        raise SecurityError(f"it has more than {MOST_TOKENS} words and signs in its tags")


def check_tree(tree: nodes.Template, callable_: frozenset[str]) -> None:
    """Raise SecurityError for too many parts, TemplateSyntaxError where a rule is broken; ``callable_`` are names."""
    _count(tree)
    _check(tree, 0, 0, callable_)


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


def pace(node: nodes.Node, tick: nodes.Expr) -> None:
    """Put a tick before every statement, and into the condition of a loop, which no statement stands before."""
    for child in node.iter_child_nodes():
        pace(child, tick)
    for name in ("body", "else_"):
        body = getattr(node, name, None)
        if body:
            paced = [part for statement in body for part in (nodes.ExprStmt(tick, lineno=statement.lineno), statement)]
            setattr(node, name, paced)
    if isinstance(node, nodes.For) and node.test is not None:
        node.test = nodes.And(tick, node.test, lineno=node.lineno)


def _no(node: nodes.Node, sentence: str) -> NoReturn:
    raise TemplateSyntaxError(sentence, node.lineno)
