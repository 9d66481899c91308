"""Days that nobody planned, against an oracle that knows nothing of the product."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest

from saleor_mailflow.models import Enrollment
from saleor_mailflow.process.verify import verify
from saleor_mailflow.testing.attacks import ATTACKER, ATTACKS
from saleor_mailflow.testing.days import Told
from saleor_mailflow.testing.signing import SigningShop
from tests.days.oracle import Oracle, Owed
from tests.days.play import Came, play
from tests.days.strangers import START, Crowd

pytestmark = pytest.mark.django_db

#: More of them: MAILFLOW_DAYS=100-400.
FIRST, _, LAST = os.environ.get("MAILFLOW_DAYS", "0-4").partition("-")
FOREVER = timedelta(days=400)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
#: What somebody's mail may wait for after anything happened: the first hour, the next day, the distance between two.
WAITS = (HOUR, 13 * HOUR, 24 * HOUR, 36 * HOUR)


@pytest.fixture(scope="module")
def sender() -> SigningShop:
    return SigningShop()


def check(seed: int, owed: Owed, found: Came, *, in_order: bool = True) -> None:
    """Compare; where news came late, somebody who both bought and came back may have left for either."""
    assert sorted(found.mails) == sorted(owed.mails), f"seed {seed}: {sorted(found.kept)} {sorted(owed.kept)}"
    known = [one for one in found.kept if not one[0].startswith("erased:")]
    erased = len(found.kept) - len(known)
    assert len(owed.kept) == len(found.kept), f"seed {seed}: {sorted(owed.kept)} {sorted(found.kept)}"
    missing = list(owed.kept)
    for one in known:
        assert one in missing, f"seed {seed}: {one} {sorted(owed.kept)}"
        missing.remove(one)
    assert len(missing) == erased
    if in_order:
        assert found.exits == owed.exits, f"seed {seed}"
    assert found.exits.total() == owed.exits.total(), f"seed {seed}"
    assert found.entered == owed.entered, f"seed {seed}"
    assert verify(found.shop.pk) == [], f"seed {seed}"


SEEDS = range(int(FIRST), int(LAST))


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_gets_what_they_are_owed_and_nobody_else_anything(seed: int, sender: SigningShop) -> None:
    crowd = Crowd(seed, sender)
    owed = Oracle(START).live(crowd.deeds, START + FOREVER)
    found, _ = play(crowd.builder.told, unsubscribes=crowd.unsubscribes, on=START)
    check(seed, owed, found)


@pytest.mark.parametrize("seed", SEEDS)
def test_lateness_of_minutes_replays_and_attacks_change_nothing_for_anybody(seed: int, sender: SigningShop) -> None:
    crowd = Crowd(seed, sender)
    chance = Random(seed)
    owed = Oracle(START).live(crowd.deeds, START + FOREVER)
    attacked = [chance.choice(ATTACKS)(told, sender, chance) for told in chance.choices(crowd.builder.told, k=15)]
    told = sorted([*crowd.builder.told, *attacked], key=lambda one: one.at)
    found, _ = play(
        told, delays=harmless_delays(crowd, told, chance), unsubscribes=crowd.unsubscribes, on=START, door=sender
    )
    check(seed, owed, without_attackers(found), in_order=False)


def harmless_delays(crowd: Crowd, told: Sequence[Told], chance: Random) -> list[timedelta]:
    """Return how late each webhook is: up to five minutes, as Saleor's own retries, where nothing is decided then.

    Of a person whose mail is due in those minutes nobody can be told to wait for news that is still on its way.
    """
    stops = sorted(
        {deed.at + wait for deed in crowd.deeds for wait in WAITS} | {deed.at for deed in crowd.unsubscribes}
    )
    delays = []
    for one in told:
        delay = chance.choice([timedelta(0), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5)])
        quiet = not any(one.at - SECOND <= stop <= one.at + delay + SECOND for stop in stops)
        delays.append(delay if quiet else timedelta(0))
    return delays


def without_attackers(found: Came) -> Came:
    theirs = Enrollment.objects.filter(shop=found.shop, contact__email__endswith=ATTACKER)
    exits = found.exits - Counter(theirs.values_list("exit_reason", flat=True))
    return Came(
        shop=found.shop,
        mails=[one for one in found.mails if not one[0].endswith(ATTACKER)],
        kept=[one for one in found.kept if not one[0].endswith(ATTACKER)],
        exits=exits,
        entered=found.entered - theirs.count(),
    )
