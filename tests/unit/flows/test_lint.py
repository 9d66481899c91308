"""What is said of a flow before anybody is inside it: first that nothing is said of a good one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.flows.catalog import CATALOG, OURS
from saleor_mailflow.flows.conditions import All, Ask
from saleor_mailflow.flows.definition import Ending, Flow, Purpose
from saleor_mailflow.flows.lint import Known, Level, errors, lint
from saleor_mailflow.flows.steps import (
    Branch,
    Coupon,
    Exit,
    Notify,
    Send,
    Split,
    StartFlow,
    Step,
    Tag,
    Wait,
    WaitFor,
    Way,
    walk,
)
from saleor_mailflow.flows.triggers import Happened, Recurring
from saleor_mailflow.flows.unfinished import read_unfinished
from saleor_mailflow.messages.registry import REGISTRY
from tests.cart_flow import CART

HOUR = timedelta(hours=1)
BOUGHT = Ask(fact="since.ordered", op="yes")
KNOWN = Known(
    templates={key: template.languages for key, template in REGISTRY.items()},
    marketing_templates={key for key, template in REGISTRY.items() if template.purpose == "marketing"},
    flows={*CATALOG, *OURS, "other"},
    segments={"loyal"},
    events={"order.paid", "mail.clicked", "mail.opened", "tag.added"},
    offers={"gift"},
    targets={"crm"},
    topics={"offers"},
)


def flow(*steps: Step, **more: Any) -> Flow:
    return replace(CART, steps=steps, **more)


def mail(id_: str, **more: Any) -> Send:
    return Send(id=id_, template="abandoned_checkout/reminder", lateness=HOUR, **more)


def wait(id_: str = "pause") -> Wait:
    return Wait(id=id_, duration=HOUR)


@pytest.mark.parametrize("good", [*CATALOG.values(), *OURS.values()], ids=[*CATALOG, *OURS])
def test_nothing_keeps_a_flow_of_the_catalogue_from_being_published(good: Flow) -> None:
    templates = {key: template.languages for key, template in REGISTRY.items()}
    assert [finding.text for finding in lint(good, Known(templates=templates, flows={*CATALOG, *OURS}))] == []


@pytest.mark.parametrize(
    "good",
    [
        flow(mail("one"), wait(), mail("two")),
        flow(Coupon(id="code", offer="gift"), mail("one", coupon="code")),
        flow(
            mail("one"),
            Branch(id="b", when=Ask(fact="mail.clicked", op="yes", of="one"), then=(Tag(id="t", add=("x",)),)),
        ),
        flow(mail("one"), WaitFor(id="w", event="mail.clicked", of="one", timeout=HOUR), mail("two")),
        flow(Branch(id="b", when=BOUGHT, then=(Exit(id="x"),)), mail("one")),
        flow(mail("one"), Branch(id="b", when=BOUGHT, then=(wait(),), otherwise=(Exit(id="x"),)), mail("two")),
        flow(StartFlow(id="s", flow="other"), Notify(id="n", target="crm")),
    ],
    ids=lambda good: "+".join(good.places),
)
def test_nothing_is_said_of_what_is_meant(good: Flow) -> None:
    assert lint(good, KNOWN) == ()


OPENED = Ask(fact="mail.opened", op="yes", of="one")
CASES: list[tuple[str, Level, str, Flow]] = [
    ("template", Level.ERROR, "bad", flow(replace(mail("bad"), template="nowhere/nothing"))),
    ("coupon", Level.ERROR, "bad", flow(mail("bad", coupon="code"))),
    ("coupon", Level.ERROR, "bad", flow(mail("bad", coupon="code"), Coupon(id="code", offer="gift"))),
    ("offer", Level.WARNING, "bad", flow(Coupon(id="bad", offer="none"))),
    ("start_flow", Level.ERROR, "bad", flow(StartFlow(id="bad", flow="my_cart"))),
    ("start_flow", Level.ERROR, "bad", flow(StartFlow(id="bad", flow="nothing"))),
    ("target", Level.ERROR, "bad", flow(Notify(id="bad", target="nobody"))),
    ("event", Level.ERROR, "bad", flow(WaitFor(id="bad", event="order.eaten", timeout=HOUR))),
    ("event", Level.ERROR, "", flow(mail("one"), trigger=Happened(event="order.eaten"), ends=(Ending.ORDERED,))),
    (
        "segment",
        Level.ERROR,
        "",
        flow(mail("one"), trigger=Recurring(segment="nobody", weekday=0), ends=(Ending.ORDERED,)),
    ),
    (
        "segment",
        Level.ERROR,
        "bad",
        flow(Branch(id="bad", when=Ask(fact="contact.segment", op="has", value="x"), then=(wait(),))),
    ),
    ("topic", Level.ERROR, "", flow(mail("one"), topic="unheard_of")),
    ("dates", Level.ERROR, "", flow(mail("one"), valid_from=date(2026, 5, 2), valid_until=date(2026, 5, 1))),
    ("tag", Level.ERROR, "bad", flow(Tag(id="bad", add=("a, b",)))),
    ("tag", Level.ERROR, "bad", flow(Tag(id="bad"))),
    (
        "tag",
        Level.ERROR,
        "bad",
        flow(Branch(id="bad", when=Ask(fact="contact.tags", op="has", value="eva@x"), then=(wait(),))),
    ),
    (
        "mail_of",
        Level.ERROR,
        "bad",
        flow(Branch(id="bad", when=replace(OPENED, fact="mail.clicked"), then=(wait(),)), mail("one")),
    ),
    (
        "mail_of",
        Level.ERROR,
        "bad",
        flow(Branch(id="bad", when=replace(OPENED, fact="mail.sent", of="who"), then=(wait(),))),
    ),
    (
        "mail_of",
        Level.ERROR,
        "bad",
        # In the other way: whoever is here never had that mail.
        flow(
            Branch(
                id="b",
                when=BOUGHT,
                then=(mail("one"),),
                otherwise=(WaitFor(id="bad", event="mail.clicked", of="one", timeout=HOUR),),
            )
        ),
    ),
    ("id", Level.ERROR, "b" * 61, flow(Exit(id="b" * 61))),
    ("purpose", Level.ERROR, "bad", flow(mail("bad"), purpose=Purpose.TRANSACTIONAL)),
    ("opens", Level.WARNING, "bad", flow(mail("one"), Branch(id="bad", when=All(parts=(OPENED,)), then=(wait(),)))),
    ("opens", Level.WARNING, "bad", flow(mail("one"), WaitFor(id="bad", event="mail.opened", of="one", timeout=HOUR))),
    (
        "no_goal",
        Level.WARNING,
        "",
        flow(mail("one"), wait(), mail("two"), trigger=Happened(event="tag.added", of="loyal")),
    ),
    ("unreachable", Level.WARNING, "bad", flow(Exit(id="end"), mail("bad"), wait())),
    (
        "unreachable",
        Level.WARNING,
        "bad",
        flow(Branch(id="b", when=BOUGHT, then=(Exit(id="x"),), otherwise=(Exit(id="y"),)), mail("bad")),
    ),
    ("two_mails", Level.WARNING, "bad", flow(mail("one"), mail("bad"))),
    ("two_mails", Level.WARNING, "bad", flow(mail("one"), Branch(id="b", when=BOUGHT, then=(wait(),)), mail("bad"))),
    ("empty", Level.WARNING, "bad", flow(Branch(id="bad", when=BOUGHT))),
    ("empty", Level.WARNING, "bad", flow(Split(id="bad", choices=(Way(key="a", weight=1), Way(key="b", weight=1))))),
    ("no_wait", Level.WARNING, "bad", flow(Wait(id="bad"))),
    ("about", Level.WARNING, "bad", flow(Branch(id="bad", when=Ask(fact="order.paid", op="yes"), then=(wait(),)))),
]


@pytest.mark.parametrize(
    ("code", "level", "step", "bad"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)]
)
def test_each_mistake_is_found_once_where_it_is_and_says_what_to_do(
    code: str, level: Level, step: str, bad: Flow
) -> None:
    found = lint(bad, KNOWN)
    assert [(one.code, one.level, one.step) for one in found] == [(code, level, step)]
    assert found[0].text.endswith(".")
    assert bool(errors(found)) is (level is Level.ERROR)


def test_a_missing_language_is_named() -> None:
    known = replace(KNOWN, templates={"abandoned_checkout/reminder": ("en",)}, languages=("en", "fr", "pl"))
    assert "no wording in fr, pl" in lint(flow(mail("one")), known)[0].text


def test_what_is_not_known_is_not_asked_about() -> None:
    assert lint(flow(replace(mail("one"), template="nowhere/nothing"))) == ()


def test_errors_come_before_warnings() -> None:
    found = lint(flow(Wait(id="nothing"), Tag(id="nobody")), KNOWN)
    assert [one.level for one in found] == [Level.ERROR, Level.WARNING]


def test_a_goal_is_ends_or_a_question_about_orders() -> None:
    happened = Happened(event="order.paid")
    for good in (
        flow(mail("one"), trigger=happened, ends=(Ending.ORDERED,)),
        flow(Branch(id="b", when=BOUGHT, then=(wait(),)), trigger=happened),
        flow(WaitFor(id="w", event="order.paid", timeout=HOUR), trigger=happened),
    ):
        assert lint(good, KNOWN) == ()


def test_of_an_unfinished_flow_every_step_that_lacks_something_is_told_with_its_place() -> None:
    data = flow(mail("one"), Branch(id="b", when=BOUGHT, then=(mail("two"),))).to_json()
    del data["steps"][0]["lateness"]
    data["steps"][1]["then"][0]["template"] = None
    del data["steps"][1]["then"][0]["type"]
    data["steps"].append({"id": "", "type": "wait"})
    data["steps"].append({"id": "far", "type": "wait_for", "event": "order.paid", "timeout": 10**20})
    data["trigger"] = {"type": "full_moon"}
    read, found = read_unfinished(data, KNOWN)
    assert read is None
    assert [(one.step, one.path) for one in found] == [
        ("", ("trigger",)),
        ("one", ("steps", 0)),
        ("two", ("steps", 1, "then", 0)),
        ("", ("steps", 2)),
        ("far", ("steps", 3)),
    ]
    assert found[1].text == "Step 'one' (send) has no 'lateness' yet; fill it in."


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("latenes", 5, "'latenes' is not understood here"),
        ("template", None, "Step 'one': 'template' is not a text"),
        ("may_wait", "no", "Step 'one': 'may_wait' is not yes or no"),
    ],
)
def test_what_would_be_read_as_nothing_or_as_something_else_is_told(name: str, value: object, said: str) -> None:
    data = flow(mail("one")).to_json()
    data["steps"][0][name] = value
    read, found = read_unfinished(data)
    assert read is None
    assert said in found[0].text


def test_one_tag_that_is_no_list_is_not_read_letter_by_letter() -> None:
    data = flow(Tag(id="mark", add=("engaged",))).to_json()
    data["steps"][0]["add"] = "engaged"
    assert [one.text for one in read_unfinished(data)[1]] == ["'add' is not a list."]


def test_two_steps_of_one_name_are_named() -> None:
    data = flow(mail("one"), wait(), mail("two")).to_json()
    data["steps"][2]["id"] = "one"
    assert [one.text for one in read_unfinished(data)[1]] == ["More than one step is called 'one'; rename one of them."]


def test_a_flow_nested_without_end_is_refused_before_it_is_read() -> None:
    step: dict[str, Any] = {"id": "x", "type": "branch", "when": BOUGHT.to_json()}
    for number in range(3000):
        step = {"id": f"x{number}", "type": "branch", "when": BOUGHT.to_json(), "then": [step]}
    read, found = read_unfinished({**CART.to_json(), "steps": [step]})
    assert read is None
    assert "nested" in found[0].text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(data=st.data())
def test_whatever_stands_in_a_draft_it_is_read_or_found_fault_with(data: st.DataObject) -> None:
    written: dict[str, Any] = flow(mail("one"), wait(), Branch(id="b", when=BOUGHT, then=(mail("two"),))).to_json()
    steps = [written, *written["steps"], written["steps"][2]["then"][0], written["trigger"]]
    target = data.draw(st.sampled_from(steps))
    name = data.draw(st.sampled_from(sorted(target)))
    if data.draw(st.booleans()):
        del target[name]
    else:
        target[name] = data.draw(json_values)
    read, found = read_unfinished(written, KNOWN)
    assert read is not None or errors(found)
    if read is not None:
        assert list(read.places) == [step.id for step in walk(read.steps)]
