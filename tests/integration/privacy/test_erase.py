"""Nothing personal stays: every table and column is looked through, mails on their way end, and nobody comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from saleor_mailflow.audience import consent
from saleor_mailflow.audience.personal import TABLES
from saleor_mailflow.audience.suppression import suppress, suppressed
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.messages.mail import OutgoingMail
from saleor_mailflow.models import (
    AuditEntry,
    Basket,
    Contact,
    Enrollment,
    Event,
    Message,
    Purchase,
    SignUp,
    StepRun,
    Suppression,
)
from saleor_mailflow.process.backfill import backfill
from saleor_mailflow.process.erasure import erase_contact
from saleor_mailflow.process.verify import verify
from saleor_mailflow.testing.world import START, World
from tests.integration.privacy.canary import CANARY, EMAIL, REF, every_table, move_in, text_columns, traces

pytestmark = pytest.mark.django_db

ANNA = "anna@example.com"


@pytest.fixture
def world() -> World:
    return World.begin()


def test_every_column_that_can_hold_a_name_is_on_the_map() -> None:
    """Whoever adds a table or a text says here what becomes of it when a person is erased."""
    assert set(every_table()) == set(TABLES)
    for model, table in TABLES.items():
        if "*" in table.kept or table.deleted:
            continue
        named = {*table.columns, *table.kept}
        assert {field.name for field in text_columns(model)} <= named, model.__name__
        fields = {name for field in model._meta.concrete_fields for name in (field.name, field.attname)}
        assert named <= fields, model.__name__


def test_nothing_that_names_a_person_is_left_in_any_table(world: World) -> None:
    person = move_in(world, START)
    assert {table for table, _, _ in traces(CANARY)} >= {
        model._meta.db_table
        for model in person.rows
        if (TABLES[model].deleted and text_columns(model))
        or any(field.name in TABLES[model].columns for field in text_columns(model))
    }
    report = erase_contact(world.shop, "CANARY7F3A@Example.com", now=START + timedelta(hours=1))
    assert (report.known, report.baskets, report.purchases, report.messages) == (True, 1, 1, 1)
    assert traces(CANARY, REF) == []
    assert verify(world.shop.pk) == []


def test_what_is_no_ones_name_stays(world: World) -> None:
    move_in(world, START)
    erase_contact(world.shop, EMAIL, now=START + timedelta(hours=1), actor="staff:7")
    assert suppressed(world.shop.pk, [EMAIL])[EMAIL] == ("manual", START)
    assert str(Purchase.objects.get().total) == "12.000"
    assert Message.objects.get().state == "accepted"
    consents = Message.objects.get().contact.consents.get()
    assert (consents.state, consents.wording.text) == ("granted", "I want mail.")
    assert SignUp.objects.get().confirmed_at == START
    # The order that waits is still a purchase, of nobody.
    assert Event.objects.get(kind="order.created").payload["order"] == {"id": "T3JkZXI6MQ==", "lines": []}
    entry = AuditEntry.objects.get(action="contact.erased")
    assert (entry.actor, entry.subject) == ("staff:7", f"contact:{Contact.objects.get().pk}")


def test_somebody_else_is_left_alone(world: World) -> None:
    move_in(world, START)
    other = World.begin(domain="other.example")
    Contact.objects.create(shop=other.shop, email=EMAIL, first_name="Eve", first_seen_at=START, updated_at=START)
    namesake = Contact.objects.create(
        shop=world.shop, email=f"x{EMAIL}", first_name="Eve", first_seen_at=START, updated_at=START
    )
    erase_contact(world.shop, EMAIL, now=START + timedelta(hours=1))
    namesake.refresh_from_db()
    assert (namesake.first_name, namesake.erased_at) == ("Eve", None)
    assert Contact.objects.get(shop=other.shop).email == EMAIL


def test_erasing_twice_and_erasing_nobody(world: World) -> None:
    move_in(world, START)
    erase_contact(world.shop, EMAIL, now=START)
    again = erase_contact(world.shop, EMAIL, now=START + timedelta(days=1))
    assert again.contacts == ()
    assert Contact.objects.get().erased_at == START + timedelta(days=1)
    assert not erase_contact(world.shop, "stranger@example.com", now=START).known
    with pytest.raises(ConfigurationError, match="not an email address"):
        erase_contact(world.shop, "nobody", now=START)


def test_who_waits_leaves_with_the_reason_even_where_the_flow_is_off(world: World) -> None:
    world.people.checkout(START)
    world.after(hours=2)
    world.people.checkout(world.now, email="ben@example.com")
    world.after(minutes=1)
    Enrollment.objects.update(flow_id=Enrollment.objects.earliest("id").flow_id)
    from saleor_mailflow.flows.publish import set_mode

    set_mode(world.shop, "abandoned_checkout", "off", at=world.now)
    assert Enrollment.objects.get(contact__email=ANNA).state == "active"
    erase_contact(world.shop, ANNA, now=world.now)
    assert world.exits() == ["erased"]
    world.after(days=3)
    assert [mail.to_email for mail in world.mails] == [ANNA]
    assert verify(world.shop.pk) == []


def test_a_mail_that_is_being_handed_over_ends_first_and_keeps_no_text(world: World) -> None:
    """The provider takes it while the person is erased: the ledger says that it left, and not what it said."""
    world.people.checkout(START)
    seen: list[int] = []

    def erase_meanwhile(mail: OutgoingMail) -> None:
        seen.append(erase_contact(world.shop, ANNA, now=world.now).leaving)

    _during_the_hand_off(world, erase_meanwhile)
    world.after(hours=2)
    message = Message.objects.get()
    assert seen == [1]
    assert (message.state, message.subject, message.html, message.text) == ("accepted", "", "", "")
    assert message.provider_message_id
    assert traces(ANNA) == []
    assert verify(world.shop.pk) == []


def test_a_mail_that_was_claimed_does_not_leave(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from saleor_mailflow import failpoints

    world.people.checkout(START)
    reach = failpoints.reach

    def erase_at_the_claim(name: str, *rest: object, **more: object) -> None:
        if name == "claim.committed" and Message.objects.filter(state="claimed").exists():
            erase_contact(world.shop, ANNA, now=world.now)
        reach(name, *rest, **more)

    monkeypatch.setattr(failpoints, "reach", erase_at_the_claim)
    world.after(hours=2)
    assert world.sent() == []
    assert world.blocked() == [("reminder", "erased")]
    assert verify(world.shop.pk) == []


def test_what_the_shop_tells_of_before_stays_nameless(world: World) -> None:
    """Prices are recalculated, parcels are packed, everything is read once more: none of it brings a name back."""
    cart = world.people.checkout(START)
    bought = world.people.checkout(START + timedelta(minutes=1), email=ANNA)
    order = world.people.order(START + timedelta(minutes=2), token=bought)
    world.people.customer(START, email=ANNA, ref=REF, first_name="Anna")
    world.after(minutes=5)
    assert Contact.objects.get(email=ANNA).user_ref == REF
    erase_contact(world.shop, ANNA, now=world.now)
    world.after(minutes=5)
    world.people.change(cart, world.now, total=0)
    world.people._orders[order] = _touched(world.people._orders[order], updated_at=world.now, status="FULFILLED")
    world.after(hours=3)
    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=world.now, progress=lambda *_: None)
    # The shop still has the account, and goes on telling its number; nothing of ours says whose it is.
    assert traces(ANNA) == []
    assert {table for table, _, _ in traces(REF)} <= {"mailflow_event"}
    assert Purchase.objects.get(order_id=order).status == "FULFILLED"
    assert list(world.mails) == []


def test_somebody_unknown_may_ask_as_well(world: World) -> None:
    """Erased before the shop's past was learned: the past is learned without them."""
    world.people.order(START - timedelta(days=9), email=ANNA)
    erase_contact(world.shop, ANNA, now=START)
    backfill(world.shop, gateway=world.people, consent_key="newsletter", now=START, progress=lambda *_: None)
    assert Purchase.objects.count() == 1
    assert traces(ANNA) == []


