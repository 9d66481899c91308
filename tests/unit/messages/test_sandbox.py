"""What a text that somebody typed into a form can do to us: nothing. First everything that must be refused."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.messages import render
from saleor_mailflow.messages.render import compile_wording, render_wording


class Row:
    """Stands for a database row that should never have come near a template."""

    deleted = False
    email = "anna@example.com"

    def delete(self) -> str:
        Row.deleted = True
        return "gone"


FACTS: dict[str, Any] = {
    "name": "Anna",
    "lines": [{"name": "Shirt"}, {"name": "Mug"}],
    "price": Decimal("12.50"),
    "row": Row(),
    "template": "{{ 7 * 7 }}",
    "bait": "<script>alert(1)</script>",
}

DOUBLING = "".join(f"{{% set x{n + 1} = [x{n}, x{n}] %}}" for n in range(40))

ATTACKS = {
    "three loops inside each other": "{% for a in range(200) %}{% for b in range(200) %}{% for c in range(200) %}"
    "x{% endfor %}{% endfor %}{% endfor %}",
    "a loop that writes a flood": "{% for a in range(200) %}{% for b in range(200) %}"
    + "x" * 200
    + "{% endfor %}{% endfor %}",
    "loops that write nothing": "{% for a in range(200) %}{% for b in range(200) %}"
    "{% if name == 'x' %}{% endif %}{% endfor %}{% endfor %}" * 200,
    "a filter condition that counts": "{% for a in range(200) %}{% for b in range(200) if "
    + " and ".join(["a + b != 1000"] * 50)
    + " and name == 'x' %}{% endfor %}{% endfor %}",
    "a huge range": "{% for a in range(10000000000) %}x{% endfor %}",
    "a recursive loop": "{% for a in lines recursive %}{{ loop(lines) }}{% endfor %}",
    "a power": "{{ 9**9**9 }}",
    "text times a number": "{{ 'a' * 1000000000 }}",
    "a list times a number": "{{ ([1] * 1000000000)|length }}",
    "numbers without end": "{% set x = 999999999999999 %}{% set x = x * x %}{% set x = x * x %}{{ x }}",
    "a number of many digits": "{{ " + "9" * 50_000 + " }}",
    "formatting by per cent": "{{ '%500000000d' % 1 }}",
    "the format filter": "{{ '%500000000d'|format(1) }}",
    "center": "{{ 'a'|center(500000000) }}",
    "indent": "{{ 'a\nb'|indent(500000000) }}",
    "ljust": "{{ 'a'.ljust(500000000) }}",
    "rounding for hours": "{{ 5|round(-1000000000) }}",
    "slice": "{{ [1, 2]|slice(500000000)|list }}",
    "lipsum": "{{ lipsum(n=100000) }}",
    "a cycler": "{{ cycler('a').next() }}",
    "a namespace that doubles": "{% set n = namespace(v='aaaaaaaa') %}{% for a in range(100) %}"
    "{% set n.v = n.v ~ n.v %}{% endfor %}{{ n.v }}",
    "text that doubles": "{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "text that adds up": "{% set x = 'aaaaaaaa' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
    "lists that double": "{% set x0 = 'a' %}" + DOUBLING + "{{ x40 }}",
    "replacing that grows": "{% set x = 'aaaaaaaaaa' %}"
    + "{% set x = x|replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') %}" * 9
    + "{{ x|length }}",
    "a captured block that doubles": "{% set x %}aaaaaaaa{% endset %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40,
    "a macro that calls itself": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "deep brackets": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "a sum of ten thousand": "{{ " + "+".join(["name"] * 10_000) + " }}",
    "not not not": "{{ " + "not " * 20_000 + "name }}",
    "an overlong text": "x" * 100_001,
    "many small ones": "{{ name }}" * 9_000,
    "a method of a row": "{{ row.delete() }}",
    "a field of a row": "{{ row.email }}",
    "a row itself": "{{ row }}",
    "a method of text": "{{ name.upper() }}",
    "the class behind": "{{ name.__class__.__mro__[1].__subclasses__() }}",
    "the class behind, by filter": "{{ name|attr('__class__') }}",
    "the class behind, by index": "{{ name['__class__'] }}",
    "globals of a function": "{{ range.__globals__ }}",
    "format as a way in": "{{ '{0.__class__}'.format(name) }}",
    "a map of attributes": "{{ lines|map(attribute='name')|list }}",
    "another file": "{% include 'layout.html' %}",
    "a parent file": "{% extends '../../../conf.py' %}",
    "an import": "{% import 'basket.html' as b %}{{ b.button('https://x.example', 'x') }}",
    "escaping turned off": "{% autoescape false %}{{ bait }}{% endautoescape %}",
    "text called safe": "{{ bait|safe }}",
    "a script as a link": "<a href=\"{{ 'javascript:alert(1)'|link }}\">x</a>",
    "a link that breaks out": '<a href="{{ \'https://x.example/\\" onclick=alert(1)\'|link }}">x</a>',
    "a variable nobody gave": "Hello {{ nickname }}",
    "a key that is not there": "{{ lines[0].price }}",
    "a whole list": "{{ lines }}",
    "true": "{{ name == 'Anna' }}",
    "broken brackets": "{{ name ",
    "an unknown statement": "{% launch missiles %}",
    "a division by zero": "{{ 1 / 0 }}",
    "lone surrogates in a number": "{{ 1 + '\ud800' }}",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_an_attack_is_refused_fast_and_in_a_sentence(attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "LONGEST_SECONDS", 0.2)
    began = time.process_time()
    with pytest.raises(TemplateFailed) as refusal:
        render_wording(compile_wording(attack), FACTS)
    assert time.process_time() - began < 1.5
    assert str(refusal.value).endswith(".")
    assert "anna@example.com" not in str(refusal.value)
    assert not Row.deleted


def test_an_attack_inside_the_facts_is_only_text() -> None:
    assert render_wording(compile_wording("{{ template }}"), FACTS) == "{{ 7 * 7 }}"
    assert render_wording(compile_wording("{{ bait }}"), FACTS) == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_the_refusal_names_the_line() -> None:
    with pytest.raises(TemplateFailed, match=r"line 2\)"):
        compile_wording("Hello\n{% import 'os' as os %}")


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("Hello {{ name }}!", "Hello Anna!"),
        ("{% if nobody is defined %}x{% else %}{{ name|upper }}{% endif %}", "ANNA"),
        (
            "{% for line in lines %}{{ loop.index }} {{ line.name }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "1 Shirt, 2 Mug",
        ),
        ("{% for n in range(3) if n != 1 %}{{ n * 2 + 1 }}{% endfor %}", "15"),
        ("{% set n = 3 %}{{ n - 1 }} {{ price }} {{ lines|length }}", "2 12.50 2"),
        ("{% if name in ['Anna', 'Eva'] %}yes{% endif %}", "yes"),
        ("{{ name|replace('A', 'E') }} {{ lines[0]['name'] }} {{ lines|length if name else '' }}", "Enna Shirt 2"),
        ("<a href=\"{{ 'https://x.example/?a=1&b=2'|link }}\">", '<a href="https://x.example/?a=1&amp;b=2">'),
    ],
)
def test_what_a_merchant_needs_works(wording: str, expected: str) -> None:
    assert render_wording(compile_wording(wording), FACTS) == expected
