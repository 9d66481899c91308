"""Who has not answered: first whom it must not call inactive, and that nobody's mail is stopped by it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from saleor_mailflow.audience.contacts import ContactFact, upsert
from saleor_mailflow.flows.publish import set_mode
from saleor_mailflow.models import Basket, Contact, ContactTag, Enrollment, Message, Purchase, StepRun, Watermark
from saleor_mailflow.process import hygiene
from saleor_mailflow.process.hygiene import ANSWERED_WITHIN, EVERY, UNANSWERED, hygiene_due, tidy
from saleor_mailflow.testing.world import START, World

# Mails are put there and not sent, more often than any flow would.
pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

DAY = timedelta(days=1)
NOW = START + timedelta(days=100)
LONG_AGO = NOW - ANSWERED_WITHIN


class People:
    """A shop and what was sent to its people."""

    def __init__(self) -> None:
        self.world = World.begin()
        self.shop = self.world.shop
        self.flow = set_mode(self.shop, "abandoned_checkout", "live", at=START)

    def person(self, name: str) -> Contact:
        email = f"{name}@example.com"
        return Contact.objects.create(shop=self.shop, email=email, first_seen_at=START, updated_at=START)

    def mail(self, contact: Contact, *, times: int = UNANSWERED, **more: Any) -> None:
        for number in range(times):
            at = more.get("ended_at", LONG_AGO - number * DAY)
            inside = Enrollment.objects.create(
                shop=self.shop,
                flow=self.flow,
                version=self.flow.version,
                contact=contact,
                key=uuid.uuid4().hex,
                entered_at=at,
                due_at=NOW + DAY,
            )
            StepRun.objects.create(enrollment=inside, step=f"s{number}", outcome="send", at=at)
            fields = {"purpose": "marketing", "promotional": True, "state": "accepted", "ended_at": at, **more}
            Message.objects.create(
                shop=self.shop,
                enrollment=inside,
                contact=contact,
                flow_key=self.flow.key,
                step=f"s{number}",
                template="t",
                planned_at=at,
                claimed_at=at,
                intent_at=at,
                due_at=at,
                expires_at=at + DAY,
                **fields,
            )

    def inactive(self) -> set[str]:
        return {tag.contact.email.split("@")[0] for tag in ContactTag.objects.filter(tag="inactive")}

    def lives(self, contact: Contact, sign: str, at: Any) -> None:
        if sign == "click":
            Message.objects.filter(contact=contact).update(clicked_at=at)
        if sign == "order":
            Purchase.objects.create(
                shop=self.shop,
                order_id=uuid.uuid4().hex,
                contact=contact,
                channel="c",
                currency="USD",
                status="UNFULFILLED",
                created_at=at,
                updated_at=at,
                learned_at=at,
            )
        if sign == "cart":
            Basket.objects.create(
                shop=self.shop,
                token=uuid.uuid4().hex,
                contact=contact,
                channel="c",
                active_at=at,
                created_at=at,
                last_change=at,
                learned_at=at,
            )


@pytest.fixture
def people() -> People:
    return People()


@pytest.mark.parametrize(
    ("times", "more"),
    [
        (UNANSWERED - 1, {}),
        (5, {"promotional": False}),
        (5, {"state": "shadowed"}),
        (5, {"state": "unknown"}),
        (5, {"delivery": "bounced"}),
        (5, {"delivery": "deferred"}),
        # There is still time to answer the last one.
        (UNANSWERED, {"ended_at": LONG_AGO + timedelta(seconds=1)}),
    ],
)
def test_nobody_is_inactive_for_that(people: People, times: int, more: dict[str, Any]) -> None:
    people.mail(people.person("anna"), times=times, **more)
    assert tidy(people.shop, now=NOW) == (0, 0)
    assert people.inactive() == set()


@pytest.mark.parametrize("sign", ["click", "order", "cart"])
def test_a_sign_of_life_after_the_mails_keeps_and_takes_the_tag_off(people: People, sign: str) -> None:
    anna, ben = people.person("anna"), people.person("ben")
    people.mail(anna)
    people.lives(anna, sign, LONG_AGO + timedelta(seconds=1))
    people.mail(ben)
    assert tidy(people.shop, now=NOW) == (1, 0)
    assert people.inactive() == {"ben"}
    people.lives(ben, sign, NOW)
    assert tidy(people.shop, now=NOW + DAY) == (0, 1)
    assert people.inactive() == set()


def test_a_life_before_the_mails_is_no_answer_to_them(people: People) -> None:
    anna = people.person("anna")
    people.lives(anna, "order", LONG_AGO - timedelta(days=30))
    people.mail(anna)
    assert tidy(people.shop, now=NOW) == (1, 0)
    # And said twice it is no news: since when is kept.
    assert tidy(people.shop, now=NOW + DAY) == (0, 0)
    assert ContactTag.objects.get().at == NOW


def test_a_tag_that_somebody_else_set_and_another_shop_s_people_are_left_alone(people: People) -> None:
    anna = people.person("anna")
    ContactTag.objects.create(contact=anna, tag="inactive", source="merchant", at=START)
    other = World.begin(domain="other.example").shop
    stranger = Contact.objects.create(shop=other, email="x@example.com", first_seen_at=START, updated_at=START)
    ContactTag.objects.create(contact=stranger, tag="inactive", source="hygiene", at=START)
    assert tidy(people.shop, now=NOW) == (0, 0)
    assert people.inactive() == {"anna", "x"}


def test_the_tag_stops_no_mail(people: People) -> None:
    people.world.people.checkout(people.world.now, email="anna@example.com")
    people.world.tick()
    contact = Contact.objects.get(email="anna@example.com")
    ContactTag.objects.create(contact=contact, tag="inactive", source="hygiene", at=START)
    people.world.after(hours=2)
    assert len(people.world.mails) == 1


def _count_contacts_from_one() -> None:
    """Contacts are taken a window of ids at a time: begin at one, whatever other tests used up."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE mailflow_contact_id_seq RESTART")


