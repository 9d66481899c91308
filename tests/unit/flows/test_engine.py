"""The engine, alone with a clock of our own: nobody early, nobody twice, nobody for ever."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.flows.catalog import ABANDONED_CHECKOUT, CATALOG
from saleor_mailflow.flows.definition import Flow, Purpose, flow_from_json
from saleor_mailflow.flows.engine import advance, run
from saleor_mailflow.flows.reasons import Reason, sentence
from saleor_mailflow.flows.steps import Anchor, Cursor, Exit, Go, Leave, Moment, Plan, Send, Sleep, Wait
from saleor_mailflow.flows.triggers import IdleBasket

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
durations = st.integers(min_value=0, max_value=40 * 86_400).map(lambda s: timedelta(seconds=s))


def moment(now: datetime, **more: object) -> Moment:
    facts: dict[str, object] = {"now": now, "entered_at": NOON, "active_at": NOON - timedelta(hours=1), **more}
    return Moment(**facts)  # type: ignore[arg-type]  # a test's shorthand


def test_leaving_comes_before_every_step() -> None:
    cursor = Cursor(index=0, ready_at=NOON)
    decision, after = advance(ABANDONED_CHECKOUT, cursor, moment(NOON, leave=Reason.ORDERED))
    assert decision == Leave(reason=Reason.ORDERED, detail={})
    assert after == cursor


def test_the_second_mail_keeps_its_distance_to_a_late_first() -> None:
    cursor = Cursor(index=1, ready_at=NOON)
    late = NOON + timedelta(hours=18)
    decision, _ = advance(ABANDONED_CHECKOUT, cursor, moment(NOON + timedelta(hours=23), last_sent_at=late))
    assert decision == Sleep(until=late + timedelta(hours=12))


def test_a_step_that_ends_the_flow_says_so() -> None:
    flow = make_flow((Exit(id="enough"),))
    decision, _ = advance(flow, Cursor(index=0, ready_at=NOON), moment(NOON))
    assert decision == Leave(reason=Reason.STEP, detail={"step": "enough"})


def make_flow(steps: tuple[object, ...]) -> Flow:
    return Flow(
        key="made_up",
        name="Made up",
        description="For tests.",
        purpose=Purpose.MARKETING,
        trigger=IdleBasket(after=timedelta(hours=1)),
        once_per=timedelta(days=7),
        steps=steps,  # type: ignore[arg-type]  # a test's shorthand
    )


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    count = draw(st.integers(min_value=1, max_value=8))
    steps = []
    for number in range(count):
        kind = draw(st.sampled_from(["send", "wait", "exit"] if number == count - 1 else ["send", "wait"]))
        if kind == "send":
            steps.append(Send(id=f"s{number}", template=f"t{number}", lateness=draw(durations)))
        elif kind == "wait":
            anchor = draw(st.sampled_from(Anchor))
            steps.append(Wait(id=f"s{number}", duration=draw(durations), since=anchor, after_mail=draw(durations)))
        else:
            steps.append(Exit(id=f"s{number}"))
    return make_flow(tuple(steps))


@given(flow=flows(), wakings=st.lists(durations, max_size=30))
def test_whenever_a_worker_wakes_the_same_mails_go_in_order_and_never_early(
    flow: Flow, wakings: list[timedelta]
) -> None:
    cursor, now, planned, last_sent = Cursor(index=0, ready_at=NOON), NOON, [], None
    left: Leave | None = None
    for pause in [*wakings, *[timedelta(days=90)] * 10]:
        now += pause
        for decision, after in run(flow, cursor, moment(now, last_sent_at=last_sent)):
            cursor = after
            assert left is None, "somebody who left went on"
            match decision:
                case Plan():
                    planned.append(decision.template)
                    last_sent = now
                    assert decision.expires_at >= NOON
                case Sleep(until=until):
                    assert until > now
                case Leave():
                    left = decision
                case Go():
                    pass
        if left is not None:
            break
    assert left is not None, "somebody stayed for ever"
    assert planned == list(flow.templates)


@given(flow=flows())
def test_a_flow_survives_being_written_and_read(flow: Flow) -> None:
    text = json.dumps(flow.to_json())
    again = flow_from_json(json.loads(text))
    assert again == flow
    assert again.digest == flow.digest
    assert json.dumps(again.to_json()) == text


@pytest.mark.parametrize("flow", CATALOG.values(), ids=CATALOG.keys())
def test_every_flow_of_the_catalogue_survives_it_too(flow: Flow) -> None:
    assert flow_from_json(flow.to_json()) == flow


def test_a_flow_of_a_later_release_is_refused_with_what_was_seen() -> None:
    with pytest.raises(ValueError, match="schema 99"):
        flow_from_json({**ABANDONED_CHECKOUT.to_json(), "schema": 99})


@pytest.mark.parametrize(
    ("steps", "said"),
    [((), "no steps"), ((Exit(id="a"), Exit(id="a")), "more than one step called 'a'")],
)
def test_a_flow_that_could_not_run_cannot_be_made(steps: tuple[Exit, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make_flow(steps)


def test_every_reason_has_a_sentence_even_when_its_detail_was_lost() -> None:
    for reason in Reason:
        said = sentence(reason)
        assert said.endswith((".", "}", "setup", "problem"))
        assert "{" not in said
