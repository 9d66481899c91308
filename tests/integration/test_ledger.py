"""Intents and outcomes: nothing leaves that was bought or unsubscribed a moment ago, nothing accepted is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.audience.addresses import email_hash
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.exceptions import TryLater
from saleor_mailflow.flows.tick import shop_facts
from saleor_mailflow.messages import ledger as ledger_module
from saleor_mailflow.messages.claim import Ready, claim
from saleor_mailflow.messages.compose import Composer
from saleor_mailflow.messages.gate_facts import GateRoom
from saleor_mailflow.messages.ledger import Ledger, Rendered
from saleor_mailflow.messages.mail import Accepted
from saleor_mailflow.messages.outcome import give_up_on_the_dead
from saleor_mailflow.models import Message, Purchase, Suppression
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db


def claimed(people: int, **settings: str) -> tuple[World, GateRoom, list[Rendered]]:
    """Return a world in which so many mails are claimed, through the gate and rendered."""
    world = World.begin(**settings)
    for number in range(people):
        world.people.checkout(START, email=f"person{number}@example.com")
    world.out.fail(TryLater("Connection refused.", connection_lost=True))
    world.after(hours=1)
    Message.objects.update(due_at=world.now)
    shop_settings = settings_of(world.shop)
    room = GateRoom(
        shop_id=world.shop.pk,
        now=world.now,
        gateway=world.people,
        settings=shop_settings,
        shop=shop_facts(world.shop, shop_settings, world.people),
    )
    ready, _ = claim(room)
    assert len(ready) == people
    composer = Composer(world.shop.pk, shop_settings, world.now)
    return world, room, [(one, composer.compose(one)) for one in ready]


def unsubscribe(world: World, one: Ready) -> None:
    """Put the row there and no more: as a write would that nobody else's code took part in."""
    key, email = suppression_key(world.shop.pk), one.message.contact.email
    Suppression.objects.create(
        shop=world.shop, email_hash=email_hash(key, email), reason=Suppression.Reason.UNSUBSCRIBED, at=world.now
    )


def buy(world: World, one: Ready, *, with_this_cart: bool) -> None:
    basket = one.message.enrollment.basket
    assert basket is not None
    Purchase.objects.create(
        shop=world.shop,
        order_id="1",
        token=basket.token if with_this_cart else "",
        email="" if with_this_cart else one.message.contact.email,
        channel=basket.channel,
        currency="USD",
        status="UNFULFILLED",
        created_at=world.now,
        updated_at=world.now,
        learned_at=world.now,
    )


@pytest.mark.parametrize("deed", ["unsubscribes", "buys this cart", "buys something else"])
def test_whoever_did_it_a_moment_ago_gets_no_mail_though_the_gate_had_let_it_pass(deed: str) -> None:
    world, _, rendered = claimed(3)
    one = rendered[1][0]
    if deed == "unsubscribes":
        unsubscribe(world, one)
    else:
        buy(world, one, with_this_cart=deed == "buys this cart")
    leaving = Ledger(world.shop.pk, world.now).intend(rendered)
    assert [left.message.id for left, _ in leaving] == [rendered[0][0].message.id, rendered[2][0].message.id]
    assert Message.objects.get(pk=one.message.id).state == "claimed"


def test_an_old_purchase_keeps_nobody_from_their_mail() -> None:
    world, _, rendered = claimed(1)
    buy(world, rendered[0][0], with_this_cart=False)
    Purchase.objects.update(created_at=START - timedelta(days=1))
    assert len(Ledger(world.shop.pk, world.now).intend(rendered)) == 1


def test_an_outcome_and_the_next_intent_are_one_commit() -> None:
    world, _, rendered = claimed(2)
    ledger = Ledger(world.shop.pk, world.now)
    first, second = rendered
    ledger.intend([first])
    ledger.accepted(*first, Accepted(provider="console", message_id="7"))
    assert Message.objects.get(pk=first[0].message.id).state == "sending"
    with CaptureQueriesContext(connection) as captured:
        ledger.intend([second])
    assert len(captured) == 1
    kept = Message.objects.get(pk=first[0].message.id)
    assert (kept.state, kept.provider_message_id, kept.html) == ("accepted", "7", first[1].html)
    assert Message.objects.get(pk=second[0].message.id).state == "sending"


def test_what_another_worker_is_at_keeps_its_word() -> None:
    world, _, rendered = claimed(1)
    ledger = Ledger(world.shop.pk, world.now)
    ledger.intend(rendered)
    Message.objects.update(fence=99)
    ledger.accepted(*rendered[0], Accepted(provider="console", message_id="7"))
    ledger.settle()
    assert Message.objects.get().state == "sending"


def test_a_yes_that_came_after_the_lease_ran_out_is_the_providers_word_as_any_other() -> None:
    world, _, rendered = claimed(1)
    ledger = Ledger(world.shop.pk, world.now)
    ledger.intend(rendered)
    Message.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert give_up_on_the_dead(world.shop.pk, world.now) == 1
    ledger.accepted(*rendered[0], Accepted(provider="console", message_id="7"))
    ledger.settle()
    kept = Message.objects.get()
    assert (kept.state, kept.provider_message_id, kept.detail["settled"]) == ("accepted", "7", "provider")


def test_an_acceptance_whose_commit_failed_is_written_by_the_next_one() -> None:
    """Such as in a deadlock, or for want of disk: the provider said yes, and nobody will say so again."""
    world, _, rendered = claimed(2)
    ledger = Ledger(world.shop.pk, world.now)
    ledger.intend(rendered[:1])
    ledger.accepted(*rendered[0], Accepted(provider="console", message_id="7"))

    def fail_over() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            ledger.intend(rendered[1:])

    with pytest.raises(DatabaseError, match="read-only"):
        fail_over()
    ledger.settle()
    assert list(Message.objects.order_by("due_at", "id").values_list("state", flat=True)) == ["accepted", "claimed"]


def test_an_acceptance_does_not_wait_long_for_the_next_intent(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _, rendered = claimed(2)
    monkeypatch.setattr(ledger_module, "SETTLE_SECONDS", -1.0)
    ledger = Ledger(world.shop.pk, world.now)
    ledger.intend(rendered)
    ledger.accepted(*rendered[0], Accepted(provider="console", message_id="7"))
    assert Message.objects.get(pk=rendered[0][0].message.id).state == "accepted"


@pytest.mark.parametrize("mode", ["careful", "fast"])
def test_a_worker_that_is_stopped_in_a_batch_writes_down_what_was_accepted(mode: str) -> None:
    world, _, rendered = claimed(5, sending_mode=mode)
    Message.objects.update(state="planned", crashes=0)
    in_turn = [mail.to_email for _, mail in rendered]
    world.out.fail(KeyboardInterrupt(), to=in_turn[3])  # type: ignore[arg-type]  # somebody pressed Ctrl-C
    with pytest.raises(KeyboardInterrupt):
        world.tick()
    states = dict(Message.objects.values_list("contact__email", "state"))
    left_over = "claimed" if mode == "careful" else "planned"
    assert [states[email] for email in in_turn] == ["accepted"] * 3 + ["sending", left_over]
