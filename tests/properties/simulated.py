"""The same year without a database: the real flow, engine and gate, and tables that are dictionaries.

Refuses to be another year than the worker's: the same people, the same clock, the same beats, and a ledger that can be
held against the worker's, fact by fact. What the tables and the roads do about it is written down here once more, in as
few words as possible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from saleor_mailflow.flows.catalog.abandoned_checkout import ABANDONED_CHECKOUT as FLOW
from saleor_mailflow.flows.engine import run
from saleor_mailflow.flows.goals import BasketFacts, leave_reason
from saleor_mailflow.flows.steps import Cursor, Leave, Moment, Plan, Sleep
from saleor_mailflow.flows.triggers import IdleBasket
from saleor_mailflow.messages.gate import GateFacts, ShopFacts, ask
from saleor_mailflow.testing.bodies import Cart, Order
from saleor_mailflow.testing.days import Told
from tests.days.oracle import signature
from tests.properties.year import BEAT, BEGIN, END, OUTAGE, Fact, clock, in_utc, people_of_the_year

#: A cart that crossed so long ago begins nothing, by the webhook's road (ADR 0003).
OLD_NEWS = timedelta(hours=24)


@dataclass
class _Basket:
    cart: Cart
    active_at: datetime
    activity: int = 1
    considered: int = 0
    order: str = ""

    def facts(self) -> BasketFacts:
        lines = len(self.cart.items)
        state = "converted" if self.order else "open" if lines else "emptied"
        return BasketFacts(
            state=state, line_count=lines, activity=self.activity, active_at=self.active_at, order=self.order
        )


@dataclass
class _Inside:
    basket: _Basket
    cursor: Cursor
    entered_at: datetime
    activity: int
    active_at: datetime
    due_at: datetime
    last_sent_at: datetime | None = None


@dataclass
class SimulatedYear:
    """The tables of a year, and what came of it."""

    sent: int = 0
    beats: int = 0
    facts: list[Fact] = field(default_factory=list)
    baskets: dict[str, _Basket] = field(default_factory=dict)
    inside: dict[str, _Inside] = field(default_factory=dict)
    #: Tokens of baskets of which the flow has not decided.
    undecided: set[str] = field(default_factory=set)

    @property
    def ledger(self) -> str:
        """Return a hash over the facts, as the worker's year does."""
        return hashlib.sha256(repr(sorted(self.facts)).encode()).hexdigest()

    def learn(self, told: Told) -> str:
        """Take in what the shop told; return the token of the cart that it is about."""
        thing = in_utc(told.about)
        if isinstance(thing, Order):
            self.baskets[thing.cart.token].order = str(thing.number)
            return thing.cart.token
        basket = self.baskets.get(thing.token)
        if basket is None:
            self.baskets[thing.token] = _Basket(thing, thing.at)
        else:
            if signature(basket.cart) != signature(thing):
                basket.activity, basket.active_at = basket.activity + 1, max(basket.active_at, thing.at)
            basket.cart = thing
        self.undecided.add(thing.token)
        return thing.token

    def enter(self, now: datetime) -> None:
        """Decide entry for the baskets that have lain idle for long enough."""
        assert isinstance(FLOW.trigger, IdleBasket)
        for token in sorted(self.undecided):
            basket = self.baskets[token]
            facts = basket.facts()
            crossed = basket.active_at + FLOW.trigger.after
            if facts.state != "open" or basket.considered == basket.activity:
                self.undecided.discard(token)
            elif crossed <= now:
                basket.considered = basket.activity
                reason, _ = leave_reason(facts, entered_activity=basket.activity)
                reason = reason or ("old_news" if now - crossed > OLD_NEWS else "")
                if reason:
                    self.facts.append(("refusal", _email(basket), "", str(reason), now))
                else:
                    cursor = Cursor(index=0, ready_at=crossed)
                    self.inside[token] = _Inside(basket, cursor, now, basket.activity, basket.active_at, now)

    def advance(self, now: datetime, woken: Collection[str]) -> None:
        """Ask the engine, and the gate after it, about those whose time has come or of whom something was told."""
        for token, one in list(self.inside.items()):
            while token in self.inside and (one.due_at <= now or token in woken):
                self._advance(token, one, now)
                woken = set(woken) - {token}

    def _advance(self, token: str, one: _Inside, now: datetime) -> None:
        leave, detail = leave_reason(one.basket.facts(), entered_activity=one.activity)
        moment = Moment(
            now=now,
            entered_at=one.entered_at,
            active_at=one.active_at,
            last_sent_at=one.last_sent_at,
            leave=leave,
            leave_detail=detail,
        )
        plans = []
        for decision, cursor in run(FLOW, one.cursor, moment):
            one.cursor = cursor
            match decision:
                case Plan():
                    plans.append(decision)
                case Sleep(until=until):
                    one.due_at = until
                case Leave(reason=reason):
                    self.facts.append(("exit", _email(one.basket), "", str(reason), now))
                    del self.inside[token]
        for plan in plans:
            self._send(one, plan, now)

    def _send(self, one: _Inside, plan: Plan, now: datetime) -> None:
        verdict = ask(
            GateFacts(
                now=now,
                expires_at=plan.expires_at,
                shop=ShopFacts(),
                flow_mode="live",
                purpose=FLOW.purpose.value,
                basis="none",
                basket=one.basket.facts(),
                entered_activity=one.activity,
            )
        )
        assert not verdict.held, "nothing in this year holds a mail up"
        state = "accepted" if verdict.allowed else "missed" if verdict.missed else "blocked"
        self.facts.append((state, _email(one.basket), plan.step, verdict.reason, now))
        if verdict.allowed:
            self.sent, one.last_sent_at = self.sent + 1, now


def _email(basket: _Basket) -> str:
    return basket.cart.email or ""


def _beats() -> Iterator[datetime]:
    now = BEGIN
    while now < END:
        if not OUTAGE[0] <= now < OUTAGE[1]:
            yield now
        now += BEAT


def simulate(seed: int, *, people: int) -> SimulatedYear:
    """Go through the year beat by beat."""
    year = SimulatedYear()
    waiting = sorted(people_of_the_year(seed, people).told, key=lambda told: told.at, reverse=True)
    for now in _beats():
        year.beats += 1
        news: list[Told] = []
        while waiting and waiting[-1].at <= now:
            news.append(waiting.pop())
        woken = {year.learn(told) for told in news}
        year.enter(clock(now))
        year.advance(clock(now), woken)
    return year
