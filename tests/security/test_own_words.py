"""A mail in a merchant's own words cannot take the process that makes it down: its memory, its stack or its time.

With blocks that are given what blocks made, with styles for everything, and with HTML that is hard to read. Each runs
in a process of its own, since what is tested kills it where it is not refused.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.inlining import DEEPEST, MOST_ELEMENTS, as_read, inline_styles
from saleor_mailflow.messages.lint import lint_own
from saleor_mailflow.messages.own import Words, compile_own, render_own
from saleor_mailflow.messages.proof import prove
from saleor_mailflow.messages.registry import REGISTRY

EXAMPLE = REGISTRY["upsell/goes_with"].example
FACTS = EXAMPLE("en")
#: What a mail may take until it is refused: seconds of processor time, and bytes beyond what was there.
SOON, MEMORY = 0.5, 150_000_000


def caged(work: Callable[[], object]) -> dict[str, Any]:
    """Return what became of some work in a child with little memory: what it came to, or that it was killed."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(20)
        began = time.process_time()
        try:
            answer = {"says": str(work())[:200]}
        except TemplateFailed as error:
            answer = {"refused": str(error)}
        except BaseException as error:  # noqa: BLE001 - the child tells whatever became of it
            answer = {"broke": type(error).__name__}
        os.write(theirs, json.dumps({**answer, "seconds": time.process_time() - began}).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as told:
        said = told.read()
    _, status = os.waitpid(child, 0)
    return json.loads(said) if said else {"killed": status}


def made(html: str, text: str = "Hello") -> Callable[[], object]:
    own = {"subject": "Hello", "preheader": "Short", "html": html, "text": text, "language": "en"}
    return lambda: len(render_own(compile_own(**own), FACTS).html)


def styled(css: str, body: str) -> str:
    return f"<style>{css}</style>{body}"


LETTERS = "a" * 490
BLOCKS = {
    "a block that doubles": "{% set x = tip('aaaaaaaa', 'a') %}" + "{% set x = tip(x, x) %}" * 40 + "{{ x }}",
    "a block for every letter of a block": "{{ steps(steps(steps('aaaaaaaaaaaaaaa'))) }}",
    "tales of tales": f"{{{{ tale('x', tale('x', tale('x', '{LETTERS}'))) }}}}",
    "blocks that nobody prints": f"{{% for a in range(200) %}}{{% set x = steps('{LETTERS}') %}}{{% endfor %}}",
    "blocks in names of their own": "".join(f"{{% set x{n} = steps('{LETTERS}') %}}" for n in range(150)),
}
STYLES = {
    "elements one inside the other": styled("p{a:b}", "<i>x" * 12_000),
    "tables inside tables": styled("p{a:b}", "<table><tr><td>" * 6_000),
    "a few too deep": styled("p{a:b}", "<i>" * (DEEPEST + 1)),
    "deep by tables that close nothing": styled("p{a:b}", "<i><table></i></table>" * 400),
    "deep behind a comment that is none": styled("p{a:b}", "<!-->" + "<i>" * 1_900 + "-->"),
    "deep and closed where nothing is closed": styled(
        "p{a:b}", "<textarea>" + "</i>" * 900 + "</textarea>" + "<i>" * 900
    ),
    "one rule for everything": styled("*{a:" + "b" * 15_000 + "}", "<br>" * 4_000),
    "too many signs for all": styled("*{a:" + "b" * 4_000 + "}", "<br>" * 1_200),
    "many rules": styled("* * * *{a:b}" * 2_000, "<br>" * 1_900),
    "each with all before it": styled(":not(b~i){a:b}" * 330, "<i></i>" * 1_900),
    "many properties": styled("*{" + "".join(f"a{n}:b;" for n in range(500)) + "}", "<i>x</i>" * 900),
    "styles that do not end": "<style x" * 10_000,
    "styles in a drawing": styled("p{a:b}", "<svg><style>/*<!--</style>-->*/*{a:b}</style></svg>"),
}
HTML = {
    "beginnings of comments": "<!--" * 20_000,
    "beginnings of tags": "<a " * 30_000,
    "beginnings of attributes": "<a a='" * 15_000,
    "ends of nothing": "</" * 45_000,
    "marked sections": "<![" * 30_000,
    "a picture of many digits": f"<img width={'9' * 5_000}>",
    "a picture of no digits": "<img width=²>",
}


@pytest.mark.parametrize("html", BLOCKS.values(), ids=BLOCKS)
def test_blocks_do_not_fill_the_memory(html: str) -> None:
    found = caged(made(html))
    assert "a block takes texts of up to" in found.get("refused", "") or "its blocks write" in found["refused"], found
    assert found["seconds"] < SOON


@pytest.mark.parametrize("html", BLOCKS.values(), ids=BLOCKS)
def test_blocks_are_tried_before_words_are_kept(html: str) -> None:
    with pytest.raises(TemplateFailed, match="block"):
        prove(html, FACTS, blocks=("steps", "tale", "tip"))


@pytest.mark.parametrize("html", STYLES.values(), ids=STYLES)
def test_styles_take_neither_stack_nor_memory_nor_time(html: str) -> None:
    found = caged(made(html))
    assert "refused" in found, found
    assert found["refused"].endswith(("make it simpler.", "Make it simpler."))
    assert len(found["refused"]) < 300
    assert found["seconds"] < SOON


@pytest.mark.parametrize("html", HTML.values(), ids=HTML)
def test_no_html_keeps_whoever_looks_at_it_waiting(html: str) -> None:
    words = {"en": Words(subject="Hello", preheader="Short", html=html, text="Hello")}
    found = caged(lambda: len(lint_own(words, EXAMPLE, languages=["en"], trial=False)))
    assert "says" in found, found
    assert found["seconds"] < SOON


def test_publishing_is_not_kept_waiting_by_what_looks_like_blocks() -> None:
    words = {"en": Words(subject="Hello", preheader="Short", html="{{a(" * 30_000, text="Hello")}
    began = time.process_time()
    assert "characters long" in lint_own(words, EXAMPLE, languages=["en"])[0].sentence
    assert time.process_time() - began < SOON


@pytest.mark.parametrize(
    "swallowing", ["<textarea>", "<template>", "<title>", "<iframe>", "<plaintext>", "<script>", "<!--"]
)
def test_words_that_swallow_the_way_out_are_not_published(swallowing: str) -> None:
    words = {"en": Words(subject="Hello", preheader="Short", html=f"<p>Hello</p>{swallowing}", text="Hello")}
    found = lint_own(words, EXAMPLE, languages=["en"], trial=False)
    assert any(one.level == "error" and "no link to unsubscribe" in one.sentence for one in found)


def test_a_mail_with_honest_styles_is_made() -> None:
    css = ".a { color: #123456 } td > p { margin: 0 }" + ".b:hover { top: 0 }" * 50
    rows = "<table><tr><td class='a'><p>x</p></td></tr></table>" * 150
    own = {"subject": "Hello", "preheader": "Short", "text": "Hello", "language": "en"}
    words = compile_own(**own, html=styled(css, rows) + "{{ tip('a', steps(['b'])) }}")
    assert render_own(words, FACTS).html.count("#123456") == rows.count("<td")


def test_what_is_counted_is_what_a_browser_reads() -> None:
    # Without a limit the reader itself would die; so it is asked before.
    with pytest.raises(TemplateFailed, match=f"at most {MOST_ELEMENTS}"):
        as_read("<b>" * (MOST_ELEMENTS + 1))
    with pytest.raises(TemplateFailed, match=f"at most {MOST_ELEMENTS}"):
        inline_styles("<style>p{a:b}</style>" + "<table><tr><td>" * (MOST_ELEMENTS // 3 - 1))