def test_it_is_due_once_a_night_and_goes_on_where_it_stopped(people: People, monkeypatch: Any) -> None:
    monkeypatch.setattr(hygiene, "WINDOW", 1)
    _count_contacts_from_one()
    for number in range(3):
        people.mail(people.person(f"p{number}"))
    assert hygiene_due(people.shop, NOW)
    assert sum(tidy(people.shop, now=NOW, seconds=0)) < 3
    found = 1
    while Watermark.objects.get(shop=people.shop, name="hygiene").value:
        assert hygiene_due(people.shop, NOW)
        tidy(people.shop, now=NOW, seconds=0)
        found += 1
    assert found > 1
    assert people.inactive() == {"p0", "p1", "p2"}
    assert not hygiene_due(people.shop, NOW + EVERY - timedelta(seconds=1))
    assert hygiene_due(people.shop, NOW + EVERY)


def test_it_takes_a_fixed_number_of_queries(people: People, django_assert_num_queries: Any) -> None:
    _count_contacts_from_one()
    people.mail(people.person("first"))
    tidy(people.shop, now=NOW)
    # The watermark, the last contact, all contacts in one statement, a savepoint's two, the watermark.
    with django_assert_num_queries(6) as one:
        tidy(people.shop, now=NOW + DAY)
    for number in range(30):
        people.mail(people.person(f"p{number}"))
    with django_assert_num_queries(len(one)):
        assert tidy(people.shop, now=NOW + 2 * DAY) == (30, 0)


def test_an_office_s_address_is_flagged_when_it_is_met_and_not_forbidden(
    people: People, django_assert_num_queries: Any
) -> None:
    emails = ["info@firm.example", "anna@firm.example", "Sales+news@firm.example", "information@firm.example"]
    with django_assert_num_queries(1):
        upsert(people.shop.pk, [ContactFact(email=email, seen_at=START) for email in emails])
    roles = dict(Contact.objects.filter(shop=people.shop).values_list("email", "is_role"))
    assert sorted(email for email, role in roles.items() if role) == ["info@firm.example", "sales+news@firm.example"]
    assert len(roles) == len(emails)
