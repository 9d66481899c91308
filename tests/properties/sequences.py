"""Webhook sequences that nobody planned: late, early, twice, out of order, by a clock a day off, of kinds unknown.

Refuses to think about what they mean; ``model`` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from saleor_mailflow.testing.days import Told
from tests.days.strangers import PAUSES, START, Crowd, Stranger

RECIPIENTS = 5
LONGEST = 30
DAY = timedelta(days=1)
#: What was recorded is kept for a month: with such pauses everything a sequence holds is replayed before it is let go.
A_FEW_DAYS = 3 * DAY
#: Kinds that nobody subscribed to, that no Saleor has yet, or that are no name at all.
UNKNOWN = (
    "product_updated",
    "warehouse_opened",
    "voucher_codes_created",
    "x" * 300,
    "'; DROP TABLE",
    "",
    "ORDER_CREATED",
)


class Unsigned:
    """Stands where a shop signs: these properties are about what comes after the signature."""

    def headers(self, event: str, raw: bytes) -> Mapping[str, str]:
        """Return none."""
        return {}


class Strangers(Crowd):
    """A crowd whose addresses and accounts are nobody else's, so that many crowds share a shop."""

    def __init__(
        self, seed: int, number: int, *, people: int = RECIPIENTS, links: bool = False, pause: timedelta = 9 * DAY
    ) -> None:
        """Let ``people`` wander as crowd ``number`` of their shop, and do something every ``pause`` at least."""
        self.number = number
        self.pauses = [one for one in PAUSES if one <= pause]
        super().__init__(seed, Unsigned(), people=people, links=links)  # type: ignore[arg-type]  # signs nothing

    def _email(self, number: int) -> str:
        if number == 0:
            self.builder._numbers = self.number * 1000
        return super()._email(self.number * 100 + number)

    def _pause(self, one: Stranger) -> None:
        one.now += self.chance.choice(self.pauses) + timedelta(seconds=self.chance.choice([0, 0, 1, 30]))


@dataclass(frozen=True)
class Delivery:
    """A webhook as it arrived."""

    at: datetime
    told: Told


def sequence(seed: int, number: int) -> list[Delivery]:
    """Return the deliveries of one sequence, at most LONGEST different webhooks of RECIPIENTS people, in any order."""
    crowd = Strangers(seed, number, pause=A_FEW_DAYS)
    chance = Random(seed)
    for _ in range(chance.randrange(3)):
        crowd.builder.tell(START + chance.random() * 5 * DAY, chance.choice(UNKNOWN), checkout={"id": "???"})
    told = crowd.builder.told
    told = sorted(chance.sample(told, min(len(told), LONGEST)), key=lambda one: one.at)
    skew = chance.choice([timedelta(0), timedelta(0), (chance.random() * 2 - 1) * DAY])
    late = chance.choice([timedelta(0), timedelta(minutes=5), timedelta(hours=2), DAY])
    arrived = [Delivery(one.at + skew + chance.random() * late, one) for one in told]
    again = chance.choices(arrived, k=chance.randrange(len(arrived) + 1)) if arrived else []
    arrived += [Delivery(one.at + chance.random() * 2 * DAY, one.told) for one in again]
    return sorted(arrived, key=lambda one: one.at)


def shuffled(deliveries: Collection[Delivery], at: datetime, chance: Random) -> list[Delivery]:
    """Return the whole log delivered once more after ``at``, in another order."""
    return [Delivery(at, one.told) for one in chance.sample(list(deliveries), len(deliveries))]
