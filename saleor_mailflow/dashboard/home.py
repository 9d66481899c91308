"""Today in figures, and what needs somebody: for the Dashboard's home page. Refuses figures that nobody could check."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_currency

from saleor_mailflow.audience.zones import named
from saleor_mailflow.dashboard.door import Visit
from saleor_mailflow.flows.figures import figures
from saleor_mailflow.graphql.permissions import MONEY
from saleor_mailflow.process.health import health_of
from saleor_mailflow.shop.settings import settings_of

#: What is said of trouble; the rest is on the screens.
MOST = 3


def today(visit: Visit) -> dict[str, Any]:
    """Return the figures since midnight where the shop is, and the most urgent things to do, as plain values."""
    settings = settings_of(visit.shop)
    zone = named(settings.zone("")) or ZoneInfo("UTC")
    midnight = datetime.combine(visit.now.astimezone(zone).date(), datetime.min.time(), zone).astimezone(UTC)
    found = figures(visit.shop.pk, since=midnight).values()
    health = health_of(visit.shop, settings, visit.now)
    counts = [
        ("Sent today", sum(one.sent for one in found)),
        ("Clicked", sum(one.clicked for one in found)),
        ("Orders after a click", sum(one.orders for one in found)),
        ("Inside flows", health.inside),
    ]
    money: dict[str, Any] = {}
    if visit.caller.may(MONEY):
        for one in found:
            for currency, amount in one.revenue.items():
                money[currency] = money.get(currency, 0) + amount
    return {
        "figures": [{"name": name, "value": f"{value:,}"} for name, value in counts],
        "money": [format_currency(amount, currency, locale="en") for currency, amount in sorted(money.items())],
        "problems": [problem.text for problem in health.problems[:MOST]],
        "more": max(0, len(health.problems) - MOST),
        "zone": zone.key,
    }
