"""10 000 shop histories by all three roads, lost, late and repeated: whom no mail may reach, none reaches."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from saleor_mailflow.models import Basket, Enrollment, Message
from saleor_mailflow.process.verify import verify
from saleor_mailflow.testing.bodies import Cart, Order
from tests.days.oracle import Oracle, address, signature
from tests.days.strangers import START
from tests.properties import proof
from tests.properties.histories import Lived, live

pytestmark = pytest.mark.django_db

#: Histories that share a shop and its ticks.
TOGETHER, CROWD = 1000, 5
TICKS = 300 if proof.FULL else 80
WEEK = timedelta(days=7)


def wrongs(lived: Lived) -> Iterator[str]:
    """Yield what must not be, by what people did and the way out saw, not by what the ledger says."""
    orders, words = _deeds(lived)
    rows = Message.objects.filter(shop=lived.shop).select_related("enrollment__basket")
    by_uuid = {row.uuid: row for row in rows}
    got: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    assert len(lived.out.sent) == len(lived.out.at)
    for mail, at in zip(lived.out.sent, lived.out.at, strict=True):
        row = by_uuid[mail.uuid]
        email, enrollment = address(mail.to_email), row.enrollment
        assert enrollment.basket is not None
        since = datetime.fromisoformat(enrollment.context["active_at"])
        for order in orders:
            mine = order.from_cart and order.cart.token == enrollment.basket.token
            same = address(order.cart.email) == email and order.created >= since
            if order.status != "DRAFT" and order.created <= at and (mine or same):
                yield f"{email} got {row.step} at {at} after buying at {order.created}"
        if lived.unsubscribed.get(email, at) < at:
            yield f"{email} got {row.step} at {at} after unsubscribing at {lived.unsubscribed[email]}"
        got[email, row.template].append(at)
    for (email, template), times in got.items():
        for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False):
            if later - earlier < WEEK:
                yield f"{email} got {template} at {earlier} and at {later}"
    entered = Counter(Enrollment.objects.filter(shop=lived.shop).values_list("flow", "key"))
    yield from (f"{key} entered {count} times" for key, count in entered.items() if count > 1)
    times = Counter(Enrollment.objects.filter(shop=lived.shop).values_list("basket__token", flat=True))
    for token, count in times.items():
        if count > words[token]:
            yield f"cart {token} entered {count} times, and its shopper came back {words[token]} times"


def _deeds(lived: Lived) -> tuple[list[Order], Counter[str]]:
    things = [told.about for crowd in lived.crowds for told in crowd.builder.told]
    orders = [one for one in things if isinstance(one, Order)]
    carts = [one for one in things if isinstance(one, Cart)]
    words: Counter[str] = Counter()
    last: dict[str, object] = {}
    for cart in carts:
        words[cart.token] += last.get(cart.token) != signature(cart)
        last[cart.token] = signature(cart)
    return orders, words


def test_nobody_is_mailed_after_buying_or_refusing_however_the_shop_tells_of_it() -> None:
    wanted = proof.cases(50)
    with proof.prove(
        "shop histories by hook, webhook and sweep: no mail after a purchase or an unsubscription, one entry a key",
        goal="0 mails, 0 second entries, 0 caps exceeded",
        on="PostgreSQL, one connection; a live shop in memory whose tables are always right",
        unit="histories",
        seed=proof.SEED,
    ) as row:
        mails = owed = ticks = 0
        while row.cases < wanted:
            together = min(TOGETHER, wanted - row.cases)
            lived = live(proof.SEED + row.cases, together // CROWD, CROWD, ticks=TICKS)
            wrong = list(wrongs(lived))
            assert not wrong, f"histories {proof.SEED + row.cases} and on: {wrong[:10]} ({len(wrong)})"
            assert verify(lived.shop.pk) == []
            assert not Basket.objects.filter(shop=lived.shop, email__contains=" ").exists()
            mails, ticks = mails + len(lived.out.sent), ticks + lived.ticks
            owed += sum(len(Oracle(START).live(crowd.deeds, START + 9 * WEEK).mails) for crowd in lived.crowds)
            row.cases += together
        # A mail to nobody would keep every promise: most of what is owed in time must have left.
        assert mails > owed / 3, (mails, owed)
        row.result = f"held; {mails:,} mails left in {ticks:,} ticks"
