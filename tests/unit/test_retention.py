"""How long things are kept: defaults, the merchant's own days, and no less than our promises need."""

from __future__ import annotations

import pytest

from saleor_mailflow.conf import read_settings
from saleor_mailflow.retention import POLICIES


def test_nothing_set_is_every_default() -> None:
    assert read_settings({}).retention == {policy.key: policy.days for policy in POLICIES if policy.days is not None}


def test_a_merchant_may_keep_less_and_more() -> None:
    settings = read_settings({"retention": "baskets = 30\nmail_bodies = 400"})
    assert (settings.retention["baskets"], settings.retention["mail_bodies"], settings.problems) == (30, 400, ())


@pytest.mark.parametrize("policy", [p for p in POLICIES if p.floor], ids=lambda policy: policy.key)
def test_below_the_floor_is_a_sentence_and_the_default_stays(policy: object) -> None:
    assert isinstance(policy, type(POLICIES[0]))
    settings = read_settings({"retention": f"{policy.key} = {policy.floor - 1}"})
    [problem] = settings.problems
    assert problem.key == "retention"
    assert f"{policy.floor} at least" in problem.text
    assert policy.because in problem.text
    assert settings.retention[policy.key] == policy.days


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cookies = 3", "There is no retention of 'cookies'"),
        ("consents = 30", "is kept for ever"),
        ("baskets = a year", "write a number of days"),
        ("baskets = -1", "write a number of days"),
        ("baskets", "is not ``name = value``"),
    ],
)
def test_what_cannot_be_read_is_said(line: str, said: str) -> None:
    settings = read_settings({"retention": line})
    assert [said in problem.text for problem in settings.problems] == [True]
    assert settings.retention["baskets"] == 90