def test_who_comes_back_starts_afresh_and_their_old_yes_does_not_come_back(world: World) -> None:
    cart = world.people.checkout(START, country="PL", metadata={"newsletter": "yes"})
    world.after(minutes=5)
    erase_contact(world.shop, ANNA, now=world.now)
    world.after(minutes=5)
    # She fills the same cart again; it still carries the box she ticked before.
    lines = world.people.checkouts([cart])[cart].lines
    world.people.change(cart, world.now, lines=lines * 2)
    world.after(hours=2)
    back = Contact.objects.get(email=ANNA)
    assert consent.newest([back.pk]) == {}
    assert world.blocked() == [("reminder", "no_consent")]
    # She takes it back and ticks it anew: that is a new word.
    world.people.change(cart, world.now, metadata={"newsletter": "no"})
    world.after(minutes=1)
    world.people.change(cart, world.now, metadata={"newsletter": "yes"})
    world.after(minutes=1)
    assert consent.newest([back.pk])[back.pk][0] == "granted"


def test_a_suppression_outlives_its_person(world: World) -> None:
    world.people.checkout(START)
    world.after(minutes=5)
    suppress(shop_id=world.shop.pk, email=ANNA, reason=Suppression.Reason.UNSUBSCRIBED, at=world.now)
    erase_contact(world.shop, ANNA, now=world.now)
    world.people.checkout(world.now + timedelta(minutes=1))
    world.after(hours=3)
    assert world.sent() == []
    assert Basket.objects.filter(email=ANNA).exists()


def test_an_account_that_the_shop_deleted_leaves_nothing_either(world: World) -> None:
    move_in(world, START)
    StepRun.objects.update(at=START)
    Event.objects.create(
        shop=world.shop, kind="account.deleted", dedupe_key="account.deleted:713", subject=REF, source="hook",
        occurred_at=START + timedelta(minutes=1),
    )  # fmt: skip
    world.after(minutes=10)
    assert traces(CANARY) == []
    assert {table for table, _, _ in traces(REF)} == {"mailflow_event"}
    assert world.exits() == ["erased"]
    assert verify(world.shop.pk) == []


def _touched(row: object, **values: object) -> object:
    from dataclasses import replace

    return replace(row, **values)  # type: ignore[type-var]  # a snapshot


def _during_the_hand_off(world: World, act: Callable[[OutgoingMail], None]) -> None:
    send = world.out.send

    def sending(
        mail: OutgoingMail,
        *,
        following: OutgoingMail | None = None,
        meanwhile: Callable[[], bool] | None = None,
    ) -> object:
        act(mail)
        return send(mail, following=following, meanwhile=meanwhile)

    world.out.send = sending  # type: ignore[method-assign]  # the seam to the provider
