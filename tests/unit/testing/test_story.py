"""Stories of flows: first that a story which is not so does not pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.definition import Ending, Flow, Purpose
from saleor_mailflow.flows.steps import Anchor, Branch, Coupon, Exit, Score, Send, Tag, Wait, WaitFor
from saleor_mailflow.flows.triggers import Happened, IdleBasket, OnDate
from saleor_mailflow.testing.happenings import (
    activity,
    bounced,
    cancelled,
    checkout,
    click,
    emptied,
    enters,
    erased,
    happened,
    order,
    refunded,
    unsubscribed,
)
from saleor_mailflow.testing.story import story
from tests.cart_flow import CART

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

THANKS = Flow(
    key="thanks",
    name="Thanks",
    description="For tests.",
    purpose=Purpose.MARKETING,
    trigger=Happened(event="order.paid"),
    once_per=DAY,
    ends=(Ending.ORDERED, Ending.REFUNDED, Ending.CANCELLED),
    filter=Ask(fact="order.total", op="at_least", value=20, of="EUR"),
    steps=(
        Wait(id="an_hour", duration=HOUR),
        Coupon(id="gift", offer="next"),
        Send(id="thanks", template="thanks/thanks", lateness=DAY, coupon="gift"),
        WaitFor(
            id="looked",
            event="mail.clicked",
            of="thanks",
            timeout=3 * DAY,
            then=(Tag(id="keen", add=("keen",)), Score(id="points", points=5)),
            otherwise=(Exit(id="enough"),),
        ),
        Branch(
            id="is_keen",
            when=Ask(fact="contact.tags", op="has", value="keen"),
            then=(
                Wait(id="morning", at="09:00", since=Anchor.STEP),
                Send(id="more", template="thanks/more", lateness=DAY),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("tell", "said"),
    [
        (
            lambda: story(CART).on(checkout()).after("1h").sends_nothing(),
            "nothing should have been sent, and reminder was",
        ),
        (
            lambda: story(CART).on(checkout()).after("59m").sends("reminder"),
            "reminder should have been sent, and nothing was",
        ),
        (lambda: story(CART).on(checkout()).after("59m").stays(), "and has not entered"),
        (lambda: story(CART).on(checkout()).after("9d").sends("reminder", "last_call").stays(), "and left: completed"),
        (lambda: story(CART).on(checkout()).after("2h").exits("completed"), "and stands at until_next_day"),
        (
            lambda: story(CART).on(checkout()).after("2h").then(order()).exits("completed"),
            r"and left: ordered \(They bought",
        ),
        (lambda: story(CART).on(checkout()).after("2h").then(order()).exits("goal_reached"), "and reminder was"),
        (lambda: story(CART).on(checkout()).after("2h").sends("reminder").enters_not(), "stands at until_next_day"),
        (lambda: story(CART).on(order()), "begins with a cart, and order leaves none"),
        (lambda: story(THANKS).on(checkout()), "begins with order.paid, which checkout is not"),
        (lambda: story(THANKS).on(order()).then(click(mail="thanks")), "has not been sent at this point"),
    ],
)
def test_a_story_that_is_not_so_says_what_was_instead(tell: object, said: str) -> None:
    assert callable(tell)
    with pytest.raises(AssertionError, match=said):
        tell()


def test_who_buys_first_does_not_enter_and_who_buys_later_leaves() -> None:
    story(CART).on(checkout(total=120)).after("30m").then(order()).after("3d").enters_not("ordered").sends_nothing()
    story(CART).on(checkout(total=120)).after("1h").sends("reminder").then(order()).exits("goal_reached")


@pytest.mark.parametrize(
    ("what", "reason"),
    [(emptied, "emptied"), (activity, "activity"), (unsubscribed, "unsubscribed"), (erased, "erased")],
)
def test_a_cart_mail_is_not_repeated_to_whom_it_would_be_wrong_for(what: object, reason: str) -> None:
    assert callable(what)
    story(CART).on(checkout()).after("2h").sends("reminder").then(what()).exits(reason).after("9d").sends_nothing()


def test_who_comes_back_before_the_hour_is_over_is_waited_for_anew() -> None:
    told = story(CART).on(checkout()).after("50m").then(activity()).after("50m").sends_nothing()
    told.after("10m").sends("reminder").after("24h").sends("last_call").exits("completed")


def test_two_mails_keep_their_distance() -> None:
    story(CART).on(checkout()).after("1h").sends("reminder").after("22h").sends_nothing().after("1h").sends("last_call")


@pytest.mark.parametrize(
    ("what", "reason"), [(refunded, "refunded"), (cancelled, "cancelled"), (order, "goal_reached")]
)
def test_what_ends_the_flow_ends_it_while_it_waits(what: object, reason: str) -> None:
    assert callable(what)
    story(THANKS).on(order(total=30)).after("30m").then(what()).exits(reason)


def test_the_order_a_flow_begins_with_is_not_its_goal_and_the_filter_is_asked_of_it() -> None:
    story(THANKS).on(order(total=30)).after("1h").sends("thanks").stays()
    story(THANKS).on(order(total=19)).after("1h").enters_not("filtered").sends_nothing()


def test_ways_are_taken_by_what_happened_and_what_actions_did() -> None:
    clicked = story(THANKS).on(order()).after("1h").sends("thanks").after("5h").then(click(mail="thanks"))
    assert clicked.life.facts["contact.score"] == 5
    assert clicked.life.facts["coupon.minted"] is True
    clicked.stays().after("18h").sends("more").exits("completed")
    story(THANKS).on(order()).after("1h").sends("thanks").after("3d").exits("step")


def test_another_flows_click_is_not_this_mails() -> None:
    told = story(THANKS).on(order()).after("2h").sends("thanks").then(happened(event="mail.clicked", of="thanks"))
    told.after("3d").exits("step")


def test_a_local_morning_is_the_persons() -> None:
    birthday = replace(THANKS, trigger=OnDate(date="birthday"), filter=None, steps=(THANKS.steps[-1],))
    told = story(
        replace(birthday, steps=(Wait(id="m", at="09:00"), Send(id="x", template="t", lateness=HOUR))),
        at=datetime(2026, 3, 3, 9, 1, tzinfo=UTC),
        zone="America/New_York",
    )
    told.on(enters()).after("4h 58m").sends_nothing().after("1m").sends("x").exits("completed")


def test_returned_mail_ends_marketing() -> None:
    story(THANKS).on(order()).after("1h").sends("thanks").then(bounced()).exits("bounced")


def test_facts_are_told_by_name() -> None:
    asks = replace(CART, filter=Ask(fact="contact.orders", op="at_least", value=2))
    story(asks).knowing(contact__orders=1).on(checkout()).after("1h").enters_not("filtered")
    story(asks).knowing(contact__orders=2).on(checkout()).after("1h").sends("reminder")


@pytest.mark.parametrize("flow", CATALOG.values(), ids=CATALOG.keys())
def test_every_flow_of_the_catalogue_can_be_told_to_its_end(flow: Flow) -> None:
    told = story(flow, birthday="1990-03-04").knowing(order__first=True)
    told.on(checkout() if isinstance(flow.trigger, IdleBasket) else enters()).after("400d")
    assert told.untold, told.log
    assert told.left


def test_a_story_begins_at_a_time_that_everybody_understands() -> None:
    with pytest.raises(ValueError, match="aware time"):
        story(CART, at=datetime(2026, 3, 3, 9))  # noqa: DTZ001 - that is what is refused
