"""What is old goes, a little at a time; what a promise still needs stays, to the day."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from saleor_mailflow import models as m
from saleor_mailflow.process import retention as purging
from saleor_mailflow.process.letting_go import WORK
from saleor_mailflow.process.retention import purge, purge_due
from saleor_mailflow.process.verify import verify
from saleor_mailflow.retention import POLICIES
from saleor_mailflow.testing.world import START, World
from tests.integration.privacy.canary import EMAIL, move_in

pytestmark = pytest.mark.django_db

DAYS = {policy.key: policy.days for policy in POLICIES if policy.days is not None}
DOC = Path(__file__).parents[3] / "docs" / "reference" / "retention.md"


@pytest.fixture
def world() -> World:
    return World.begin()


def after(policy: str, **more: float) -> datetime:
    """Return the moment at which something of START is too old, and a little more."""
    return START + timedelta(days=DAYS[policy]) + timedelta(**more)


def test_the_page_in_the_docs_is_true() -> None:
    rows = [
        f"| `{p.key}` | {p.what} | {'for ever' if p.days is None else f'{p.days} days after {p.since}'} | {p.then} | "
        f"{f'{p.floor} days' if p.floor else ''}{f': {p.because}' if p.because else ''} |"
        for p in POLICIES
    ]
    missing = [row for row in rows if row not in DOC.read_text(encoding="utf-8")]
    assert missing == [], "Write into the table:\n" + "\n".join(rows)


def test_every_time_limit_has_its_work() -> None:
    assert {work.policy for work in WORK} == set(DAYS)


def test_nothing_goes_before_its_day(world: World) -> None:
    move_in(world, START)
    m.Enrollment.objects.update(state="ended", ended_at=START, exit_reason="completed")
    m.Event.objects.update(processed_generation=1, processed_at=START, parked="")
    m.DeliveryEvent.objects.update(processed_at=START)
    for policy in DAYS:
        assert purge(world.shop, now=after(policy, hours=-2), dry_run=True).counts[policy] == 0, policy


@pytest.mark.parametrize("policy", [key for key in DAYS if key != "contacts"])
def test_each_goes_on_its_day_and_dry_run_says_so_before(world: World, policy: str) -> None:
    move_in(world, START)
    m.Enrollment.objects.update(state="ended", ended_at=START, exit_reason="completed")
    m.Event.objects.update(processed_generation=1, processed_at=START)
    m.DeliveryEvent.objects.update(processed_at=START)
    m.Throttle.objects.create(key="k", window_start=START)
    now = after(policy, seconds=1)
    said = purge(world.shop, now=now, dry_run=True).counts[policy]
    assert said > 0
    assert purge(world.shop, now=now).counts[policy] == said
    assert purge(world.shop, now=now).counts[policy] == 0
    assert verify(world.shop.pk) == []


def test_a_basket_becomes_nobodys_and_stays_for_statistics(world: World) -> None:
    move_in(world, START)
    m.Enrollment.objects.update(state="ended", ended_at=START, exit_reason="completed")
    purge(world.shop, now=after("baskets", seconds=1))
    basket = m.Basket.objects.get()
    assert (basket.email, basket.user_ref, basket.contact_id, basket.lines) == ("", "", None, [])
    assert (basket.channel, basket.state) == ("c", "open")


def test_a_basket_somebody_is_still_written_about_is_left_alone(world: World) -> None:
    move_in(world, START)
    purge(world.shop, now=after("baskets", days=400))
    assert m.Basket.objects.get().contact_id is not None


def test_consent_suppression_purchases_and_the_ledger_stay_for_ever(world: World) -> None:
    move_in(world, START)
    m.Enrollment.objects.update(state="ended", ended_at=START, exit_reason="completed")
    kept = (m.Consent, m.ConsentWording, m.Suppression, m.Purchase, m.PurchaseLine, m.Message, m.Enrollment)
    before = {model: model._default_manager.count() for model in kept}
    purge(world.shop, now=START + timedelta(days=9999))
    assert {model: model._default_manager.count() for model in kept} == before
    # Of this person there is a purchase: they are a customer, not a passer-by.
    assert m.Contact.objects.get().email == EMAIL
    assert verify(world.shop.pk) == []


def test_somebody_who_never_confirmed_is_gone_and_who_is_known_otherwise_stays(world: World) -> None:
    made = {"shop": world.shop, "source": "form", "created_at": START, "expires_at": START + timedelta(days=2)}
    stranger, customer = (
        m.Contact.objects.create(shop=world.shop, email=f"{n}@example.com", first_seen_at=START, updated_at=START)
        for n in ("a", "b")
    )
    for contact in (stranger, customer):
        m.SignUp.objects.create(contact=contact, **made)
    m.Consent.objects.create(shop=world.shop, contact=customer, state="withdrawn", source="form", at=START)
    purge(world.shop, now=after("sign_ups", seconds=1))
    assert list(m.Contact.objects.values_list("email", flat=True)) == ["b@example.com"]
    assert not m.SignUp.objects.exists()


def test_a_passer_by_is_forgotten_with_what_they_were_sent(world: World) -> None:
    """A cart once, a reminder, never a purchase or a yes: after 13 months there is no name left."""
    world.people.checkout(START)
    world.after(days=4)
    purge(world.shop, now=world.now + timedelta(days=91))
    assert m.Contact.objects.get().email == "anna@example.com"
    purge(world.shop, now=after("contacts", days=5))
    assert m.Contact.objects.get().email.startswith("erased:")
    assert m.Message.objects.filter(state="accepted").count() == 2
    assert verify(world.shop.pk) == []


def test_deletions_of_accounts_are_remembered(world: World) -> None:
    event = {"shop": world.shop, "source": "hook", "occurred_at": START, "processed_at": START}
    for kind in ("account.deleted", "customer.updated"):
        m.Event.objects.create(kind=kind, dedupe_key=kind, processed_generation=1, **event)
    purge(world.shop, now=after("events", days=1))
    assert list(m.Event.objects.values_list("kind", flat=True)) == ["account.deleted"]


def test_it_stops_when_its_time_is_up_and_goes_on_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    m.Throttle.objects.bulk_create(m.Throttle(key=str(n), window_start=START) for n in range(12))
    monkeypatch.setattr(purging, "WINDOW", 5)
    now, turns = after("throttles", days=1), 0
    while purge_due(world.shop, now):
        report = purge(world.shop, now=now, seconds=0)
        turns += 1
        assert report.counts["throttles"] <= 5
    assert turns > 3
    assert not m.Throttle.objects.exists()
    assert not purge_due(world.shop, now + timedelta(hours=23))
    assert purge_due(world.shop, now + timedelta(hours=24))


def test_the_worker_does_it_every_night(world: World) -> None:
    world.tick()
    m.Throttle.objects.create(key="k", window_start=START)
    world.now += timedelta(hours=23)
    world.tick()
    assert m.Throttle.objects.exists()
    world.now += timedelta(hours=2)
    world.tick()
    assert not m.Throttle.objects.exists()


def test_a_merchants_own_days_count(world: World) -> None:
    m.Throttle.objects.create(key="k", window_start=START)
    m.Shop.objects.update(settings={**world.shop.settings, "retention": "throttles = 5"})
    world.shop.refresh_from_db()
    assert purge(world.shop, now=START + timedelta(days=4), dry_run=True).counts["throttles"] == 0
    assert purge(world.shop, now=START + timedelta(days=6), dry_run=True).counts["throttles"] == 1
