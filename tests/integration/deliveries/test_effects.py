"""What a provider's word changes: at once, for all flows, in any order, and once."""

from __future__ import annotations

import json
import os
import random
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

import pytest

from saleor_mailflow.audience.delivery import ORDER, SOFT_BOUNCES, Fate, Kind, fate_of
from saleor_mailflow.audience.suppression import suppressed
from saleor_mailflow.clock import FrozenClock
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.models import AuditEntry, Contact, DeliveryEvent, Enrollment, Flow, Message, Suppression
from saleor_mailflow.process.complaints import (
    ENOUGH,
    STOP,
    WARN,
    Complaints,
    complaint_problems,
    resume_flow,
    watch_complaints,
)
from saleor_mailflow.process.deliveries import BATCH, process_deliveries
from saleor_mailflow.process.doctor import Grade, delivery_findings
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.world import START, World
from saleor_mailflow.webhooks.providers.address import provider_address
from tests.integration.deliveries.conftest import NOW, Make, Told
from tests.provider_posts import TO, Event, body

pytestmark = pytest.mark.django_db

#: 1 000 in every run; ``MAILFLOW_DELIVERY_SEQUENCES=10000`` for all.
SEQUENCES = int(os.environ.get("MAILFLOW_DELIVERY_SEQUENCES", "1000"))
DAY = timedelta(days=1)


@pytest.fixture
def shop(told: Make) -> Told:
    return told("postmark")


def reason(shop: Told, email: str = TO, entity: str = "") -> str:
    found = suppressed(shop.shop.pk, [email], entity)
    return found[email][0] if found else ""


def happened(shop: Told, message: Message | None, kind: str, at: datetime = NOW, **more: Any) -> DeliveryEvent:
    fields = {"contact_id": message.contact_id if message else None, "provider": shop.provider, **more}
    return DeliveryEvent(
        shop=shop.shop,
        message=message,
        kind=kind,
        source="provider",
        key=uuid.uuid4().hex,
        at=at,
        received_at=NOW,
        **fields,
    )


# What must not happen.


@pytest.mark.parametrize(
    ("kind", "code"), [("rejected", "5.7.1"), ("bounced", "5.7.26"), ("soft_bounced", "4.2.2"), ("bounced", "4.7.0")]
)
def test_policy_and_what_may_pass_stop_nobody_s_mail(told: Make, kind: str, code: str) -> None:
    shop = told("sendgrid")
    message = shop.message(TO)
    shop.tell(body("sendgrid", Event(kind=kind, code=code, uuid=str(message.uuid))))
    assert process_deliveries(shop.shop, now=NOW) == 1
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("kind", [Kind.OPENED, Kind.CLICKED])
@pytest.mark.parametrize("by_machine", [True, None])
def test_a_machine_s_click_is_not_the_person_s(shop: Told, kind: str, by_machine: bool | None) -> None:
    message = shop.message(TO)
    happened(shop, message, kind, by_machine=by_machine).save()
    process_deliveries(shop.shop, now=NOW)
    message.refresh_from_db()
    assert (message.delivery, message.opened_at, message.clicked_at) == ("delivered", None, None)


def test_a_redirected_mail_stops_no_mail_to_the_person(shop: Told) -> None:
    message = shop.message(TO)
    shop.tell(body("postmark", Event(to="catcher@dev.example", uuid=str(message.uuid))))
    process_deliveries(shop.shop, now=NOW)
    assert reason(shop) == ""
    assert reason(shop, "catcher@dev.example") == "bounced"


def test_a_complaint_is_not_forgotten_for_a_lesser_reason_and_wins_over_an_earlier_one(shop: Told) -> None:
    message = shop.message(TO)
    for kind in ("unsubscribed", "complained", "bounced", "unsubscribed"):
        happened(shop, message, kind).save()
        process_deliveries(shop.shop, now=NOW)
    assert reason(shop) in {"complained", "bounced"}
    assert (
        set(Suppression.objects.values_list("reason", flat=True)) == {"complained", "bounced"}
        or reason(shop) == "complained"
    )


def test_four_soft_bounces_and_five_tries_of_one_mail_are_not_enough(shop: Told) -> None:
    messages = [shop.message(TO, template=f"t/{number}") for number in range(SOFT_BOUNCES - 1)]
    DeliveryEvent.objects.bulk_create([happened(shop, m, "soft_bounced") for m in messages for _ in range(2)])
    process_deliveries(shop.shop, now=NOW)
    assert not Suppression.objects.exists()


