"""A mail sent once more by hand: who must not get it whatever is pressed, then that it comes once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from saleor_mailflow.audience.suppression import suppress
from saleor_mailflow.flows.resend import KEY, MOST, Again, send_again, times_sent_again
from saleor_mailflow.models import AuditEntry, Enrollment, FlowVersion, Message, Suppression
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = World.begin()
    world.people.checkout(START)
    return world.after(hours=2)


def first(world: World) -> Message:
    return Message.objects.get(shop=world.shop, step="reminder")


def again(world: World, uuid: UUID | None = None, nth: int = 1) -> Again:
    return send_again(world.shop, uuid or first(world).uuid, nth=nth, actor="staff:7", at=world.now)


def resent(world: World) -> list[tuple[str, str]]:
    rows = Message.objects.filter(shop=world.shop, flow_key=KEY).order_by("id")
    return [(row.state, row.reason) for row in rows]


def test_who_bought_since_gets_nothing_whatever_is_pressed(world: World) -> None:
    world.people.order(world.now, email="anna@example.com")
    again(world)
    world.after(minutes=10)
    assert "accepted" not in [state for state, _ in resent(world)]
    assert len(world.mails) == 1
    assert Enrollment.objects.get(flow__key=KEY).exit_reason == "ordered"


def test_who_unsubscribed_since_gets_nothing(world: World) -> None:
    suppress(
        shop_id=world.shop.pk,
        email="anna@example.com",
        reason=Suppression.Reason.UNSUBSCRIBED,
        at=world.now,
        detail="",
    )
    again(world)
    world.after(minutes=10)
    assert len(world.mails) == 1
    assert Enrollment.objects.get(flow__key=KEY).exit_reason == "unsubscribed"


def test_one_press_is_one_mail(world: World) -> None:
    assert again(world).begun
    assert not again(world).begun
    world.after(minutes=10)
    assert not again(world).begun, "the page of a while ago, loaded anew"
    world.after(minutes=10)
    assert resent(world) == [("accepted", "")]


def test_there_is_an_end_to_it(world: World) -> None:
    for nth in range(1, MOST + 1):
        assert again(world, nth=nth).begun
        assert not again(world, nth=nth + 1).begun, "one at a time"
        world.after(minutes=10)
    assert not again(world, nth=MOST + 1).begun


def test_what_the_gate_refused_and_what_was_sent_again_are_not_sent_again(world: World) -> None:
    again(world)
    world.after(minutes=10)
    (second,) = Message.objects.filter(flow_key=KEY)
    assert not again(world, second.uuid).begun
    Message.objects.filter(pk=second.pk).update(state=Message.State.BLOCKED, reason="no_consent")
    assert not again(world, second.uuid).begun
    assert not again(world, uuid4()).begun


def test_it_is_the_same_mail_made_anew_and_the_first_one_stays_as_it_was(world: World) -> None:
    before = Message.objects.filter(pk=first(world).pk).values().get()
    assert again(world).begun
    world.after(minutes=10)
    assert Message.objects.filter(pk=before["id"]).values().get() == before
    one, two = world.mails
    assert (two.to_email, two.subject) == (one.to_email, one.subject)
    assert two.uuid != one.uuid
    message = Message.objects.get(flow_key=KEY)
    assert (message.template, message.purpose, message.topic) == tuple(
        before[k] for k in ("template", "purpose", "topic")
    )
    assert message.enrollment.basket_id == first(world).enrollment.basket_id
    assert not message.promotional
    assert AuditEntry.objects.get(action="message.sent_again").actor == "staff:7"
    assert times_sent_again([first(world).uuid]) == {first(world).uuid: 1}


def test_the_flow_goes_on_as_if_nothing_had_been(world: World) -> None:
    again(world)
    world.after(days=2)
    assert [step for _, step, _ in world.sent()] == ["reminder", "again", "last_call"]


def test_a_template_has_one_version_however_often_it_is_sent_again(world: World) -> None:
    again(world)
    world.people.checkout(world.now, email="bert@example.com")
    world.after(hours=2)
    (other,) = Message.objects.filter(step="reminder").exclude(pk=first_of(world).pk)
    assert again(world, other.uuid).begun
    assert FlowVersion.objects.filter(flow_key=KEY).count() == 1


def first_of(world: World) -> Message:
    return Message.objects.filter(shop=world.shop, step="reminder").earliest("id")


def test_it_is_late_after_a_day(world: World) -> None:
    again(world)
    message_due = Enrollment.objects.get(flow__key=KEY).due_at
    assert message_due == world.now
    world.now += timedelta(days=2)
    world.tick()
    assert resent(world) in ([("missed", "late")], [])
