"""The night: first that nobody is told of what was so before anybody looked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_mailflow.audience import segment_book
from saleor_mailflow.audience.memberships import STALE
from saleor_mailflow.audience.waiting import count_waiting
from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.triggers import Happened, IdleBasket, Manual, OnDate, QuietFor, Recurring, Threshold, Trigger
from saleor_mailflow.models import Contact, Flow, Occasion, Profile, Segment, SegmentMember
from saleor_mailflow.process import nightly
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.process.nightly import line_of, nightly_due, reckon_the_night
from saleor_mailflow.testing.memory_shop import MemoryShop
from tests.integration.audience.people import DAY, NOW, People

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

GERMAN = Ask(fact="contact.country", op="is", value="DE")
ENTERED = Happened(event="segment.entered", of="german")


@pytest.fixture
def people() -> People:
    return People()


def begins_with(people: People, trigger: Trigger) -> None:
    """Let the flow that is on begin with ``trigger``."""
    flow = Flow.objects.get(shop=people.shop, key="abandoned_checkout")
    assert flow.version is not None
    flow.version.definition = {**flow.version.definition, "trigger": trigger.to_json()}
    flow.version.digest = f"{trigger.to_json()}"[:64]
    flow.version.save()


def save(people: People, condition: Ask = GERMAN) -> None:
    segment_book.save(people.shop, "german", name="", condition=condition, at=NOW, actor="staff:1")


def came(people: People, night: float) -> list[int]:
    """Reckon a night and return who came into a segment in it."""
    now = NOW + night * DAY
    assert reckon_the_night(people.shop, now=now)
    return list(
        Occasion.objects.filter(kind="segment.entered", at=now).order_by("contact_id").values_list("contact", flat=True)
    )


def test_whoever_was_in_a_segment_before_anybody_looked_did_not_enter_it(people: People) -> None:
    save(people)
    begins_with(people, ENTERED)
    anna, ben = people.person(country="DE"), people.person(country="FR")
    assert came(people, 0) == []
    assert SegmentMember.objects.get().contact == anna
    Contact.objects.filter(pk=ben.pk).update(country="DE")
    assert came(people, 1) == [ben.pk]
    told = Occasion.objects.get()
    segment = Segment.objects.get()
    assert (told.of, told.key) == ("german", f"segment.entered:{segment.pk}:{ben.pk}:2026-11-21")
    assert (segment.size, segment.members_at) == (2, NOW + DAY)
    assert came(people, 2) == []


@pytest.mark.parametrize("how", ["changed", "not looked at", "unused"])
def test_a_segment_that_was_changed_or_not_looked_at_for_days_tells_nobody(people: People, how: str) -> None:
    save(people)
    begins_with(people, ENTERED if how != "unused" else Manual())
    ben = people.person(country="FR")
    came(people, 0)
    if how == "changed":
        save(people, Ask(fact="contact.country", op="is", value="FR"))
    else:
        Contact.objects.filter(pk=ben.pk).update(country="DE")
    assert came(people, STALE.days + 0.1 if how == "not looked at" else 1) == []
    assert SegmentMember.objects.count() == (how != "unused")


def test_a_past_that_is_brought_after_the_first_look_tells_nobody(people: People) -> None:
    """A fresh shop looks first and takes its past in then: the next night nobody of it came into the segment."""
    save(people)
    begins_with(people, ENTERED)
    assert came(people, 0) == []
    shop = MemoryShop()
    shop.customer(NOW - 90 * DAY, email="past@example.com", ref="user:9", country="DE")
    backfill(people.shop, gateway=shop, consent_key="newsletter", now=NOW + DAY / 2, progress=lambda *_: None)
    assert came(people, 1) == []
    assert SegmentMember.objects.filter(contact__email="past@example.com").exists()


def test_whoever_leaves_may_come_in_again_and_erased_people_leave(people: People) -> None:
    save(people)
    begins_with(people, ENTERED)
    anna = people.person(country="DE")
    came(people, 0)
    Contact.objects.update(country="FR")
    assert came(people, 1) == []
    assert not SegmentMember.objects.exists()
    Contact.objects.update(country="DE")
    assert came(people, 2) == [anna.pk]
    Contact.objects.update(erased_at=NOW)
    came(people, 3)
    assert not SegmentMember.objects.exists()


def test_it_comes_to_the_same_in_slices(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "WINDOW", 1)
    save(people)
    begins_with(people, ENTERED)
    for number in range(4):
        people.order(people.person(country="DE"), 10 + number, number)
    slices = 1
    while not reckon_the_night(people.shop, now=NOW, seconds=0):
        assert nightly_due(people.shop, NOW)
        slices += 1
    assert not nightly_due(people.shop, NOW)
    assert slices > 8
    assert set(Profile.objects.values_list("orders", "stale")) == {(1, False)}
    assert sorted(Profile.objects.values_list("recency", flat=True)) == [1, 2, 3, 4]
    assert SegmentMember.objects.count() == 4


def test_once_a_night(people: People) -> None:
    assert nightly_due(people.shop, NOW)
    assert reckon_the_night(people.shop, now=NOW)
    assert not nightly_due(people.shop, NOW + timedelta(hours=23))
    assert nightly_due(people.shop, NOW + DAY)


def test_the_line_is_that_of_the_flow_that_is_on(people: People) -> None:
    assert line_of(people.shop) == Threshold()
    begins_with(people, Threshold(orders=3))
    assert line_of(people.shop) == Threshold(orders=3)
    Flow.objects.update(mode="off")
    assert line_of(people.shop) == Threshold()


def test_switching_on_says_how_many_stand_there_already(people: People) -> None:
    save(people)
    anna = people.person(country="DE", birthday=NOW.date().replace(year=1990), birthday_known_at=NOW - 90 * DAY)
    people.order(anna, 181, 600)
    people.basket(people.person(), 2, email="x@example.com", line_count=1)
    people.basket(people.person(), 40, email="y@example.com", line_count=1)
    people.reckon()
    for days in (3, 40):
        at = NOW - days * DAY
        Occasion.objects.create(
            shop=people.shop, contact=anna, kind="tag.added", of="gold", key=str(days), at=at, learned_at=NOW
        )
    waiting = [
        (QuietFor(), 1),
        (Threshold(amounts=(("EUR", Decimal(600)),)), 1),
        (Threshold(orders=2), 0),
        (OnDate(date="birthday"), 1),
        (Recurring(segment="german", weekday=0), 1),
        (Happened(event="segment.entered", of="german"), 1),
        (Happened(event="segment.entered", of="gone"), 0),
        (Happened(event="tag.added", of="gold"), 1),
        (Happened(event="tag.added", of="other"), 0),
        (IdleBasket(after=timedelta(hours=1)), 1),
        (Manual(), 0),
    ]
    assert [(trigger, count_waiting(people.shop.pk, trigger, now=NOW)) for trigger, _ in waiting] == waiting
