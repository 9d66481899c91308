"""The machine under all flows: what steps do with people, what they wait for, and that it is done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.definition import Flow, Purpose, Reentry
from saleor_mailflow.flows.entering import Crossing, begin, enter
from saleor_mailflow.flows.publish import publish
from saleor_mailflow.flows.steps import Branch, Coupon, Notify, Score, Send, StartFlow, Step, Tag, Wait, WaitFor
from saleor_mailflow.flows.triggers import Happened, IdleBasket, Manual
from saleor_mailflow.models import (
    Contact,
    ContactTag,
    Enrollment,
    Message,
    Notice,
    NoticeTarget,
    Occasion,
    Offer,
    Refusal,
    StepRun,
)
from saleor_mailflow.models import Coupon as CouponRow
from saleor_mailflow.models import Flow as FlowRow
from saleor_mailflow.testing.world import START, World
from tests.integration.flows.conftest import AT_HOME

ANNA = "anna@example.com"
DAY = timedelta(days=1)
LATE = timedelta(days=3)


def flow(key: str, *steps: Step, **more: Any) -> Flow:
    given: dict[str, Any] = {"trigger": Happened(event="order.confirmed"), "once_per": timedelta(0), **more}
    return Flow(
        key=key, name=key, description="For tests.", purpose=Purpose.MARKETING, prompt=True, steps=steps, **given
    )


def on(world: World, definition: Flow) -> FlowRow:
    """Publish a flow and switch it on, an hour ago."""
    publish(world.shop, definition, at=world.now)
    row = FlowRow.objects.select_related("version").get(shop=world.shop, key=definition.key)
    row.mode, row.enabled_at = FlowRow.Mode.LIVE, world.now - timedelta(hours=1)
    row.save()
    return row


def test_what_actions_do_is_done_once_and_written_down(world: World) -> None:
    NoticeTarget.objects.create(shop=world.shop, key="crm", url="https://crm.example/", secret="enc:x")
    on(world, flow("second", Send(id="hi", template="win_back/hello_again", lateness=LATE), trigger=Manual()))
    on(
        world,
        flow(
            "first",
            Tag(id="mark", add=("buyer", "new"), remove=("lead",)),
            Score(id="points", points=5),
            Score(id="more", points=-2),
            Coupon(id="gift", offer="nobody_set_this_up"),
            Notify(id="tell", target="crm"),
            Notify(id="tell_nobody", target="erp"),
            StartFlow(id="on", flow="second"),
            StartFlow(id="nowhere", flow="third"),
        ),
    )
    world.people.order(START, email=ANNA, **AT_HOME)
    world.after(hours=1)
    contact = Contact.objects.get(email=ANNA)
    assert set(ContactTag.objects.values_list("tag", flat=True)) == {"buyer", "new"}
    assert contact.score == 3
    assert CouponRow.objects.get().state == "none"
    assert Notice.objects.get().target == "crm"
    assert [(email, step) for email, step, _ in world.sent()] == [(ANNA, "hi")]
    said = dict(StepRun.objects.filter(enrollment__flow__key="first").values_list("step", "outcome"))
    assert said["tell_nobody"] == "no_target"
    assert StepRun.objects.get(step="nowhere").detail["reason"] == "There is no flow 'third'."
    assert set(Occasion.objects.filter(kind="tag.added").values_list("of", flat=True)) == {"buyer", "new"}
    world.after(days=2)
    assert Contact.objects.get(email=ANNA).score == 3


def test_a_tag_that_is_set_begins_the_flow_that_waits_for_it(world: World) -> None:
    on(
        world,
        flow(
            "tagged",
            Send(id="hi", template="win_back/hello_again", lateness=LATE),
            trigger=Happened(event="tag.added", of="buyer"),
        ),
    )
    on(
        world,
        flow("tagger", Tag(id="other", add=("lead",)), Wait(id="day", duration=DAY), Tag(id="mark", add=("buyer",))),
    )
    world.people.order(START, email=ANNA, **AT_HOME)
    world.after(hours=12)
    assert not world.mails, "another tag is not the one"
    world.after(days=2)
    assert len(world.mails) == 1


def test_a_branch_sees_what_an_action_before_it_has_just_done(world: World) -> None:
    on(
        world,
        flow(
            "marked",
            Tag(id="mark", add=("buyer",)),
            Branch(
                id="is_marked",
                when=Ask(fact="contact.tags", op="has", value="buyer"),
                then=(Send(id="yes", template="win_back/hello_again", lateness=LATE),),
                otherwise=(Send(id="no", template="win_back/offer", lateness=LATE),),
            ),
        ),
    )
    world.people.order(START, email=ANNA, **AT_HOME)
    world.after(hours=1)
    assert [step for _, step, _ in world.sent()] == ["yes"]


def test_a_click_in_this_flows_mail_is_waited_for_and_another_mails_click_is_not_it(world: World) -> None:
    steps = (
        Send(id="hi", template="win_back/hello_again", lateness=LATE),
        WaitFor(
            id="clicked",
            event="mail.clicked",
            of="hi",
            timeout=2 * DAY,
            then=(Tag(id="warm", add=("warm",)),),
            otherwise=(Tag(id="cold", add=("cold",)),),
        ),
    )
    on(world, flow("one", *steps))
    on(world, flow("two", *steps))
    world.people.order(START, email=ANNA, **AT_HOME)
    world.after(hours=1)
    message = Message.objects.get(enrollment__flow__key="one")
    contact = message.contact
    Message.objects.filter(pk=message.pk).update(clicked_at=world.now)
    from saleor_mailflow.audience.occasions import note_mails
    from saleor_mailflow.flows.wake import wake

    wake(world.now, contact_ids=note_mails([message.pk], learned_at=world.now))
    world.after(hours=1)
    assert set(ContactTag.objects.filter(contact=contact).values_list("tag", "source")) == {("warm", "one")}
    world.after(days=3)
    assert set(ContactTag.objects.filter(contact=contact).values_list("tag", "source")) == {
        ("warm", "one"),
        ("cold", "two"),
    }


def test_a_flow_out_of_season_takes_nobody_in(world: World) -> None:
    send = Send(id="hi", template="win_back/hello_again", lateness=LATE)
    on(world, flow("later", send, valid_from=(START + 5 * DAY).date(), valid_until=(START + 6 * DAY).date()))
    world.people.order(START, email=ANNA, **AT_HOME)
    world.after(days=5)
    assert world.refusals() == ["out_of_season"]
    world.people.order(world.now, email="bert@example.com", **AT_HOME)
    world.after(hours=1)
    assert [email for email, _, _ in world.sent()] == ["bert@example.com"]


def test_a_channel_that_is_off_takes_nobody_in_and_another_one_does(world: World) -> None:
    row = on(world, flow("some", Send(id="hi", template="win_back/hello_again", lateness=LATE)))
    FlowRow.objects.filter(pk=row.pk).update(channels={"default-channel": "off"})
    world.people.order(START, email=ANNA, **AT_HOME)
    world.people.order(START, email="bert@example.com", channel="channel-pln", **AT_HOME)
    world.after(hours=1)
    assert [email for email, _, _ in world.sent()] == ["bert@example.com"]
    assert Refusal.objects.get().reason == "channel_off"


def test_two_flows_may_begin_with_one_cart(world: World) -> None:
    for key, hours in (("soon", 1), ("later", 5)):
        send = Send(
            id=key, template=f"abandoned_checkout/{'reminder' if key == 'soon' else 'last_call'}", lateness=LATE
        )
        on(world, flow(key, send, trigger=IdleBasket(after=timedelta(hours=hours)), once_per=7 * DAY))
    world.people.checkout(START, email=ANNA)
    world.after(hours=2)
    assert [step for _, step, _ in world.sent()] == ["soon"]
    world.after(hours=8)
    assert [step for _, step, _ in world.sent()] == ["soon", "later"]
    world.after(days=1)
    assert len(world.mails) == 2


def test_somebody_is_let_in_by_hand_once_and_told_why_not_again(world: World) -> None:
    on(world, flow("manual", Wait(id="day", duration=DAY), trigger=Manual(), reentry=Reentry.NEVER))
    contact = Contact.objects.create(shop=world.shop, email=ANNA, first_seen_at=START, updated_at=START)

    def ask(key: str = "manual") -> str:
        return begin(world.shop.pk, key, contact.pk, key="by hand", now=world.now, gateway=world.people)

    assert ask() == ""
    assert ask() == "They are in this flow already."
    assert ask("nothing") == "There is no flow 'nothing'."
    FlowRow.objects.filter(key="manual").update(mode="off")
    assert ask() == "The flow is switched off."


@pytest.mark.django_db(transaction=True)
def test_many_crossings_of_one_person_at_once_are_one_entry(transactional_db: None) -> None:
    world = World.begin(mode="off", lawful_basis={"*": "none"})
    definition = flow("rush", Wait(id="day", duration=DAY), once_per=7 * DAY)
    row = on(world, definition)
    contact = Contact.objects.create(shop=world.shop, email=ANNA, first_seen_at=START, updated_at=START)
    errors: list[BaseException] = []

    def cross(number: int) -> None:
        try:
            crossings = [
                Crossing(contact_id=contact.pk, key=f"order:{number}:{one}", at=START, channel="default-channel")
                for one in range(10)
            ]
            enter(row, definition, crossings, now=START, gateway=world.people)
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=cross, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert Enrollment.objects.count() == 1
    assert Refusal.objects.filter(reason="recent").count() == 99


def test_entering_takes_a_fixed_number_of_queries(world: World, django_assert_max_num_queries: Any) -> None:
    definition = flow("many", Wait(id="day", duration=DAY), filter=Ask(fact="contact.orders", op="less_than", value=5))
    row = on(world, definition)
    counts = []
    for size in (2, 40):
        people = Contact.objects.bulk_create(
            [
                Contact(shop=world.shop, email=f"p{size}-{n}@example.com", first_seen_at=START, updated_at=START)
                for n in range(size)
            ]
        )
        crossings = [Crossing(contact_id=one.pk, key=f"x:{one.pk}", at=START) for one in people]
        with django_assert_max_num_queries(20) as seen:
            assert enter(row, definition, crossings, now=START, gateway=world.people) == size
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_one_offer_of_the_post_purchase_lane(world: World) -> None:
    """Two flows about one order both want to give a code: one does, and the other says why not."""
    voucher = world.people.voucher("Ten off", value="10")
    Offer.objects.create(shop=world.shop, key="gift", name="Gift", vouchers=[voucher])
    for key in ("thanks", "goes"):
        on(world, flow(key, Coupon(id="code", offer="gift"), lane="post_purchase"))
    world.people.order(START, email=ANNA, **AT_HOME)
    world.after(hours=1)
    states = sorted(CouponRow.objects.values_list("state", flat=True))
    assert states == ["none", "reserved"]
