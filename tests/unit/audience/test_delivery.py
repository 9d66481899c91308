"""What became of a mail only grows: no order and no repetition of a provider's words changes where it ends."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.audience.delivery import (
    ORDER,
    RANK,
    SOFT_BOUNCES,
    SOFT_WINDOW,
    Fate,
    Kind,
    agent_class,
    fate_of,
    kind_of_failure,
    obviously_by_machine,
    status_code,
    too_many_soft_bounces,
)

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
#: 1 000 in every run; ``MAILFLOW_DELIVERY_SEQUENCES=10000`` for all.
SEQUENCES = int(os.environ.get("MAILFLOW_DELIVERY_SEQUENCES", "1000"))

times = st.integers(0, 10_000).map(lambda seconds: START + timedelta(seconds=seconds))
events = st.tuples(st.sampled_from(ORDER), times, st.sampled_from([None, True, False]))
fates = st.lists(events, max_size=4).map(lambda said: reduce(Fate.join, (fate_of(*one) for one in said), Fate()))


# What must not be.


@pytest.mark.parametrize("kind", [Kind.OPENED, Kind.CLICKED])
@pytest.mark.parametrize("by_machine", [True, None])
def test_a_machine_or_somebody_undecided_opens_and_clicks_nothing(kind: str, by_machine: bool | None) -> None:
    assert fate_of(kind, START, by_machine) == Fate(delivery=Kind.DELIVERED)


@pytest.mark.parametrize("code", ["5.7.1", "5.7.26", "5.7.515", "5.1.7", "5.1.8"])
@pytest.mark.parametrize("hint", [Kind.BOUNCED, Kind.SOFT_BOUNCED, Kind.REJECTED])
def test_policy_never_counts_against_the_person(code: str, hint: str) -> None:
    assert kind_of_failure(code, hint=hint) == Kind.REJECTED


@pytest.mark.parametrize("code", ["4.7.0", "4.2.2", "421", "5.2.2"])
def test_what_may_pass_is_no_hard_bounce_whatever_the_provider_calls_it(code: str) -> None:
    assert kind_of_failure(code, hint=Kind.BOUNCED) == Kind.SOFT_BOUNCED


def test_several_tries_of_one_mail_are_one_bounce() -> None:
    assert too_many_soft_bounces((1, START + timedelta(days=n)) for n in range(SOFT_BOUNCES)) is None


def test_bounces_that_lie_further_apart_do_not_add_up() -> None:
    apart = SOFT_WINDOW / (SOFT_BOUNCES - 1) + timedelta(seconds=1)
    assert too_many_soft_bounces((n, START + n * apart) for n in range(10 * SOFT_BOUNCES)) is None


@pytest.mark.parametrize("text", ["from 5.1.1.7 at once", "10.5.1.1", "version 15.1.1", "", "it took 450ms"])
def test_an_address_or_a_number_is_no_code(text: str) -> None:
    assert status_code(text) == ""


# The lattice.


@given(fates, fates, fates)
def test_joining_is_commutative_associative_and_idempotent(one: Fate, two: Fate, three: Fate) -> None:
    assert one.join(two) == two.join(one)
    assert one.join(two).join(three) == one.join(two.join(three))
    assert one.join(one) == one
    assert Fate().join(one) == one


@given(fates, fates)
def test_nothing_is_ever_taken_back(known: Fate, more: Fate) -> None:
    joined = known.join(more)
    assert RANK[joined.delivery] >= RANK[known.delivery]
    assert joined.join(known) == joined


def test_shuffled_and_repeated_words_end_where_the_sorted_ones_do() -> None:
    luck = random.Random(20261120)
    for _ in range(SEQUENCES):
        said = [
            fate_of(
                luck.choice(ORDER), START + timedelta(seconds=luck.randrange(10**6)), luck.choice([None, True, False])
            )
            for _ in range(luck.randint(1, 20))
        ]
        told = said + luck.choices(said, k=luck.randint(0, 10))
        luck.shuffle(told)
        in_order = sorted(said, key=lambda fate: (RANK[fate.delivery], str(fate)))
        assert reduce(Fate.join, told, Fate()) == reduce(Fate.join, in_order, Fate())


def test_every_kind_has_its_rank_and_the_order_is_as_argued() -> None:
    assert set(ORDER) == set(Kind.values)
    wanted = [Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.BOUNCED, Kind.UNSUBSCRIBED, Kind.COMPLAINED]
    assert all(RANK[weaker] < RANK[stronger] for weaker, stronger in pairwise(wanted))
    assert RANK[Kind.SOFT_BOUNCED] < RANK[Kind.DELIVERED]


# What must be.


def test_a_person_opens_and_clicks() -> None:
    assert fate_of(Kind.CLICKED, START, False) == Fate(delivery=Kind.CLICKED, clicked_at=START)
    assert fate_of(Kind.OPENED, START, False).join(fate_of(Kind.OPENED, START - timedelta(1), False)).opened_at == (
        START - timedelta(1)
    )


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.1.0"])
def test_a_mailbox_that_is_not_there_is_a_hard_bounce_even_where_the_provider_is_mild(code: str) -> None:
    assert kind_of_failure(code, hint=Kind.SOFT_BOUNCED) == Kind.BOUNCED


@pytest.mark.parametrize("code", ["", "550", "5.2.1", "5.4.1", "5.0.0"])
def test_a_code_that_says_nothing_leaves_it_to_the_provider(code: str) -> None:
    assert kind_of_failure(code, hint=Kind.BOUNCED) == Kind.BOUNCED
    assert kind_of_failure(code, hint=Kind.SOFT_BOUNCED) == Kind.SOFT_BOUNCED


def test_the_fifth_mail_within_two_weeks_is_one_too_many_in_any_order() -> None:
    bounces = [(n, START + n * SOFT_WINDOW / (SOFT_BOUNCES - 1)) for n in range(SOFT_BOUNCES)]
    assert too_many_soft_bounces(reversed(bounces)) == bounces[-1][1]
    assert too_many_soft_bounces(bounces[1:]) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("smtp; 550 5.1.1 <somebody>: no such user", "5.1.1"),
        ("550-5.7.26 Unauthenticated mail", "5.7.26"),
        ("421 4.7.0 [192.0.2.5] too much", "4.7.0"),
        ("550 mailbox unavailable", "550"),
        ("host 192.0.2.5 said: 452 full", "452"),
    ],
)
def test_codes_are_found_in_what_servers_say(text: str, code: str) -> None:
    assert status_code(text) == code


def test_a_robot_names_itself_and_a_proxy_is_left_to_be_scored() -> None:
    assert obviously_by_machine(Kind.CLICKED, "curl/8.5") is True
    assert obviously_by_machine(Kind.OPENED, "Mozilla/5.0") is None
    assert obviously_by_machine(Kind.DELIVERED, "curl/8.5") is None
    assert agent_class("Mozilla/5.0") == "apple"
    assert agent_class("Mozilla/5.0 (via ggpht.com GoogleImageProxy)") == "proxy"
    assert agent_class("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0") == "browser"
    assert agent_class("") == ""
