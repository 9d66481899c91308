"""10 000 webhook sequences: duplicated, reordered, late, a clock a day off, unknown kinds; the end is the model's."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.models import LinkKey, Shop
from saleor_mailflow.process.verify import verify
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.world import SETTINGS
from saleor_mailflow.webhooks.intake import receive
from tests.properties import proof
from tests.properties.compare import differences, fingerprint
from tests.properties.model import Model
from tests.properties.sequences import START, Delivery, sequence, shuffled

pytestmark = pytest.mark.django_db

#: Sequences that share a shop and a database.
TOGETHER = 50
#: How often the worker looks while one lot arrives: between two looks the order does not matter by itself.
LOOKS = 25


class Listener:
    """A shop that hears webhooks and lives by them."""

    def __init__(self, name: str) -> None:
        self.shop = Shop.objects.create(
            domain=f"{name}.example.com", api_url=f"https://{name}.example.com/", road="app", settings=SETTINGS
        )
        LinkKey.objects.create(shop=self.shop)
        set_mode(self.shop, "abandoned_checkout", "live", at=START)
        self.out = MemoryTransport()

    def hear(self, one: Delivery) -> bool:
        return receive(self.shop, one.told.event, one.told.raw, one.at)

    def look(self, now: object) -> None:
        run_tick(self.shop.pk, now, gateway=PayloadShop(), transport_factory=lambda _: self.out, beat="test")  # type: ignore[arg-type]  # a time


def play(first: int, together: int) -> int:
    """Play sequences ``first`` and on, in one shop; return how many webhooks arrived."""
    deliveries = sorted(
        (one for number in range(together) for one in sequence(first + number, number)), key=lambda one: one.at
    )
    listener, chance = Listener(f"sequences{first}"), Random(first)
    looks = set(chance.sample(range(len(deliveries)), min(LOOKS, len(deliveries))))
    for index, one in enumerate(deliveries):
        listener.hear(one)
        if index in looks:
            listener.look(one.at)
    end = max(deliveries[-1].at, START) + timedelta(days=10)
    listener.look(end)
    wrong = list(differences(listener.shop, Model(deliveries)))
    assert not wrong, f"sequences {first} to {first + together - 1}: {wrong[:20]} ({len(wrong)})"
    before, mails = fingerprint(listener.shop), len(listener.out.tries)
    for replay in range(2):
        for one in shuffled(deliveries, end, chance):
            assert not listener.hear(one), f"sequences {first} and on: replay {replay} was news"
        listener.look(end)
    assert fingerprint(listener.shop) == before, f"sequences {first} and on: a replay left a trace"
    assert len(listener.out.tries) == mails
    assert verify(listener.shop.pk) == []
    return 3 * len(deliveries)


def test_whatever_order_webhooks_come_in_the_newest_word_counts_and_replays_change_nothing() -> None:
    wanted = proof.cases(150)
    with proof.prove(
        "webhook sequences end in the model's state",
        goal="0 differences, 0 exceptions, 0 second effects",
        on="PostgreSQL, one connection; what a body says is the parser's word",
        unit="sequences",
        seed=proof.SEED,
    ) as row:
        arrived = 0
        while row.cases < wanted:
            together = min(TOGETHER, wanted - row.cases)
            arrived += play(proof.SEED + row.cases, together)
            row.cases += together
        row.result = f"held; {arrived:,} webhooks, the whole log twice again among them"