def test_a_flow_is_not_judged_by_a_handful_of_mails() -> None:
    assert not Complaints(delivered=ENOUGH - 1, complaints=ENOUGH - 1).warns
    assert not Complaints(delivered=0, complaints=0).warns
    assert not Complaints(delivered=100_000, complaints=299).stops
    assert Complaints(delivered=100_000, complaints=300).stops
    assert not Complaints(delivered=100_000, complaints=99).warns
    assert Complaints(delivered=100_000, complaints=100).warns


def test_an_event_about_a_mail_in_the_hand_off_waits(shop: Told) -> None:
    message = shop.message(TO, state="sending")
    happened(shop, message, "delivered").save()
    assert process_deliveries(shop.shop, now=NOW) == 0
    Message.objects.update(state="unknown", reason="unknown", ended_at=NOW, lease_until=None)
    assert process_deliveries(shop.shop, now=NOW) == 1
    message.refresh_from_db()
    assert (message.state, message.reason, message.delivery) == ("accepted", "", "delivered")


# What must happen.


@pytest.mark.parametrize("kind", ["bounced", "complained", "unsubscribed"])
def test_no_mail_after_it_is_told(shop: Told, kind: str) -> None:
    message = shop.message(TO)
    shop.tell(body("postmark", Event(kind=kind, uuid=str(message.uuid))))
    process_deliveries(shop.shop, now=NOW)
    assert reason(shop) == kind
    message.refresh_from_db()
    assert message.delivery == kind
    row = Suppression.objects.get()
    assert "shopper" not in row.detail
    assert str(message.uuid) in row.detail


def test_what_a_person_says_is_said_to_one_sender_and_a_missing_mailbox_is_missing_for_all(shop: Told) -> None:
    one, other = shop.message(TO, entity="outlet"), shop.message("b@else.example", entity="outlet")
    DeliveryEvent.objects.bulk_create([happened(shop, one, "complained"), happened(shop, other, "bounced")])
    process_deliveries(shop.shop, now=NOW)
    assert (reason(shop), reason(shop, entity="outlet")) == ("", "complained")
    assert reason(shop, "b@else.example") == "bounced"


def test_the_fifth_soft_bounce_in_two_weeks_stops_the_mail(shop: Told) -> None:
    for number in range(SOFT_BOUNCES):
        happened(shop, shop.message(TO, template=f"t/{number}"), "soft_bounced", NOW - number * 3 * DAY).save()
        assert reason(shop) == ""
        process_deliveries(shop.shop, now=NOW)
    assert reason(shop) == "bounced"


def test_a_complaint_outlives_the_person_s_erasure(shop: Told) -> None:
    message = shop.message(TO)
    shop.tell(body("postmark", Event(kind="delivered", uuid=str(message.uuid))))
    process_deliveries(shop.shop, now=NOW)
    Contact.objects.filter(email=TO).update(email="erased:0123", erased_at=NOW)
    shop.tell(body("postmark", Event(kind="complained", uuid=str(message.uuid))))
    process_deliveries(shop.shop, now=NOW)
    assert reason(shop) == "complained"


def test_whoever_is_inside_a_flow_is_looked_at_now(shop: Told) -> None:
    told_of, bystander = shop.message(TO), shop.message("b@else.example")
    happened(shop, told_of, "complained").save()
    process_deliveries(shop.shop, now=NOW)
    due = dict(Enrollment.objects.values_list("contact_id", "due_at"))
    assert due[told_of.contact_id] == NOW
    assert due[bystander.contact_id] > NOW


@pytest.mark.parametrize("kind", ["accepted", "delivered", "bounced", "opened"])
def test_any_word_of_the_provider_settles_an_unknown_mail(shop: Told, kind: str) -> None:
    message = shop.message(TO, state="unknown", provider="")
    happened(shop, message, kind).save()
    process_deliveries(shop.shop, now=NOW)
    message.refresh_from_db()
    assert (message.state, message.reason, message.provider) == ("accepted", "", "postmark")


