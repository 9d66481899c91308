"""What conditions are told of people inside flows: first what must not count, and that a crowd asks no more queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_mailflow.audience import segment_book
from saleor_mailflow.audience.condition_facts import Person, learn
from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.flows.fact_table import FACTS, OPERATORS, FactKind
from saleor_mailflow.models import Contact, ContactTag, Coupon, DeliveryEvent, Enrollment, Message
from tests.integration.audience.people import DAY, NOW, People

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_the_ledger]

_OF = {"step": "guide", "step and address": "guide sale", "currency": "EUR", "attribute": "colour"}


@pytest.fixture
def people() -> People:
    return People()


def ask(fact: str, of: str = "") -> Ask:
    kind = FACTS[fact].kind
    value = {FactKind.TEXT: "x", FactKind.SET: "x", FactKind.FLAG: None}.get(kind, 1)
    return Ask(fact=fact, op=OPERATORS[kind][0], value=value, of=of or _OF.get(FACTS[fact].of, ""))


EVERY = frozenset(ask(fact) for fact in FACTS)


def at(inside: Enrollment, **more: object) -> Person:
    fields = {
        "enrollment_id": inside.pk,
        "contact_id": inside.contact_id,
        "basket_id": inside.basket_id,
        "purchase_id": inside.purchase_id,
        "entered_at": inside.entered_at,
        **more,
    }
    return Person(**fields)  # type: ignore[arg-type]  # the fields are those of Person, by name


def told(people: People, inside: Enrollment, *asks: Ask) -> Mapping[str, object]:
    return learn(people.shop.pk, frozenset(asks), [at(inside)], NOW)[inside.pk]


def test_every_fact_there_is_can_be_asked_and_of_nobody_in_particular_little_is_known(people: People) -> None:
    anna = people.person(known=3)
    found = told(people, people.inside(anna), *EVERY)
    assert {name: value for name, value in found.items() if value} == {"contact.known_since": anna.first_seen_at}
    # Nothing reckoned yet is nothing bought, which is known.
    assert (found["contact.orders"], found["contact.spent:EUR"], found["contact.score"]) == (0, 0, 0)
    assert found["contact.lifecycle"] is None


def test_a_crowd_takes_as_many_queries_as_one(people: People) -> None:
    counts = []
    for crowd in (1, 25):
        everybody = []
        for _ in range(crowd):
            anna = people.person()
            inside = people.inside(anna, basket=people.basket(anna, 2), purchase=people.order(anna, 3))
            people.mail(inside, "guide")
            everybody.append(at(inside))
        with CaptureQueriesContext(connection) as captured:
            assert len(learn(people.shop.pk, EVERY, everybody, NOW)) == crowd
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
    with CaptureQueriesContext(connection) as captured:
        assert learn(people.shop.pk, frozenset({ask("contact.orders")}), everybody, NOW)
        assert learn(people.shop.pk, EVERY, [], NOW) == {}
        assert learn(people.shop.pk, frozenset(), everybody, NOW)
    assert len(captured) == 1


def test_what_is_known_of_a_person(people: People) -> None:
    anna = people.person(
        language="de", country="DE", gender="female", birthday=date(2000, 11, 21), score=4, user_ref="u",
        attributes={"colour": "blue"},
    )  # fmt: skip
    people.order(anna, 10, 40, products=("p1",))
    people.order(anna, 5, 10, status="CANCELED", products=("p2",))
    people.says(anna, "granted", 4)
    ContactTag.objects.create(contact=anna, tag="gold", at=NOW)
    people.reckon()
    found = told(people, people.inside(anna), *(one for one in EVERY if one.fact.startswith("contact.")))
    expected = {
        "contact.language": "de",
        # 26 tomorrow.
        "contact.age": 25,
        "contact.birthday": date(2000, 11, 21),
        "contact.has_account": True,
        "contact.subscribed": True,
        "contact.tags": {"gold"},
        "contact.attribute:colour": "blue",
        "contact.lifecycle": "customer",
        "contact.orders": 1,
        "contact.spent:EUR": Decimal(40),
        "contact.products": {"p1"},
        "contact.categories": {"of-p1"},
        "contact.channel": "c",
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("how", ["said no since", "ran out", "nothing"])
def test_who_is_not_subscribed(people: People, how: str) -> None:
    anna = people.person()
    if how != "nothing":
        people.says(anna, "granted", 4, expires_at=NOW - DAY if how == "ran out" else None)
    if how == "said no since":
        people.says(anna, "withdrawn", 4)
    assert not told(people, people.inside(anna), ask("contact.subscribed"))["contact.subscribed"]


def test_segments_are_as_they_are_now(people: People) -> None:
    anna = people.person(country="DE")
    german = Ask(fact="contact.country", op="is", value="DE")
    segment_book.save(people.shop, "german", name="", condition=german, at=NOW, actor="staff:1")
    both = [Ask(fact="contact.segment", op="has", value=key) for key in ("german", "gone")]
    inside = people.inside(anna)
    assert told(people, inside, *both) == {"contact.segment": {"german"}}
    Contact.objects.update(country="FR")
    assert told(people, inside, *both) == {"contact.segment": set()}


def test_money_in_another_currency_is_not_known(people: People) -> None:
    anna = people.person()
    basket, order = people.basket(anna, 2, total=70, currency="PLN"), people.order(anna, 3, 80)
    inside = people.inside(anna, basket=basket, purchase=order)
    asks = [ask(fact, of) for fact in ("basket.total", "order.total") for of in ("EUR", "PLN")]
    assert told(people, inside, *asks) == {
        "basket.total:EUR": None,
        "basket.total:PLN": 70,
        "order.total:EUR": 80,
        "order.total:PLN": None,
    }


def test_the_cart_and_the_order_that_the_flow_is_about(people: People) -> None:
    anna = people.person()
    cancelled = people.order(anna, 9, status="CANCELED")
    first = people.order(anna, 8, products=("p1", "p2"), paid=True, voucher_code="X")
    second = people.order(anna, 7)
    basket = people.basket(
        anna, 2, line_count=2, lines=[{"product_ref": "p1"}, {"product_ref": "p1"}, {"product_ref": ""}]
    )
    inside = people.inside(anna, basket=basket, purchase=first)
    found = told(people, inside, *(one for one in EVERY if one.fact.partition(".")[0] in {"basket", "order"}))
    assert found["basket.products"] == {"p1"}
    assert (found["basket.lines"], found["basket.voucher"], found["basket.channel"]) == (2, False, "c")
    assert found["order.products"] == {"p1", "p2"}
    assert (found["order.lines"], found["order.first"], found["order.voucher"]) == (2, True, True)
    assert (found["order.status"], found["order.paid"]) == ("FULFILLED", True)
    for order, is_first in ((second, False), (cancelled, True)):
        inside.purchase = order
        assert told(people, inside, ask("order.first"))["order.first"] is is_first


def test_the_order_that_began_it_a_cancelled_one_and_an_empty_cart_are_nothing_since(people: People) -> None:
    anna = people.person()
    order = people.order(anna, 5)
    inside = people.inside(anna, 5, purchase=order)
    people.order(anna, 4, status="CANCELED")
    people.basket(anna, 4)
    people.basket(anna, 6, line_count=2)
    asks = [ask("since.ordered"), ask("since.active")]
    assert told(people, inside, *asks) == {"since.ordered": False, "since.active": False}
    people.order(anna, 3)
    people.basket(anna, 4, line_count=2)
    assert told(people, inside, *asks) == {"since.ordered": True, "since.active": True}


@pytest.mark.parametrize(
    ("state", "minted", "used"),
    [("reserved", False, False), ("none", False, False), ("reaped", False, False), ("minted", True, False),
     ("given", True, False), ("used", True, True)],
)  # fmt: skip
def test_codes(people: People, state: str, minted: bool, used: bool) -> None:
    anna = people.person()
    inside, other = people.inside(anna), people.inside(anna)
    Coupon.objects.create(
        shop=people.shop, enrollment=inside, contact=anna, step="s", offer_key="o", state=state, reserved_at=NOW
    )
    asks = [ask("coupon.minted"), ask("coupon.used"), ask("coupon.used_days")]
    found = told(people, inside, *asks)
    assert (found["coupon.minted"], found["coupon.used"], found["coupon.used_days"]) == (minted, used, None)
    assert not told(people, other, *asks)["coupon.minted"]
    order = people.order(anna, 3, voucher_code="ANY")
    assert told(people, other, *asks)["coupon.used_days"] == order.created_at


def click(mail: Message, link: int | None, *, by_machine: bool | None, **detail: str) -> None:
    DeliveryEvent.objects.create(
        shop_id=mail.shop_id, message=mail, kind="clicked", source="ours", key=f"{mail.pk}{link}{by_machine}{detail}",
        at=NOW, received_at=NOW, link=link, by_machine=by_machine, detail=detail,
    )  # fmt: skip


def test_a_link_that_a_machine_or_another_mail_s_reader_followed_was_not_clicked(people: People) -> None:
    anna = people.person()
    inside, other = people.inside(anna), people.inside(people.person())
    mail = people.mail(inside, "guide", links=["https://x.example/sale", "https://x.example/news"])
    theirs = people.mail(other, "guide", links=["https://x.example/sale"])
    click(theirs, 0, by_machine=False)
    click(mail, 0, by_machine=True)
    click(mail, 0, by_machine=None)
    click(mail, 1, by_machine=False)
    links = [ask("mail.clicked_link", of) for of in ("guide sale", "guide news", "other news", "guide restore")]
    found = told(people, inside, *links)
    assert [found[one.name] for one in links] == [False, True, False, False]
    click(mail, None, by_machine=False, way="restore")
    assert told(people, inside, *links)["mail.clicked_link:guide restore"]


def test_what_became_of_the_mails_of_this_flow(people: People) -> None:
    anna = people.person()
    inside, other = people.inside(anna), people.inside(anna)
    people.mail(other, "guide", clicked_at=NOW, delivery="complained")
    mail = people.mail(inside, "guide", state="planned")
    asks = [one for one in EVERY if one.fact.startswith("mail.")]
    assert not any(told(people, inside, *asks).values())
    Message.objects.filter(pk=mail.pk).update(state="accepted", opened_at=NOW)
    found = told(people, inside, *asks)
    assert {name for name, value in found.items() if value} == {"mail.sent:guide", "mail.opened:guide"}
    Message.objects.filter(pk=mail.pk).update(clicked_at=NOW, delivery="bounced")
    found = told(people, inside, *asks)
    assert found["mail.clicked:guide"]
    assert found["mail.clicked_any"]
    assert found["mail.bounced"]
    assert not found["mail.complained"]
