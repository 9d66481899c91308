"""Run template files one by one, each in a child of its own with little memory and time, and say what became of each.

Started by ``test_templates.py`` as a program. Refuses to survive what it is tested against: a child that takes too much
is killed by the system, which is then what is reported of it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages.render import compile_wording, render_wording, try_wording

#: What a child may have: bytes of memory beyond what it starts with, seconds of processor time, seconds by the clock.
MEMORY, PROCESSOR_S, WALL_S = 200_000_000, 2, 10


class Row:
    """Stands for a database row that should never have come near a template."""

    deleted = False
    email = "anna@example.com"

    def delete(self) -> str:
        Row.deleted = True
        return "gone"


def facts() -> dict[str, Any]:
    nest: list[Any] = ["x"]
    for _ in range(40):
        nest = [nest, nest]
    return {
        "name": "Anna",
        "empty": "",
        "lines": [{"name": "Shirt"}, {"name": "Mug"}],
        "nest": nest,
        "price": Decimal("12.50"),
        "row": Row(),
        "template": "{{ 7 * 7 }}",
        "bait": "<script>alert(1)</script>",
    }


def judge(source: str, how: str) -> dict[str, Any]:
    began = time.process_time()
    try:
        if how == "plain":
            answer = {"says": ImmutableSandboxedEnvironment().from_string(source).render(facts())[:200]}
        elif how == "send":
            answer = {"says": render_wording(compile_wording(source), facts())}
        else:
            answer = {"says": try_wording(source, facts())}
    except TemplateFailed as error:
        answer = {"refused": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever else it raises is what is looked for
        answer = {"broke": type(error).__name__}
    return {**answer, "seconds": time.process_time() - began, "deleted": Row.deleted}


def caged(source: str, how: str) -> dict[str, Any]:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(WALL_S)
        try:
            os.write(theirs, json.dumps(judge(source, how)).encode()[:60_000])
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    return json.loads(said) if said else {"killed": status, "seconds": 0.0, "deleted": False}


if __name__ == "__main__":
    mode, folder = sys.argv[1], Path(sys.argv[2])
    wanted = sys.argv[3:] or sorted(str(path.relative_to(folder)) for path in folder.rglob("*.j2"))
    # What is compiled for the first time in a process is not the template's doing.
    try_wording("{{ name }}", {"name": "x"})
    print(json.dumps({name: caged((folder / name).read_text(), mode) for name in wanted}))