def test_a_verdict_that_comes_later_is_taken_in(shop: Told) -> None:
    message = shop.message(TO)
    happened(shop, message, "clicked").save()
    process_deliveries(shop.shop, now=NOW)
    DeliveryEvent.objects.update(by_machine=False, processed_at=None)
    process_deliveries(shop.shop, now=NOW)
    message.refresh_from_db()
    assert (message.delivery, message.clicked_at) == ("clicked", NOW)


def test_a_bounce_told_through_the_door_stops_the_very_next_claim() -> None:
    world = World.begin(
        provider="postmark", provider_options={"server_token": "k"}, sender_email="hello@northmill.example"
    )
    world.people.checkout(START, email=TO)
    world.after(minutes=70)
    assert len(world.mails) == 1
    path = provider_address(world.shop, settings_of(world.shop)).removeprefix("https://mail.northmill.example")
    shop = Told(world.shop, Flow.objects.get(), "postmark")
    sent = Message.objects.get(state="accepted")
    raw = json.dumps(body("postmark", Event(uuid=str(sent.uuid), at=world.now))).encode()
    assert shop.post(raw, {}, path).status_code == 200
    world.after(days=3)
    assert len(world.mails) == 1
    assert world.exits() == ["bounced"]


# In any order.


def test_shuffled_and_repeated_events_end_in_the_sorted_ones_state(shop: Told) -> None:
    """Through PostgreSQL, many messages at a time: each has its own sequence, told in a random order, some twice."""
    luck = random.Random(20261121)
    size = min(SEQUENCES, 1000)
    for begin in range(0, SEQUENCES, size):
        Message.objects.all().delete()
        DeliveryEvent.objects.all().delete()
        Suppression.objects.all().delete()
        messages = _many(shop, size, begin)
        wanted: dict[int, Fate] = {}
        told: list[DeliveryEvent] = []
        stopped: set[int] = set()
        for message in messages:
            said = [
                (luck.choice(ORDER), NOW - timedelta(seconds=luck.randrange(80_000)), luck.choice([None, True, False]))
                for _ in range(luck.randint(1, 8))
            ]
            wanted[message.pk] = reduce(Fate.join, (fate_of(*one) for one in said), Fate())
            if any(kind in {"bounced", "complained", "unsubscribed"} for kind, *_ in said):
                stopped.add(message.contact_id)
            for kind, at, by_machine in said + luck.choices(said, k=2):
                key = f"{message.pk}:{kind}:{at.isoformat()}:{by_machine}"[:64]
                told.append(happened(shop, message, kind, at, by_machine=by_machine))
                told[-1].key = key
        luck.shuffle(told)
        parts = luck.randint(2, 5)
        for part in range(parts):
            DeliveryEvent.objects.bulk_create(told[part::parts], ignore_conflicts=True)
            process_deliveries(shop.shop, now=NOW)
        # All of it once more: nothing changes.
        DeliveryEvent.objects.update(processed_at=None)
        process_deliveries(shop.shop, now=NOW)
        for message in Message.objects.all():
            fate = wanted[message.pk]
            assert (message.delivery, message.delivered_at, message.opened_at, message.clicked_at) == (
                fate.delivery,
                fate.delivered_at,
                fate.opened_at,
                fate.clicked_at,
            )
        emails = dict(Contact.objects.filter(pk__in=[m.contact_id for m in messages]).values_list("email", "pk"))
        assert {emails[email] for email in suppressed(shop.shop.pk, list(emails))} == stopped


def _many(shop: Told, count: int, begin: int = 0, **more: Any) -> list[Message]:
    """Make ``count`` accepted messages, each to a person of its own, in four statements."""
    from saleor_mailflow.models import StepRun

    def person(number: int) -> Contact:
        return Contact(shop=shop.shop, email=f"p{number}@else.example", first_seen_at=NOW, updated_at=NOW)

    people = Contact.objects.bulk_create([person(number) for number in range(begin, begin + count)])
    inside = Enrollment.objects.bulk_create(
        [
            Enrollment(
                shop=shop.shop,
                flow=shop.flow,
                version=shop.flow.version,
                contact=one,
                key=f"many:{one.pk}",
                entered_at=NOW,
                due_at=NOW + DAY,
            )
            for one in people
        ]
    )
    StepRun.objects.bulk_create([StepRun(enrollment=one, step="s", outcome="send", at=NOW) for one in inside])
    fields = {
        "flow_key": shop.flow.key,
        "step": "s",
        "template": "t",
        "purpose": "marketing",
        "state": "accepted",
        "planned_at": NOW - DAY,
        "due_at": NOW - DAY,
        "expires_at": NOW + DAY,
        "claimed_at": NOW - DAY,
        "intent_at": NOW - DAY,
        "ended_at": NOW - DAY,
        **more,
    }
    return Message.objects.bulk_create(
        [Message(shop=shop.shop, enrollment=one, contact_id=one.contact_id, **fields) for one in inside]
    )


