"""Write the package's style rules into the elements of its templates, once, when a template is read.

Refuses whatever it could get wrong: a rule is one class on one line, an element has a class or a style, never both, and
a class that has no rule anywhere is an error. So a mail costs no inlining when it is made, and mail programs that drop
style sheets (Gmail's apps, Outlook) still show it as it is meant.
"""

from __future__ import annotations

import re

_RULE = re.compile(r"\.([a-z-]+) \{ (.+) \}")
_CLASS = re.compile(r'<[^<>]*? class="([^"]*)"')
_USED = re.compile(r"\.([a-z-]+)")


def read_rules(css: str) -> dict[str, dict[str, str]]:
    """Return the declarations of a style sheet by class, in order. Raises ValueError naming a line that is no rule."""
    found: dict[str, dict[str, str]] = {}
    for line in css.splitlines():
        rule = _RULE.fullmatch(line.strip())
        if rule is None:
            raise ValueError(f"a line of the style sheet is no rule for one class: {line!r}")
        declared = (part.partition(":") for part in rule[2].split(";") if part.strip())
        found[rule[1]] = {name.strip(): value.strip() for name, _, value in declared}
    return found


def inline(html: str, rules: dict[str, dict[str, str]], kept_css: str, *, strict: bool = True) -> str:
    """Return ``html`` with the rules of its classes in ``style`` attributes, in the order of the style sheet.

    Classes that ``kept_css`` (the rules for phones and dark screens) does not name are dropped. Raises ValueError for a
    class without any rule, and for an element that has a style already; not ``strict``, it leaves such an element.
    """
    kept = set(_USED.findall(kept_css))
    order = {name: place for place, name in enumerate(rules)}

    def styled(found: re.Match[str]) -> str:
        classes = found[1].split()
        unknown = [name for name in classes if name not in rules and name not in kept]
        if not strict and (unknown or " style=" in found[0]):
            return found[0]
        if unknown or " style=" in found[0]:
            raise ValueError(
                f"the element {found[0]!r} has {f'a class {unknown[0]!r} without a rule' if unknown else 'a style'}"
            )
        merged: dict[str, str] = {}
        for name in sorted((name for name in classes if name in rules), key=order.__getitem__):
            for property_, value in rules[name].items():
                # What comes later counts, also against a shorthand that stands between.
                merged.pop(property_, None)
                merged[property_] = value
        style = "; ".join(f"{property_}: {value}" for property_, value in merged.items())
        left = " ".join(name for name in classes if name in kept)
        attributes = (f' class="{left}"' if left else "") + (f' style="{style}"' if style else "")
        return found[0].removesuffix(f' class="{found[1]}"') + attributes

    return _CLASS.sub(styled, html)
