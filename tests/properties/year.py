"""One year of people, lived by the real worker on a real database, the same for the same seed.

Refuses to be an easy year: a leap day, clocks that change both ways in six zones, a worker's clock that is wrong by an
hour for a while, and ten days in which nothing runs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import connection

from saleor_mailflow.flows.next_due import next_due
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.models import LinkKey, Shop
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.bodies import Cart, Channel, Order
from saleor_mailflow.testing.days import DayBuilder
from saleor_mailflow.testing.memory_transport import MemoryTransport
from saleor_mailflow.testing.world import SETTINGS
from saleor_mailflow.webhooks.intake import receive
from tests.days.oracle import Deed
from tests.properties.sequences import Unsigned

BEGIN, END = datetime(2028, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Zones that change their clocks, north and south, at different days and hours, by an hour and by half of one.
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Asia/Jerusalem",
        "Pacific/Auckland",
    )
)
OUTAGE = (datetime(2028, 8, 3, 5, tzinfo=UTC), datetime(2028, 8, 13, 5, tzinfo=UTC))
#: When the worker's clock is wrong, and by how much.
JUMPS = (
    (datetime(2028, 4, 10, 12, tzinfo=UTC), datetime(2028, 4, 12, 12, tzinfo=UTC), HOUR),
    (datetime(2028, 10, 10, 12, tzinfo=UTC), datetime(2028, 10, 12, 12, tzinfo=UTC), -HOUR),
)
#: How often the worker looks where anything is due.
BEAT = timedelta(minutes=30)


#: (what, whose, step, why, when): a message by its state, an exit, a refusal.
Fact = tuple[str, str, str, str, datetime]


@dataclass
class Year:
    """What came of it."""

    shop: Shop
    out: MemoryTransport
    deeds: list[Deed] = field(default_factory=list)
    ticks: int = 0

    @property
    def ledger(self) -> str:
        """Return a hash over the facts of the ledger: who, what, when and why, and no number of any row."""
        with connection.cursor() as cursor:
            cursor.execute(_FACTS, [self.shop.pk] * 3)
            return hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()

    @property
    def facts(self) -> list[Fact]:
        """Return what the ledger says of mails, exits and refusals, in order."""
        with connection.cursor() as cursor:
            cursor.execute(_SAID, [self.shop.pk] * 3)
            return sorted(cursor.fetchall())


_SAID = """
SELECT m.state, c.email, m.step, m.reason, m.ended_at
FROM mailflow_message m JOIN mailflow_contact c ON c.id = m.contact_id WHERE m.shop_id = %s
UNION ALL
SELECT 'exit', c.email, '', e.exit_reason, e.ended_at
FROM mailflow_enrollment e JOIN mailflow_contact c ON c.id = e.contact_id WHERE e.shop_id = %s AND e.state = 'ended'
UNION ALL
SELECT 'refusal', c.email, '', r.reason, r.at
FROM mailflow_refusal r JOIN mailflow_contact c ON c.id = r.contact_id WHERE r.shop_id = %s
"""
_FACTS = """
SELECT 'message', c.email, m.step, m.template, m.state, m.reason, m.language, m.subject, md5(m.detail::text),
    m.planned_at, m.claimed_at, m.intent_at, m.ended_at
FROM mailflow_message m JOIN mailflow_contact c ON c.id = m.contact_id WHERE m.shop_id = %s
UNION ALL
SELECT 'enrollment', c.email, e.key, '', e.state, e.exit_reason, '', '', md5(e.context::text), e.entered_at, e.due_at,
    NULL, e.ended_at
