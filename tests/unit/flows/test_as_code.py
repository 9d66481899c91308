"""Flows as YAML: first what is refused, with its line, then that nothing is lost on the way there and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_mailflow.flows.as_code import flow_from_yaml, flow_to_yaml
from saleor_mailflow.flows.catalog import CATALOG, OURS
from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.lint import Known
from saleor_mailflow.strict_yaml import LARGEST_BYTES, Unreadable, read_yaml, write_yaml
from tests.cart_flow import CART
from tests.properties.edits import edited, first

GOOD = flow_to_yaml(CART)


def read(text: str) -> Flow:
    found = flow_from_yaml(read_yaml(text, "flows/my_cart.yaml"))
    assert found.flow is not None, found.said
    return found.flow


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "flow.yaml:1: This is no YAML"),
        ("a: 1\na: 2", "flow.yaml:2: 'a' stands here twice"),
        ("a: &x 1\nb: *x", "flow.yaml:1: Anchors and aliases"),
        ("a: !!python/object:os.system x", r"flow.yaml:1: Tags \(tag:yaml.org,2002:python/object:os.system\)"),
        ("a: !secret x", r"flow.yaml:1: Tags \(!secret\)"),
        ("a: 1\n? [b]\n: 2", "flow.yaml:2: A key is a word"),
        ("[" * 100 + "]" * 100, "Nested more than 60 deep"),
        ("a: \x01", "This is no YAML"),
        ("x" * (LARGEST_BYTES + 1), "more than 1000000 bytes"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_yaml(text, "flow.yaml")


def test_words_that_yaml_1_1_would_guess_about_are_words() -> None:
    assert read_yaml("op: yes\nat: 10:30\non: off\nday: 2026-05-01\nn: 017\nz: null\nt: true\nf: 1.5", "x").data == {
        "op": "yes",
        "at": "10:30",
        "on": "off",
        "day": "2026-05-01",
        "n": "017",
        "z": None,
        "t": True,
        "f": 1.5,
    }


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lateness: 12h", "lateness: soon", "lateness: 'soon' is no duration: write it as 30m"),
        ("once_per: 7d", "once_per: 7 weeks", "once_per: '7 weeks' is no duration"),
    ],
)
def test_a_duration_that_nobody_understands_is_told_with_its_line(old: str, new: str, said: str) -> None:
    bad = GOOD.replace(old, new)
    with pytest.raises(Unreadable, match=f"^flows/my_cart.yaml:{line_of(bad, new)}: {said}"):
        read(bad)


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("    lateness: 12h\n", "", "id: reminder", "Step 'reminder' (send) has no 'lateness' yet; fill it in."),
        ("lateness: 12h", "latenes: 1", "id: reminder", "Step 'reminder' (send) has no 'lateness' yet; fill it in."),
        ("may_wait", "may_wait", "promt: true", "'promt' is not understood here; mend its name or take it out."),
        ("type: wait\n", "type: nap\n", "until_next_day", "Step 'until_next_day' (nap): Step type 'nap' is unknown"),
        ("since: activity", "since: dawn", "until_next_day", "Step 'until_next_day' (wait): 'dawn' is not a valid"),
        ("t/last_call", "t/nothing", "id: last_call", "There is no template 'abandoned_checkout/nothing'"),
        ("idle_basket", "full_moon", "type: full_moon", "The trigger: Trigger 'full_moon' is unknown"),
        ("schema: 2", "schema: 9", "schema: 9", "The flow was written with schema 9"),
        ("- id: last_call", "- id: reminder", "id: reminder", "More than one step is called 'reminder'"),
    ],
)
def test_every_mistake_is_told_with_its_line_and_what_to_do(old: str, new: str, where: str, said: str) -> None:
    bad = GOOD.replace("prompt: true", "promt: true" if "promt" in where else "prompt: true").replace(old, new, 1)
    known = Known(templates={"abandoned_checkout/reminder": ("en",), "abandoned_checkout/last_call": ("en",)})
    found = flow_from_yaml(read_yaml(bad, "flows/my_cart.yaml"), known)
    name, line, text = found.said[0].split(":", 2)
    assert text.strip().startswith(said)
    assert (name, bad.splitlines()[int(line) - 1].strip(" -")) == (
        "flows/my_cart.yaml",
        next(one.strip(" -") for one in bad.splitlines() if where in one),
    )


@pytest.mark.parametrize("flow", [*CATALOG.values(), *OURS.values(), CART], ids=[*CATALOG, *OURS, "my_cart"])
def test_what_was_written_is_the_same_flow_and_the_same_bytes_again(flow: Flow) -> None:
    text = flow_to_yaml(flow)
    assert read(text) == flow
    assert read(text).digest == flow.digest
    assert flow_to_yaml(read(text)) == text


@settings(max_examples=60)
@given(chance=st.randoms(use_true_random=False), edits=st.integers(min_value=1, max_value=8))
def test_so_is_whatever_people_make_of_it(chance: object, edits: int) -> None:
    flow, ids = first(), iter(range(1, 1000))
    for _ in range(edits):
        flow = edited(flow, chance, lambda: f"s{next(ids)}")  # type: ignore[arg-type]  # Hypothesis's own Random
    text = flow_to_yaml(flow)
    assert read(text) == flow
    assert flow_to_yaml(read(text)) == text


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)


@given(value=st.recursive(texts | st.booleans() | st.integers(), lambda x: st.lists(x) | st.dictionaries(texts, x)))
def test_whatever_text_a_merchant_writes_is_read_as_it_was_written(value: object) -> None:
    assert read_yaml(write_yaml({"x": value}), "x").data == {"x": value}


def test_it_is_what_a_person_would_write() -> None:
    assert GOOD.splitlines()[1:] == [
        "schema: 2",
        "key: my_cart",
        "name: My cart",
        "description: Reminds of a cart twice.",
        "purpose: marketing",
        "prompt: true",
        "kind: cart",
        "priority: 10",
        "once_per: 7d",
        "trigger:",
        "  type: idle_basket",
        "  after: 1h",
        "steps:",
        "  - id: reminder",
        "    type: send",
        "    template: abandoned_checkout/reminder",
        "    lateness: 12h",
        "  - id: until_next_day",
        "    type: wait",
        "    duration: 24h",
        "    since: activity",
        "    after_mail: 12h",
        "  - id: last_call",
        "    type: send",
        "    template: abandoned_checkout/last_call",
        "    lateness: 2d",
    ]


def test_a_duration_may_be_written_otherwise_and_days_must_be_whole() -> None:
    assert read(GOOD.replace("once_per: 7d", "once_per: 6d 24h")) == CART
    birthday = flow_to_yaml(CATALOG["birthday"]).replace("date: birthday", "date: birthday\n  before: 36h")
    with pytest.raises(Unreadable, match="before is counted in whole days; write it as 1d"):
        flow_from_yaml(read_yaml(birthday, "x"))
    assert timedelta(days=7) == CART.once_per
