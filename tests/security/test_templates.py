"""A text that somebody typed into a form can do nothing to us: every attack of the corpus is refused, soon, in words.

Each runs in a process of its own with little memory, so that a miss fails a test and kills no test run. Seconds are of
processor time: they do not depend on who else is using the machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.proof import prove
from saleor_mailflow.messages.render import compile_wording, try_wording

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
REFUSED = sorted(str(path.relative_to(TEMPLATES / "refused")) for path in (TEMPLATES / "refused").rglob("*.j2"))
HONEST = sorted(str(path.relative_to(TEMPLATES / "honest")) for path in (TEMPLATES / "honest").rglob("*.j2"))
KINDS = ("memory", "time", "attribute", "call", "filter", "import", "nesting", "output")
#: Seconds that an attack may take before it is refused, compiling included.
SOON = 0.25


@cache
def cage(mode: str, folder: str, *names: str) -> dict[str, dict[str, Any]]:
    """Return what became of the templates of a folder, by name."""
    command = [sys.executable, str(HERE / "cage.py"), mode, str(TEMPLATES / folder), *names]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def remark(folder: str, name: str) -> str:
    """Return what the first line of a template says of it."""
    first = (TEMPLATES / folder / name).read_text().splitlines()[0]
    found = re.match(r"\{#-? (?:refused|says): (.*?) -?#\}", first)
    assert found, f"{name} does not say what becomes of it"
    return found[1]


@pytest.mark.parametrize("name", REFUSED)
def test_an_attack_is_refused_soon_and_in_a_sentence(name: str) -> None:
    found = cage("try", "refused")[name]
    assert set(found) == {"refused", "seconds", "deleted"}, found
    assert re.search(remark("refused", name), found["refused"]), found["refused"]
    assert re.match(r"The text .*[a-z)]\. [A-Z].*\.$|The text is .* allowed\.$", found["refused"]), found["refused"]
    assert not re.search(r"Error\b|Traceback|anna@example\.com|0x[0-9a-f]{6}", found["refused"])
    assert len(found["refused"]) < 500
    assert found["seconds"] < SOON
    assert not found["deleted"]


def test_the_corpus_has_every_kind_of_attack() -> None:
    by_kind = {kind: [name for name in REFUSED if name.startswith(f"{kind}/")] for kind in KINDS}
    assert sum(map(len, by_kind.values())) == len(REFUSED)
    assert all(len(names) >= 5 for names in by_kind.values())


def test_the_attacks_are_attacks_and_the_cage_holds() -> None:
    # In jinja2's own sandbox: without these three findings the tests above would prove nothing.
    names = ("memory/text-that-doubles.j2", "time/three-loops.j2", "call/a-method-of-a-row.j2")
    memory, loops, call = (cage("plain", "refused", *names)[name] for name in names)
    assert memory.get("broke") == "MemoryError" or "killed" in memory
    assert "killed" in loops or loops["seconds"] > SOON
    assert call["deleted"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_slipped_into_the_database_is_stopped_at_sending(name: str) -> None:
    found = cage("send", "refused")[name]
    assert "refused" in found, found
    assert not found["deleted"]


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_text_passes(name: str) -> None:
    found = cage("try", "honest")[name]
    assert remark("honest", name) in found.get("says", ""), found
    assert found["seconds"] < 2 * SOON


@pytest.mark.parametrize("seed", range(20))
def test_no_heap_of_tokens_brings_anything_but_a_sentence(seed: int) -> None:
    chance = Random(seed)
    tokens = (
        "{{", "}}", "{%", "%}", "{#", "#}", "for", "in", "if", "else", "endif", "endfor", "set", "raw", "endraw",
        "range(3)", "name", "lines", "loop", "row", "|", "|upper", "|replace('a','b')", "|link", ".", ".a", "[0]",
        "['a']", "(", ")", "[", "]", "{", "}", ",", "=", "==", "<", "+", "-", "*", "/", "//", "%", "~", "not", "and",
        "or", "is", "defined", "none", "1", "'a'", "'\\ud800'", "\ud800", "\x00", "é", "½", "ﬁ", "_", "__class__",
        "*", "**", "x=1", ":", "self", "super()", "caller", "varargs", "\n", "-", "import", "as", "1e999", "true",
    )  # fmt: skip
    for _ in range(100):
        middle = " ".join(chance.choices(tokens, k=chance.randrange(1, 12)))
        source = chance.choice(("{{ %s }}", "{%% %s %%}", "{%% if %s %%}x{%% endif %%}", "%s")) % middle
        with suppress(TemplateFailed):
            try_wording(source, {"name": "Anna", "lines": [{"a": 1}], "row": object()})


def test_the_trial_before_saving_is_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "canary-in-the-environment")
    assert prove("Hello {{ name }}!", {"name": "<Anna>"}) == "Hello &lt;Anna&gt;!"
    with pytest.raises(TemplateFailed, match=r"nothing but range\(\) can be called"):
        prove("{{ name.upper() }}", {"name": "Anna"})


@pytest.mark.parametrize(
    ("spoiled", "sentence"),
    [("'x' * 10**10", "takes too much memory or time"), ("time.sleep(60)", "trying it takes too long")],
)
def test_what_no_rule_stops_dies_with_the_trial(
    spoiled: str, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A sandbox with a hole in it, for whoever comes first on the path.
    hole = f"import time\nimport saleor_mailflow.messages.render as r\nr.try_wording = lambda *_: {spoiled}\n"
    (tmp_path / "sitecustomize.py").write_text(hole)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("saleor_mailflow.messages.proof.LONGEST_WAIT", 1.5)
    with pytest.raises(TemplateFailed, match=sentence):
        prove("x", {})


def test_the_refusal_names_the_line() -> None:
    with pytest.raises(TemplateFailed, match=r"line 2\)"):
        compile_wording("Hello\n{% import 'os' as os %}")
