"""Days that nobody planned, against an oracle that knows nothing of the product."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from saleor_mailflow.process.verify import verify
from saleor_mailflow.testing.signing import SigningShop
from tests.days.oracle import Oracle, Owed
from tests.days.play import Came, play
from tests.days.strangers import START, Crowd

pytestmark = pytest.mark.django_db

#: More of them: MAILFLOW_DAYS=100-400.
FIRST, _, LAST = os.environ.get("MAILFLOW_DAYS", "0-4").partition("-")
FOREVER = timedelta(days=400)


@pytest.fixture(scope="module")
def sender() -> SigningShop:
    return SigningShop()


def check(seed: int, owed: Owed, found: Came) -> None:
    assert sorted(found.mails) == sorted(owed.mails), f"seed {seed}: {sorted(found.kept)} {sorted(owed.kept)}"
    known = [one for one in found.kept if not one[0].startswith("erased:")]
    erased = len(found.kept) - len(known)
    assert len(owed.kept) == len(found.kept), f"seed {seed}: {sorted(owed.kept)} {sorted(found.kept)}"
    missing = list(owed.kept)
    for one in known:
        assert one in missing, f"seed {seed}: {one} {sorted(owed.kept)}"
        missing.remove(one)
    assert len(missing) == erased
    assert found.exits == owed.exits, f"seed {seed}"
    assert found.entered == owed.entered, f"seed {seed}"
    assert verify(found.shop.pk) == [], f"seed {seed}"


@pytest.mark.parametrize("seed", range(int(FIRST), int(LAST)))
def test_everybody_gets_what_they_are_owed_and_nobody_else_anything(seed: int, sender: SigningShop) -> None:
    crowd = Crowd(seed, sender)
    owed = Oracle(START).live(crowd.deeds, START + FOREVER)
    found, _ = play(crowd.builder.told, unsubscribes=crowd.unsubscribes, on=START)
    check(seed, owed, found)
