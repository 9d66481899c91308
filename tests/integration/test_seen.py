"""What a part of a tick would find is seen by the look before it: to the microsecond, with every NULL, on any road."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from saleor_mailflow.audience.machines import STALL
from saleor_mailflow.flows.catalog import ABANDONED_CHECKOUT
from saleor_mailflow.flows.crossings import EVERY, enroll_crossings, mark_name
from saleor_mailflow.flows.enroll import enroll_idle_baskets
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.runner import run_due
from saleor_mailflow.flows.sign_ups import FRESH, enroll_sign_ups
from saleor_mailflow.flows.triggers import IdleBasket
from saleor_mailflow.flows.waiting import what_waits
from saleor_mailflow.models import Basket, DeliveryEvent, Enrollment, Flow, Refusal, SignUp, Watermark
from saleor_mailflow.process.judging import judge
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.world import START, World
from saleor_mailflow.watermarks import marks_of
from tests.integration.privacy.canary import move_in

pytestmark = pytest.mark.django_db

HOUR, A_MOMENT = timedelta(hours=1), timedelta(microseconds=1)
#: Rows of a table with what they are to hold.
Held = tuple[type[Model], Mapping[str, Any]]


def around(*moments: datetime) -> Iterator[datetime]:
    for moment in moments:
        yield from (moment - A_MOMENT, moment, moment + A_MOMENT)


def agree(world: World, part: str, find: Callable[[], object], cases: Sequence[Sequence[Held]]) -> None:
    """Write each case into the rows: what ``find`` finds then was seen. Some are found, and some are not."""
    found = set()
    for case in cases:
        with transaction.atomic():
            for model, values in case:
                model._default_manager.update(**values)
            seen = getattr(what_waits(world.shop.pk, world.now, marks_of(world.shop.pk)), part)
            done = bool(find())
            transaction.set_rollback(True)
        assert seen or not done, f"not seen of the {part}: {case}"
        found.add(done)
    assert found == {True, False}


@pytest.mark.parametrize("road", ["the shop's tables", "webhooks"])
def test_a_basket_whatever_its_flows_are_like(road: str) -> None:
    world = World.begin()
    world.people.checkout(START, email="anna@example.com", country="US")
    world.tick()
    later = replace(ABANDONED_CHECKOUT, key="later", trigger=IdleBasket(after=5 * HOUR))
    publish(world.shop, later, at=START)
    world.now = now = START + 2 * HOUR
    gateway: ShopGateway = world.people if road == "the shop's tables" else PayloadShop()
    on = {"mode": "live", "enabled_at": START - HOUR, "retired_at": None}
    flows = [
        on,
        {**on, "mode": "off"},
        {**on, "enabled_at": None},
        {**on, "enabled_at": now + HOUR},
        {**on, "retired_at": now},
        {**on, "channels": {Basket.objects.get().channel: "off"}},
        {**on, "version": None},
    ]
    moments = around(now - HOUR, now - 5 * HOUR, START - 2 * HOUR, START - 6 * HOUR, now)
    baskets: list[Mapping[str, Any]] = [
        {"active_at": at, "considered_activity": 0, **more} for at, more in product(moments, ({}, {"contact": None}))
    ]
    baskets += [{"considered_activity": 1}, {"email": ""}, {"line_count": 0}, {"state": "emptied"}]
    agree(
        world,
        "baskets",
        lambda: enroll_idle_baskets(world.shop.pk, now=now, gateway=gateway) or Refusal.objects.exists(),
        [((Flow, flow), (Basket, basket)) for flow, basket in product(flows, baskets)],
    )


def test_a_sign_up() -> None:
    world = World.begin()
    move_in(world, START)
    world.now = now = START + 48 * HOUR
    Enrollment.objects.all().delete()
    cases = [
        ((SignUp, {"created_at": created, "expires_at": expires, "confirmed_at": confirmed}),)
        for created in (*around(now - FRESH, now), now + HOUR)
        for expires in around(now, now + HOUR)
        for confirmed in (None, now)
    ]
    agree(world, "sign_ups", lambda: enroll_sign_ups(world.shop.pk, now=now), cases)


def test_an_open_or_click() -> None:
    world = World.begin()
    move_in(world, START)
    world.now = now = START + 2 * HOUR
    cases = [
        ((DeliveryEvent, {"received_at": at, "kind": kind, "by_machine": by, "processed_at": done}),)
        for at in (*around(now - STALL), now + HOUR)
        for kind in ("opened", "clicked", "delivered")
        for by in (None, True, False)
        for done in (None, now)
    ]
    agree(world, "touches", lambda: judge(world.shop, now=now), cases)


def test_somebody_inside() -> None:
    world = World.begin()
    world.people.checkout(START, email="anna@example.com", country="US")
    world.after(hours=2)
    now = world.now
    cases = [
        ((Flow, flow), (Enrollment, {"due_at": at, "lease_until": lease, "crashes": crashes}))
        for flow in ({}, {"mode": "off"}, {"retired_at": now}, {"enabled_at": None})
        for at in around(now)
        for lease in (None, START - 9_000 * HOUR, START + 9_000 * HOUR)
        for crashes in (0, 1)
    ]
    agree(world, "enrollments", lambda: run_due(world.shop.pk, now=now, gateway=world.people), cases)


def test_whom_only_time_lets_cross() -> None:
    """Looked for when it is time, whatever the clock said before: the mark is moved by whoever looks."""
    world = World.begin().switch_on("win_back")
    flow = Flow.objects.get(key="win_back")
    mine = Watermark.objects.filter(name=mark_name(flow.pk))
    enroll_crossings(world.shop.pk, now=world.now, gateway=world.people)
    world.now = now = START + 2 * HOUR
    kept = START.isoformat()

    def moved() -> bool:
        enroll_crossings(world.shop.pk, now=now, gateway=world.people)
        return mine.get().value != kept

    cases = [
        ((Flow, flows), (Watermark, {"at": at, "value": kept}))
        for flows in ({}, {"mode": "off"}, {"retired_at": now})
        for at in (*around(now - EVERY, now), now + HOUR)
    ]
    agree(world, "crossings", moved, cases)
