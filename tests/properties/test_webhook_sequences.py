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
from tests.properties.compare import differences, facts
from tests.properties.model import Model
from tests.properties.sequences import START, Delivery, sequence, shuffled
from tests.properties.tables import empty_the_tables

pytestmark = pytest.mark.django_db

#: Sequences that share a shop and a database.
TOGETHER = 200
#: How often the worker looks while one lot arrives: between two looks the order does not matter by itself.
LOOKS = 32


class Listener:
    """A shop that hears webhooks and lives by them."""

    def __init__(self, name: str) -> None:
        self.shop = Shop.objects.create(
            domain=f"{name}.example.com", api_url=f"https://{name}.example.com/", road="app", settings=SETTINGS
        )
        LinkKey.objects.create(shop=self.shop)
        set_mode(self.shop, "abandoned_checkout", "live", at=START)
        self.out = MemoryTransport()
        self.taken: list[Delivery] = []

    def hear(self, one: Delivery) -> None:
        receive(self.shop, one.told.event, one.told.raw, one.at)
        self.taken.append(one)

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
    end = max(deliveries[-1].at, START) + timedelta(days=2)
    listener.look(end)
    wrong = list(differences(listener.shop, Model(listener.taken)))
    assert not wrong, f"sequences {first} to {first + together - 1}: {wrong[:20]} ({len(wrong)})"
    log = {id(one.told): one for one in listener.taken}.values()
    before, mails = facts(listener.shop), len(listener.out.tries)
    for _ in range(2):
        for one in shuffled(log, end, chance):
            listener.hear(one)
        listener.look(end)
        traces = sorted(facts(listener.shop) ^ before)
        assert not traces, f"sequences {first} and on: a replay left traces: {traces[:6]} ({len(traces)})"
    assert len(listener.out.tries) == mails
    assert verify(listener.shop.pk) == []
    return len(deliveries) + 2 * len(log)


def test_whatever_order_webhooks_come_in_the_newest_word_counts_and_replays_change_nothing() -> None:
    wanted = proof.cases(40)
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
            # Of what nobody committed there are no statistics, and plans for large tables go astray.
            empty_the_tables()
        row.result = f"held; {arrived:,} webhooks, the whole log twice again"
