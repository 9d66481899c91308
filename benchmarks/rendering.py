"""What a mail costs to render: ours (sandbox, inlined styles, text part) against plain cached Jinja2, in CPU time.

Refuses to compare different templates: both run the same file with the same facts.
"""

from __future__ import annotations

from typing import Any

from benchmarks.ground import Figure, Rounds, cpu, ratio
from benchmarks.sending import six_items

TEMPLATE = "abandoned_checkout/reminder"


def figures(*, rounds: int, times: int) -> list[Figure]:
    """Return the figures of rendering."""
    from jinja2 import Environment, FunctionLoader

    from saleor_mailflow.messages import render as ours
    from saleor_mailflow.messages.sources import source

    facts = six_items()
    plain = Environment(
        loader=FunctionLoader(lambda name: source(name, "en")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    plain.filters.update(ours._environment("en").filters)
    bare = plain.get_template(f"{TEMPLATE}.html")
    guarded = ours._packaged(f"{TEMPLATE}.html", "en")

    def run(work: Any) -> Any:
        return lambda: cpu(times, lambda: [work() for _ in range(times)])

    variants = {
        "plain": run(lambda: bare.render(facts)),
        "sandbox": run(lambda: ours._run("it", lambda: guarded, facts)),
        "whole": run(lambda: ours.render(TEMPLATE, "en", facts)),
    }
    assert bare.render(facts) == ours._run("it", lambda: guarded, facts)
    for one in variants.values():
        one()
    seen = Rounds(count=rounds).run(variants)
    each = {name: min(spent) * 1e6 for name, spent in seen.items()}
    note = ", ".join(f"{name} {spent:.0f} µs" for name, spent in each.items())
    return [
        ratio(
            "render + inline + text ÷ plain cached Jinja2 (CPU)",
            seen["whole"],
            seen["plain"],
            goal=3.0,
            better="lower",
            note=note,
        ),
        ratio(
            "hardened sandbox ÷ plain cached Jinja2 (CPU)", seen["sandbox"], seen["plain"], goal=1.15, better="lower"
        ),
    ]
