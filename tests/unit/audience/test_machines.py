"""Machines told from people: first whom it must not take for a machine, then each sign, alone and together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from saleor_mailflow.audience.machines import (
    AROUND,
    AT_ONCE,
    LINKS,
    LINKS_WITHIN,
    MACHINE,
    RECIPIENTS,
    RECIPIENTS_WITHIN,
    TRAP,
    TRAPPED_WITHIN,
    VERY_SOON,
    WEIGHTS,
    Touch,
    score,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TICK = timedelta(milliseconds=1)


def touch(number: int = 0, after: timedelta = timedelta(minutes=5), **more: Any) -> Touch:
    """A click by a person with a browser, five minutes after the mail came."""
    usual = {"kind": "clicked", "who": 1, "link": 0, "agent": "browser", "network": "home", "delivered_at": NOON}
    return Touch(id=number, at=NOON + after, **{**usual, **more})


def verdicts(*touches: Touch) -> list[bool]:
    found = score(touches)
    return [found[one.id].by_machine for one in touches]


def clicks(count: int, every: timedelta, **more: Any) -> list[Touch]:
    start = timedelta(minutes=5)
    return [touch(number, start + number * every, **{"link": number, **more}) for number in range(count)]


# People.


@pytest.mark.parametrize(
    "person",
    [
        {},
        # Not told: a provider that says neither agent nor address, of a mail whose delivery was not told either.
        {"agent": "", "network": "", "delivered_at": None, "ours": False},
        # One weak sign is none.
        {"after": VERY_SOON - TICK},
        {"agent": "proxy"},
        {"after": VERY_SOON},
        # Gmail and Yahoo fetch the picture when the mail is opened.
        {"kind": "opened", "link": None, "agent": "proxy"},
        {"after": timedelta(days=40)},
    ],
)
def test_a_person_is_no_machine(person: dict[str, Any]) -> None:
    assert verdicts(touch(**person)) == [False]


def test_who_clicks_one_link_again_and_again_is_a_person() -> None:
    assert not any(verdicts(*clicks(10, timedelta(milliseconds=300), link=4)))


def test_who_looks_at_several_things_takes_a_moment_for_each() -> None:
    pause = LINKS_WITHIN / (LINKS - 1) + TICK
    assert not any(verdicts(*clicks(10, pause)))


def test_links_of_several_people_are_not_added_up() -> None:
    assert not any(verdicts(*(touch(number, link=number, who=number, network=f"home{number}") for number in range(10))))


def test_an_office_of_twenty_behind_one_address_is_people() -> None:
    assert not any(verdicts(*(touch(number, who=number) for number in range(RECIPIENTS))))


def test_more_than_twenty_over_a_longer_time_are_people() -> None:
    pause = RECIPIENTS_WITHIN / RECIPIENTS + TICK
    office = [touch(number, timedelta(minutes=5) + number * pause, who=number) for number in range(60)]
    assert not any(verdicts(*office))


def test_twenty_clicks_of_one_person_are_one_person() -> None:
    assert not any(verdicts(*clicks(60, timedelta(milliseconds=500), link=1)))


def test_strangers_without_a_known_address_are_not_one_address() -> None:
    assert not any(verdicts(*(touch(number, who=number, network="") for number in range(60))))


def test_a_colleague_s_click_long_after_the_trap_or_with_another_program_is_theirs() -> None:
    trap = touch(0, link=TRAP)
    later = touch(1, timedelta(minutes=5) + TRAPPED_WITHIN + TICK, who=2)
    other = touch(2, agent="proxy", who=2)
    elsewhere = touch(3, network="elsewhere", who=2)
    assert verdicts(trap, later, other, elsewhere) == [True, False, False, False]


# Machines.


@pytest.mark.parametrize(
    ("machine", "sign"),
    [
        ({"agent": "bot"}, "names itself"),
        ({"agent": "bot", "kind": "opened"}, "names itself"),
        ({"agent": ""}, "no name"),
        ({"agent": "apple", "kind": "opened", "link": None}, "privacy proxy"),
        ({"after": AT_ONCE - TICK}, "at once"),
        # Before it was delivered: by the gateway that was to take it.
        ({"after": timedelta(seconds=-30)}, "at once"),
        ({"link": TRAP}, "invisible link"),
    ],
)
def test_one_strong_sign_is_enough(machine: dict[str, Any], sign: str) -> None:
    [found] = score([touch(**machine)]).values()
    assert (found.signs, found.by_machine) == ((sign,), True)


def test_two_weak_signs_are_enough() -> None:
    [found] = score([touch(agent="apple", after=AT_ONCE)]).values()
    assert (found.signs, found.by_machine) == (("no browser", "very soon"), True)
    assert all(WEIGHTS[sign] < MACHINE for sign in found.signs)


def test_three_links_within_ten_seconds_are_a_machine_s_each_of_them() -> None:
    before, after = touch(10, timedelta(minutes=4), link=7), touch(11, timedelta(minutes=6), link=8)
    burst = clicks(LINKS, LINKS_WITHIN / (LINKS - 1))
    assert verdicts(before, *burst, after) == [False, *[True] * LINKS, False]


def test_more_than_twenty_recipients_in_a_minute_are_a_machine_s_the_first_as_the_last() -> None:
    every = RECIPIENTS_WITHIN / RECIPIENTS
    many = [touch(number, timedelta(minutes=5) + number * every, who=number) for number in range(RECIPIENTS + 1)]
    assert verdicts(*many) == [True] * (RECIPIENTS + 1)
    assert verdicts(*many[1:]) == [False] * RECIPIENTS


def test_whoever_follows_the_invisible_link_is_no_person_around_that_time() -> None:
    shortly = timedelta(minutes=5) + TRAPPED_WITHIN
    assert verdicts(touch(0, link=TRAP), touch(1, shortly, who=2)) == [True, True]
    nowhere = [touch(0, link=TRAP, network=""), touch(1, network="")]
    assert verdicts(*nowhere) == [True, True]


# The score as a whole.


def test_the_order_in_which_touches_are_given_does_not_matter() -> None:
    chance = Random(4)
    some = [
        touch(number, timedelta(seconds=chance.random() * 900), who=chance.randrange(30), link=chance.randrange(5))
        for number in range(300)
    ]
    told = score(some)
    assert {True, False} == {one.by_machine for one in told.values()}
    for _ in range(10):
        chance.shuffle(some)
        assert score(some) == told


def test_what_is_far_away_changes_nothing() -> None:
    chance = Random(5)
    near = [touch(n, timedelta(seconds=chance.random() * 20), who=chance.randrange(9), link=n % 4) for n in range(40)]
    far = [touch(100 + n, timedelta(seconds=20) + AROUND + n * TICK, who=n, link=n % 4) for n in range(300)]
    alone, among = score(near), score([*near, *far])
    assert {one.id: among[one.id] for one in near} == alone


def test_a_flood_costs_no_more_than_its_size() -> None:
    # Twenty thousand fetches of one scanner within a minute are scored, the last as the first.
    flood = [touch(n, n * timedelta(milliseconds=2) + timedelta(minutes=5), who=n % 5000) for n in range(20_000)]
    assert all(one.by_machine for one in score(flood).values())