FROM mailflow_enrollment e JOIN mailflow_contact c ON c.id = e.contact_id WHERE e.shop_id = %s
UNION ALL
SELECT 'refusal', c.email, r.key, '', '', r.reason, '', '', md5(r.detail::text), r.at, NULL, NULL, NULL
FROM mailflow_refusal r JOIN mailflow_contact c ON c.id = r.contact_id WHERE r.shop_id = %s
ORDER BY 1, 2, 3, 4
"""


def changes(zone: ZoneInfo) -> list[datetime]:
    """Return when the clocks of a zone change in the year, found by looking."""
    hours = [BEGIN + number * HOUR for number in range(366 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hour for hour, before, after in zip(hours[1:], offsets, offsets[1:], strict=False) if before != after]


def _moments(people: int, chance: Random) -> list[datetime]:
    """Return when each leaves a cart: most at any time, some around changes of clocks, the leap day, the outage."""
    hard = [at for zone in ZONES for at in changes(zone)]
    hard += [datetime(2028, 2, 29, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC), *OUTAGE]
    hard += [at for begin, end, _ in JUMPS for at in (begin, end)]
    near = [at + chance.uniform(-30, 30) * HOUR for at in hard for _ in range(people // 100 or 1)]
    near = [*[OUTAGE[0] + 12 * HOUR] * 4, *near][:people]
    rest = [BEGIN + chance.random() * (END - BEGIN - 5 * DAY) for _ in range(people - len(near))]
    return [at.replace(microsecond=0) for at in near + rest]


def people_of_the_year(seed: int, people: int) -> DayBuilder:
    """Return what the shop tells in the year. Everybody leaves one cart; some empty it, some buy, now or later."""
    chance = Random(seed)
    day = DayBuilder(Unsigned(), chance=chance)  # type: ignore[arg-type]  # signs nothing
    for number, at in enumerate(_moments(people, chance)):
        # The shop writes its times in the zone of the shopper, as clocks there show it.
        local = at.astimezone(chance.choice(ZONES))
        channel = Channel(slug="us", currency="USD", country="US")
        cart = day.cart(local, channel=channel, email=f"p{number}@example.com")
        _go_on(day, cart, local, chance)
    return day


def deeds_of(day: DayBuilder) -> list[Deed]:
    """Return what people did, as the oracle is told."""
    return [Deed(told.at.astimezone(UTC), in_utc(told.about)) for told in day.told]


def live(seed: int, *, people: int) -> Year:
    """Live through the year."""
    day = people_of_the_year(seed, people)
    domain = f"year{Shop.objects.count()}.example.com"
    shop = Shop.objects.create(domain=domain, api_url=f"https://{domain}/graphql/", road="app", settings=SETTINGS)
    LinkKey.objects.create(shop=shop)
    set_mode(shop, "abandoned_checkout", "live", at=BEGIN - DAY)
    year = Year(shop, MemoryTransport())
    year.deeds = deeds_of(day)
    waiting = sorted(day.told, key=lambda told: told.at)
    now = BEGIN
    while now < END:
        while waiting and waiting[0].at <= now:
            told = waiting.pop(0)
            receive(shop, told.event, told.raw, told.at)
        run_tick(shop.pk, clock(now), gateway=PayloadShop(), transport_factory=lambda _: year.out, beat="test")
        year.ticks += 1
        now = _next(shop, now, waiting[0].at if waiting else None)
    return year


def _go_on(day: DayBuilder, cart: Cart, at: datetime, chance: Random) -> None:
    later = at.astimezone(UTC) + chance.choice((0.2, 0.9, 1.5, 8, 23, 30, 60)) * HOUR
    match chance.randrange(6):
        case 0:
            day.order(later.astimezone(at.tzinfo), cart)
        case 1:
            day.change(cart, later.astimezone(at.tzinfo), items=())
        case 2:
            day.change(cart, later.astimezone(at.tzinfo), country="US", language="DE")


def in_utc(thing: object) -> Cart | Order:
    """Return a thing told in UTC: adding an hour to a local time is not to wait for an hour."""
    assert isinstance(thing, Cart | Order)
    return replace(thing, created=thing.created.astimezone(UTC), at=thing.at.astimezone(UTC))


def clock(now: datetime) -> datetime:
    """Return what the worker's clock shows."""
    return now + next((by for begin, end, by in JUMPS if begin <= now < end), timedelta(0))


def _next(shop: Shop, now: datetime, news: datetime | None) -> datetime:
    """Return the next beat at which anything is to do: later than now, and not in the outage."""
    due = next_due(shop.pk, clock(now))
    real = None if due is None else now + max(due - clock(now), timedelta(0))
    # A clock that is put right makes due what was not, or the other way.
    leap = min((at for begin, end, _ in JUMPS for at in (begin, end) if at > now), default=None)
    soonest = min((at.astimezone(UTC) for at in (real, news, leap) if at is not None), default=END)
    beats = max(-(-(soonest - BEGIN) // BEAT), (now - BEGIN) // BEAT + 1)
    at = BEGIN + beats * BEAT
    return OUTAGE[1] if OUTAGE[0] <= at < OUTAGE[1] else at