def test_a_batch_is_taken_in_with_a_fixed_number_of_queries(shop: Told, django_assert_num_queries: Any) -> None:
    def tell(messages: list[Message], kind: str) -> None:
        DeliveryEvent.objects.bulk_create([happened(shop, message, kind) for message in messages])

    messages = _many(shop, 100)
    tell(messages[:1], "delivered")
    # What waits, its messages locked, written, the events done, the heartbeat, old warnings; and a savepoint's two.
    with django_assert_num_queries(9) as one:
        process_deliveries(shop.shop, now=NOW)
    tell(messages[1:], "delivered")
    with django_assert_num_queries(len(one)):
        process_deliveries(shop.shop, now=NOW)
    assert len(messages) < BATCH


# The breaker.


def complained(shop: Told, bad: int, delivered: int = ENOUGH) -> None:
    messages = _many(shop, delivered, delivery="delivered", delivered_at=NOW - DAY)
    DeliveryEvent.objects.bulk_create([happened(shop, message, "complained") for message in messages[:bad]])
    process_deliveries(shop.shop, now=NOW)
    shop.flow.refresh_from_db()


def test_a_flow_that_too_many_call_spam_is_stopped_with_its_figures(shop: Told) -> None:
    complained(shop, int(STOP * ENOUGH / 100))
    assert shop.flow.stopped_at == NOW
    detail = shop.flow.stopped_detail
    assert (Decimal(detail["rate"]), detail["complaints"], detail["delivered"]) == (STOP, 3, ENOUGH)
    (problem,) = complaint_problems(shop.shop)
    assert "mailflow flows resume abandoned_checkout" in problem.text
    assert AuditEntry.objects.get(action="flow.stopped").actor == "mailflow"


def test_a_warning_comes_first_and_goes_when_its_cause_has(shop: Told) -> None:
    complained(shop, int(WARN * ENOUGH / 100))
    assert shop.flow.stopped_at is None
    (problem,) = complaint_problems(shop.shop)
    assert f"1 of {ENOUGH} mails" in problem.text
    watch_complaints(shop.shop, NOW + timedelta(minutes=5), new=False)
    assert complaint_problems(shop.shop)
    watch_complaints(shop.shop, NOW + timedelta(days=8), new=False)
    assert complaint_problems(shop.shop) == []


def test_a_person_lets_it_go_on_and_complaints_count_anew(shop: Told) -> None:
    complained(shop, ENOUGH // 100)
    resume_flow(shop.shop, shop.flow.key, at=NOW, actor="command line")
    watch_complaints(shop.shop, NOW, new=True)
    shop.flow.refresh_from_db()
    assert shop.flow.stopped_at is None
    assert complaint_problems(shop.shop) == []
    with pytest.raises(ConfigurationError, match="not stopped"):
        resume_flow(shop.shop, shop.flow.key, at=NOW, actor="command line")


# What the doctor says.


def test_the_doctor_says_the_address_until_something_was_told(told: Make, now: FrozenClock) -> None:
    shop = told("mailgun", signing_key="")
    findings = delivery_findings(shop.shop, settings_of(shop.shop))
    assert [finding.grade for finding in findings] == [Grade.HINT, Grade.HINT]
    assert f"https://mail.shop.example{shop.path}" in findings[0].text
    happened(shop, shop.message(TO), "delivered").save()
    process_deliveries(shop.shop, now=NOW)
    findings = delivery_findings(shop.shop, settings_of(shop.shop))
    assert findings[0].grade is Grade.FINE


def test_the_doctor_says_who_tells_nothing(told: Make) -> None:
    shop = told("scaleway")
    (finding,) = delivery_findings(shop.shop, settings_of(shop.shop))
    assert "does not tell" in finding.text
