"""How often promotional mail may come: by stage of life and by the person's own wish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.flows.limits import LIMITS, LOOK_BACK, OWN_LIMITS, Limit, Stage, free_at, stage_of

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY_LIMIT = [*(limit for limits in LIMITS.values() for limit in limits), *OWN_LIMITS.values()]


@pytest.mark.parametrize(
    ("sign_of_life", "known_since", "stage"),
    [
        (NOW - 29 * DAY, NOW - 400 * DAY, Stage.ACTIVE),
        (NOW - 30 * DAY, NOW - 400 * DAY, Stage.NORMAL),
        (NOW - 180 * DAY, NOW - 400 * DAY, Stage.DORMANT),
        (None, NOW - 180 * DAY, Stage.DORMANT),
        (None, NOW - DAY, Stage.NORMAL),
    ],
)
def test_the_stage_follows_the_last_sign_of_life(
    sign_of_life: datetime | None, known_since: datetime, stage: Stage
) -> None:
    assert stage_of(sign_of_life, known_since, NOW) is stage


def test_nobody_gets_a_fifth_mail_in_a_week() -> None:
    sent = [NOW - n * DAY for n in (1, 2, 3, 6)]
    assert free_at(LIMITS[Stage.NORMAL], sent, NOW) == NOW + DAY
    assert free_at(LIMITS[Stage.NORMAL], sent[:3], NOW) == NOW


def test_the_dormant_hear_once_a_week_and_the_active_after_eight_hours() -> None:
    assert free_at(LIMITS[Stage.DORMANT], [NOW - DAY], NOW) == NOW + 6 * DAY
    assert free_at(LIMITS[Stage.ACTIVE], [NOW - 7 * HOUR], NOW) == NOW + HOUR


def test_nothing_looks_further_back_than_is_read() -> None:
    assert max(limit.window for limit in EVERY_LIMIT) <= LOOK_BACK


@given(
    limits=st.lists(st.sampled_from(EVERY_LIMIT), min_size=1, max_size=3),
    ago=st.lists(st.integers(0, 40 * 24 * 60), max_size=12),
)
def test_the_answer_keeps_every_limit_and_no_earlier_one_would(limits: list[Limit], ago: list[int]) -> None:
    sent = [NOW - timedelta(minutes=minutes) for minutes in ago]
    at = free_at(limits, sent, NOW)
    assert at >= NOW
    assert _kept(limits, sent, at)
    assert at == NOW or not _kept(limits, sent, at - timedelta(seconds=1))


def _kept(limits: list[Limit], sent: list[datetime], at: datetime) -> bool:
    """Tell whether a mail sent ``at`` then would keep every limit, counted the slow way."""
    return all(sum(at - limit.window < one <= at for one in sent) < limit.most for limit in limits)
