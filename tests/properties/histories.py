"""Shop histories that nobody planned, told by all three roads at once: hooks, webhooks, and the sweep.

Refuses to know what our product makes of them. The shop's own tables are always right; the roads may lie or be silent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.test import Client

from saleor_mailflow import clock
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.messages.mail import Accepted, OutgoingMail
from saleor_mailflow.models import Event, LinkKey, Shop
from saleor_mailflow.shop.snapshots import CheckoutSnapshot, CustomerSnapshot, OrderSnapshot
from saleor_mailflow.testing.days import Told
from saleor_mailflow.testing.memory_shop import MemoryShop
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.world import SETTINGS
from saleor_mailflow.webhooks.body import read_body
from saleor_mailflow.webhooks.intake import receive
from saleor_mailflow.webhooks.parse import ParsedEvent, parse
from saleor_mailflow.webhooks.record import record, record_checkout_change
from tests.days.oracle import Deed
from tests.days.strangers import START
from tests.properties.sequences import Strangers

LATE = (timedelta(0), timedelta(seconds=20), timedelta(minutes=4), timedelta(hours=3), timedelta(days=1))
END = timedelta(days=45)


class Watched(MemoryTransport):
    """Writes down when each mail was handed over, by the clock of the story."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[datetime] = []

    def send(
        self,
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> Accepted:
        """Take a mail."""
        self.at.append(clock.now())
        return super().send(mail, following=following, meanwhile=meanwhile)


@dataclass
class Lived:
    """What came of many histories in one shop."""

    shop: Shop
    crowds: list[Strangers]
    out: Watched
    #: Who unsubscribed, and when that was committed.
    unsubscribed: dict[str, datetime] = field(default_factory=dict)
    ticks: int = 0


def live(first: int, crowds: int, people: int, *, ticks: int) -> Lived:
    """Let ``crowds`` of ``people`` live in one shop, with as many ``ticks`` at times that chance chooses."""
    chance = Random(first)
    theirs = [Strangers(first + number, number, people=people, links=True) for number in range(crowds)]
    domain = f"histories{first}.example.com"
    shop = Shop.objects.create(domain=domain, api_url=f"https://{domain}/graphql/", road="app", settings=SETTINGS)
    LinkKey.objects.create(shop=shop)
    set_mode(shop, "abandoned_checkout", "live", at=START)
    lived, truth = Lived(shop, theirs, Watched()), MemoryShop()
    told = sorted((one for crowd in theirs for one in crowd.builder.told), key=lambda one: one.at)
    steps: list[tuple[datetime, int, object]] = [(one.at, 0, one) for one in told]
    steps += [(deed.at, 1, deed) for crowd in theirs for deed in crowd.unsubscribes]
    for one in told:
        for road in chance.choices(("hook", "webhook", "silence"), k=chance.choice((0, 1, 1, 2, 3))):
            steps.append((one.at + chance.choice(LATE) * chance.random(), 2, (road, one)))
    last = told[-1].at
    steps += [(START + (last - START) * chance.random(), 3, None) for _ in range(ticks * 3 // 4)]
    steps += [(last + END * number / ticks, 3, None) for number in range(ticks // 4)]
    frozen = clock.FrozenClock(START)
    clock.install(frozen)
    try:
        for at, _, step in sorted(steps, key=lambda one: one[:2]):
            frozen.set(at)
            _take(lived, truth, step, at)
    finally:
        clock.install(clock.SystemClock())
    return lived


def _take(lived: Lived, truth: MemoryShop, step: object, at: datetime) -> None:
    if isinstance(step, Told):
        _happen(truth, step, _fact(step))
    elif isinstance(step, Deed):
        _unsubscribe(lived, str(step.about), at)
    elif isinstance(step, tuple):
        road, told = step
        if road == "webhook":
            receive(lived.shop, told.event, told.raw, at)
        elif road == "hook":
            _hook(lived.shop, _fact(told))
    else:
        run_tick(lived.shop.pk, at, gateway=truth, transport_factory=lambda _: lived.out, beat="test")
        lived.ticks += 1


def _fact(told: Told) -> ParsedEvent:
    return parse(read_body(told.raw), event_name=told.event, raw=told.raw, now=told.at)


def _happen(truth: MemoryShop, told: Told, fact: ParsedEvent) -> None:
    """Write it into the shop's own tables; a checkout that became an order is gone from them, as in a Saleor."""
    snapshot = fact.snapshot
    if isinstance(snapshot, CheckoutSnapshot):
        if all(order.token != snapshot.token for order in truth._orders.values()):
            truth._checkouts[snapshot.token] = snapshot
    elif isinstance(snapshot, OrderSnapshot):
        truth._orders[snapshot.order_id] = snapshot
        truth._checkouts.pop(snapshot.token, None)
    elif isinstance(snapshot, CustomerSnapshot):
        truth._customers[snapshot.user_ref] = snapshot
        if told.event == "customer_deleted":
            truth.forget(snapshot.user_ref)


def _hook(shop: Shop, fact: ParsedEvent) -> None:
    if fact.kind.startswith("checkout.") and fact.subject:
        record_checkout_change(
            shop_id=shop.pk, kind=fact.kind, token=fact.subject, source=Event.Source.HOOK, occurred_at=fact.occurred_at
        )
    elif fact.subject:
        record(
            shop_id=shop.pk,
            kind=fact.kind,
            dedupe_key=fact.dedupe_key,
            subject=fact.subject,
            source=Event.Source.HOOK,
            occurred_at=fact.occurred_at,
        )


def _unsubscribe(lived: Lived, email: str, at: datetime) -> None:
    mail = next((mail for mail in reversed(lived.out.sent) if mail.to_email == email), None)
    if mail is None:
        return
    path = mail.headers["List-Unsubscribe"].strip("<>").removeprefix(SETTINGS["link_host"])
    answer = Client().post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200, answer.content
    lived.unsubscribed.setdefault(email, at)
