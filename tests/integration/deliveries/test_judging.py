"""People and machines at our links: first what never counts as a person's, and what is taken back."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from saleor_mailflow.audience.machines import AROUND, LINKS, RECIPIENTS, STALL, TRAP
from saleor_mailflow.models import DeliveryEvent, Message
from saleor_mailflow.process.deliveries import process_deliveries
from saleor_mailflow.process.judging import judge, judge_anew
from tests.integration.deliveries.conftest import NOW, Make, Told

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
LATER = NOW + STALL + AROUND


@pytest.fixture
def shop(told: Make) -> Told:
    return told("postmark")


def touched(
    message: Message, at: datetime = NOW, *, kind: str = "clicked", link: int | None = 0, heard: datetime | None = None,
    agent: str = "browser", network: str = "home", source: str = "ours", **more: Any,
) -> DeliveryEvent:  # fmt: skip
    """Somebody or something at a link of a message, from a browser at home where nothing else is said."""
    detail = {name: value for name, value in {"agent": agent, "network": network}.items() if value}
    return DeliveryEvent.objects.create(
        shop_id=message.shop_id, message=message, contact_id=message.contact_id, kind=kind, source=source,
        key=uuid.uuid4().hex, at=at, received_at=heard or at, link=link, detail=detail, **more,
    )  # fmt: skip


def go(shop: Told, now: datetime = LATER) -> None:
    judge(shop.shop, now=now)
    process_deliveries(shop.shop, now=now)


def state(message: Message) -> tuple[str, datetime | None, datetime | None]:
    message.refresh_from_db()
    return message.delivery, message.opened_at, message.clicked_at


ARRIVED = ("delivered", None, None)


# What never counts as a person's.


def test_nothing_counts_before_its_time(shop: Told) -> None:
    message = shop.message("anna@example.com")
    touched(message)
    go(shop, NOW + STALL - SECOND)
    assert state(message) == ARRIVED
    go(shop, NOW + STALL)
    assert state(message) == ("clicked", None, NOW)


def test_what_follows_the_invisible_link_is_no_person(shop: Told) -> None:
    message = shop.message("anna@example.com")
    touched(message, NOW)
    touched(message, NOW + 20 * SECOND, link=TRAP)
    go(shop)
    assert state(message) == ARRIVED


def test_a_click_at_the_moment_of_delivery_is_no_person_s_whoever_told_of_it_first(shop: Told) -> None:
    message = shop.message("anna@example.com")
    touched(message, NOW + SECOND)
    DeliveryEvent.objects.create(
        shop=shop.shop, message=message, contact_id=message.contact_id, kind="delivered", source="provider",
        provider="postmark", key="d", at=NOW, received_at=NOW + 30 * SECOND,
    )  # fmt: skip
    go(shop)
    assert state(message) == ("delivered", None, None)
    assert DeliveryEvent.objects.get(kind="clicked").detail["signs"] == ["at once"]


def test_every_link_in_a_row_is_no_person_s(shop: Told) -> None:
    message = shop.message("anna@example.com")
    for number in range(LINKS):
        touched(message, NOW + number * SECOND, link=number)
    go(shop)
    assert state(message) == ARRIVED


def test_a_gateway_that_reads_everybody_s_mail_is_no_person(shop: Told) -> None:
    messages = [shop.message(f"p{number}@firm.example") for number in range(RECIPIENTS + 1)]
    for number, message in enumerate(messages):
        touched(message, NOW + number * SECOND, network="gateway")
    go(shop)
    assert {state(message) for message in messages} == {ARRIVED}


@pytest.mark.parametrize(("agent", "wanted"), [("apple", ARRIVED), ("proxy", ("opened", NOW, None))])
def test_apple_opens_for_nobody_and_gmail_for_whoever_reads(shop: Told, agent: str, wanted: object) -> None:
    message = shop.message("anna@example.com")
    touched(message, kind="opened", link=None, agent=agent)
    go(shop)
    assert state(message) == wanted


def test_a_provider_s_clicks_go_through_the_same_mill(shop: Told) -> None:
    hasty, calm, robot = (shop.message(f"{name}@example.com") for name in ("hasty", "calm", "robot"))
    for number in range(LINKS):
        touched(hasty, NOW + number * SECOND, link=number, source="provider", agent="", network="")
    touched(calm, source="provider", agent="", network="", link=None)
    touched(robot, source="provider", agent="browser", by_machine=True)
    go(shop)
    assert [state(one) for one in (hasty, calm, robot)] == [ARRIVED, ("clicked", None, NOW), ARRIVED]
    # The provider's own word stays its word.
    assert "signs" not in DeliveryEvent.objects.get(message=robot).detail


# What is taken back, and comes to the same whatever the order.


def test_a_click_that_turns_out_to_be_one_of_many_is_taken_back(shop: Told) -> None:
    message = shop.message("anna@example.com")
    touched(message, NOW)
    go(shop)
    assert state(message)[0] == "clicked"
    # The others were heard of an hour later, as a provider tells in posts of its own.
    for number in range(1, LINKS):
        touched(message, NOW + number * SECOND, link=number, heard=NOW + timedelta(hours=1))
    go(shop, LATER + timedelta(hours=1))
    assert state(message) == ARRIVED


def test_what_a_person_did_elsewhere_stays_when_a_machine_s_is_taken_back(shop: Told) -> None:
    message = shop.message("anna@example.com")
    noon, later = NOW + timedelta(minutes=10), NOW + timedelta(minutes=40)
    touched(message, NOW, kind="opened", link=None)
    touched(message, noon)
    touched(message, later)
    go(shop, LATER + timedelta(hours=1))
    assert state(message) == ("clicked", NOW, noon)
    touched(message, noon + SECOND, link=TRAP, heard=LATER + timedelta(hours=1))
    go(shop, LATER + timedelta(hours=3))
    assert state(message) == ("clicked", NOW, later)


def test_a_complaint_is_not_taken_back_with_a_click(shop: Told) -> None:
    message = shop.message("anna@example.com")
    touched(message)
    go(shop)
    Message.objects.update(delivery="complained")
    touched(message, NOW + SECOND, link=TRAP, heard=LATER)
    go(shop, LATER + timedelta(hours=1))
    assert state(message) == ("complained", None, None)


def test_any_order_ends_in_the_state_of_the_sorted_one(shop: Told) -> None:
    luck = random.Random(60)
    people = [shop.message(f"p{number}@example.com") for number in range(30)]
    events = []
    for message in people:
        for _ in range(luck.randint(1, 6)):
            at = NOW + luck.randrange(300) * SECOND
            link = luck.choice([0, 1, 2, 3, TRAP if luck.random() < 0.1 else 0])
            network = luck.choice(["gateway", f"home {message.pk}"])
            agent = luck.choice(["browser", "browser", "proxy", ""])
            told_once = {"message": message, "at": at, "link": link, "network": network, "agent": agent}
            events.append({**told_once, "key": uuid.uuid4().hex})

    def told(order: list[Any], parts: int) -> list[Any]:
        DeliveryEvent.objects.all().delete()
        Message.objects.update(delivery="", opened_at=None, clicked_at=None, delivered_at=None)
        for part in range(parts):
            heard = NOW + timedelta(hours=part)
            for one in order[part::parts]:
                detail = {name: one[name] for name in ("agent", "network") if one[name]}
                DeliveryEvent.objects.create(
                    shop=shop.shop, message=one["message"], contact_id=one["message"].contact_id, kind="clicked",
                    source="ours", key=one["key"], at=one["at"], received_at=heard, link=one["link"], detail=detail,
                )  # fmt: skip
            go(shop, heard + LATER_BY)
        return [state(message) for message in people]

    wanted = told(sorted(events, key=lambda one: one["at"]), 1)
    assert len(set(wanted)) > 5
    assert any(delivery == "delivered" for delivery, *_ in wanted)
    for parts in (2, 3, 5):
        luck.shuffle(events)
        assert told(events, parts) == wanted


LATER_BY = STALL + timedelta(minutes=10)


def test_deciding_anew_comes_to_the_same_and_mends_what_was_wrong(shop: Told) -> None:
    person, machine = shop.message("anna@example.com"), shop.message("robot@example.com")
    touched(person)
    touched(machine, agent="", network="else")
    go(shop)
    wanted = [state(person), state(machine)]
    assert wanted == [("clicked", None, NOW), ARRIVED]
    DeliveryEvent.objects.filter(message=machine).update(by_machine=False, processed_at=None)
    process_deliveries(shop.shop, now=LATER)
    assert state(machine)[0] == "clicked"
    for _ in range(2):
        assert judge_anew(shop.shop, since=NOW, now=LATER) == 2
        process_deliveries(shop.shop, now=LATER)
        assert [state(person), state(machine)] == wanted


# What it costs.


def test_a_batch_is_decided_in_a_fixed_number_of_queries(shop: Told, django_assert_num_queries: Any) -> None:
    messages = [shop.message(f"p{number}@example.com") for number in range(60)]
    touched(messages[0], network="one")
    touched(messages[0], link=TRAP, network="one")
    # What is undecided, what stands around it, locked, written, whose click it was believed; and a savepoint's two.
    with django_assert_num_queries(7) as one:
        assert judge(shop.shop, now=LATER) == 2
    for message in messages[1:]:
        touched(message, network=f"{message.pk}")
        touched(message, link=TRAP, network=f"{message.pk}")
    with django_assert_num_queries(len(one)):
        assert judge(shop.shop, now=LATER) == 118
    with django_assert_num_queries(3):
        assert judge(shop.shop, now=LATER) == 0


def test_what_is_around_is_found_by_indexes(shop: Told) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM mailflow_deliveryevent WHERE shop_id = 1 AND (detail ->> 'network') = 'x' "
            "AND source = 'ours' AND kind IN ('opened', 'clicked') AND at > now()"
        )
        assert "mailflow_delivery_network" in str(cursor.fetchall())
        cursor.execute(
            "EXPLAIN SELECT id FROM mailflow_deliveryevent WHERE shop_id = 1 AND by_machine IS NULL "
            "AND kind IN ('opened', 'clicked') AND received_at < now() ORDER BY received_at, id LIMIT 500"
        )
        assert "mailflow_delivery_undecided" in str(cursor.fetchall())
