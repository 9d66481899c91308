"""What lets a person cross into a flow, found by its ``type``. Standard library only.

Refuses to look for anybody: it only says what to look for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class IdleBasket:
    """Trigger: a basket with an address and lines in which the shopper did nothing for ``after``."""

    after: timedelta

    type = "idle_basket"

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON; durations are whole seconds."""
        return {"type": self.type, "after": int(self.after.total_seconds())}


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Trigger: something happened to a person, such as ``order.paid``; they cross at that moment.

    ``of`` says which one where there are several: the tag of a ``tag.added``, the segment of a ``segment.entered``,
    the template of a ``mail.clicked``, the name of a ``custom`` event. ``elsewhere`` names the channels in which
    another event counts, such as ``order.paid`` where money comes by bank transfer.
    """

    event: str
    of: str = ""
    elsewhere: tuple[tuple[str, str], ...] = ()

    type = "happened"

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON."""
        found: dict[str, Any] = {"type": self.type, "event": self.event}
        if self.of:
            found["of"] = self.of
        if self.elsewhere:
            found["elsewhere"] = dict(self.elsewhere)
        return found


@dataclass(frozen=True, kw_only=True)
class QuietFor:
    """Trigger: a customer has not ordered for ``factor`` times their own usual gap between orders.

    Who has fewer than three orders is measured by the gap within which four fifths of the shop's customers come back.
    Never sooner than ``least`` and never later than ``most``.
    """

    factor: Decimal = Decimal(2)
    least: timedelta = timedelta(days=30)
    most: timedelta = timedelta(days=365)

    type = "quiet_for"

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON; days are whole."""
        return {"type": self.type, "factor": str(self.factor), "least": self.least.days, "most": self.most.days}


@dataclass(frozen=True, kw_only=True)
class OnDate:
    """Trigger: a day of the person's comes round, such as their ``birthday``, at a time of day where they are.

    It counts once it is known for ``known_for``; who could not be written to on the day is caught up with for
    ``catch_up`` at most. ``before`` starts that long ahead of the day.
    """

    date: str
    at: str = "09:00"
    known_for: timedelta = timedelta(days=14)
    catch_up: timedelta = timedelta(days=3)
    before: timedelta = timedelta(0)

    type = "on_date"

    def __post_init__(self) -> None:
        """Raise ValueError for a time that no clock shows."""
        time.fromisoformat(self.at)

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON; days are whole."""
        days = {"known_for": self.known_for.days, "catch_up": self.catch_up.days, "before": self.before.days}
        return {"type": self.type, "date": self.date, "at": self.at, **days}


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Trigger: what a person spent in the last twelve months, refunds taken off, crosses a line in its currency.

    ``amounts`` names the line by currency; where it names none, the line is where the top ``percent`` of the buyers in
    that currency begins. Or ``orders``: so many orders in twelve months. An order counts once ``settled`` is over.
    """

    percent: int = 5
    amounts: tuple[tuple[str, Decimal], ...] = ()
    orders: int = 0
    settled: timedelta = timedelta(days=14)

    type = "threshold"

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON; amounts are decimal strings, days whole."""
        amounts = {currency: str(amount) for currency, amount in self.amounts}
        more = {"percent": self.percent, "orders": self.orders, "settled": self.settled.days}
        return {"type": self.type, "amounts": amounts, **more}


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """Trigger: everybody in a segment, again and again: the ``nth`` ``weekday`` of a month (0: every week) at a time.

    ``weekday`` counts from Monday, 0; ``nth`` from 1. The time is that of the shop's own zone.
    """

    segment: str
    weekday: int
    nth: int = 0
    at: str = "09:00"

    type = "recurring"

    def __post_init__(self) -> None:
        """Raise ValueError for a day that no calendar has."""
        time.fromisoformat(self.at)
        if not (0 <= self.weekday <= 6 and 0 <= self.nth <= 4):
            raise ValueError(f"Weekday {self.weekday} (0 to 6) or week {self.nth} (0 to 4) is not in every month.")

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON."""
        return {"type": self.type, "segment": self.segment, "weekday": self.weekday, "nth": self.nth, "at": self.at}


@dataclass(frozen=True, kw_only=True)
class Manual:
    """Trigger: somebody says so, by hand, by the API or by another flow's step."""

    type = "manual"

    def to_json(self) -> dict[str, Any]:
        """Return the trigger as JSON."""
        return {"type": self.type}


Trigger = IdleBasket | Happened | QuietFor | OnDate | Threshold | Recurring | Manual


def trigger_from_json(data: Mapping[str, Any]) -> Trigger:
    """Return the trigger that ``to_json`` wrote. Raises ValueError naming the type when it is not known."""
    match data.get("type"):
        case IdleBasket.type:
            return IdleBasket(after=timedelta(seconds=data["after"]))
        case Happened.type:
            elsewhere = tuple(sorted(data.get("elsewhere", {}).items()))
            return Happened(event=data["event"], of=str(data.get("of", "")), elsewhere=elsewhere)
        case QuietFor.type:
            return QuietFor(factor=Decimal(data["factor"]), least=_days(data["least"]), most=_days(data["most"]))
        case OnDate.type:
            days = {key: _days(data[key]) for key in ("known_for", "catch_up", "before")}
            return OnDate(date=data["date"], at=data["at"], **days)
        case Threshold.type:
            amounts = tuple((currency, Decimal(amount)) for currency, amount in sorted(data["amounts"].items()))
            return Threshold(
                percent=data["percent"], amounts=amounts, orders=data["orders"], settled=_days(data["settled"])
            )
        case Recurring.type:
            return Recurring(segment=data["segment"], weekday=data["weekday"], nth=data["nth"], at=data["at"])
        case Manual.type:
            return Manual()
        case other:
            known = ", ".join(cls.type for cls in _TYPES)
            raise ValueError(f"Trigger {other!r} is unknown; this release knows {known}.")


_TYPES = (IdleBasket, Happened, QuietFor, OnDate, Threshold, Recurring, Manual)


def _days(number: int) -> timedelta:
    return timedelta(days=number)
