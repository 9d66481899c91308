"""What the properties found, each told as a story that fails without its mend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from saleor_mailflow.audience import consent
from saleor_mailflow.audience.contacts import ContactFact, upsert
from saleor_mailflow.audience.said import Said
from saleor_mailflow.models import Basket, Consent, Contact
from saleor_mailflow.process.events import process_pending
from saleor_mailflow.process.readmodel import write_checkouts
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.bodies import Channel, Item
from saleor_mailflow.testing.days import DayBuilder
from saleor_mailflow.testing.world import START, World
from saleor_mailflow.webhooks.intake import receive
from tests.properties.sequences import Unsigned

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
YES, NO = Consent.State.GRANTED, Consent.State.WITHDRAWN


@pytest.fixture
def anna() -> Contact:
    world = World.begin()
    upsert(world.shop.pk, [ContactFact(email="anna@example.com", seen_at=START)])
    return Contact.objects.get()


def say(anna: Contact, state: Consent.State, minute: int, source: str = "account") -> None:
    at = START + minute * MINUTE
    consent.append(anna.shop_id, [Said(contact_id=anna.pk, state=state, source=source, proof="seen", at=at)])


def test_a_yes_that_comes_late_does_not_outlive_the_no_after_it(anna: Contact) -> None:
    """No, yes, no: the second no repeated what was known then, and the yes in between came last."""
    say(anna, NO, 1)
    say(anna, NO, 3)
    say(anna, YES, 2)
    assert consent.newest([anna.pk])[anna.pk][0] == "withdrawn"


def test_a_yes_said_long_before_is_no_newer_word_than_the_no_between(anna: Contact) -> None:
    """The account's old yes was first seen in a cart, beside the cart's own no, and its own webhook came later."""
    say(anna, YES, 9, "account")
    say(anna, NO, 8, "checkout")
    say(anna, YES, 1, "account")
    assert consent.newest([anna.pk])[anna.pk][0] == "withdrawn"


def test_a_source_that_repeats_itself_adds_nothing(anna: Contact) -> None:
    for minute in (1, 5, 3, 2, 4):
        say(anna, YES, minute)
    assert Consent.objects.count() == 1
    assert consent.newest([anna.pk])[anna.pk] == ("granted", START + MINUTE)


def test_where_somebody_lives_is_told_by_the_newest_word_not_by_the_last_to_arrive(anna: Contact) -> None:
    """The country decides which law a mail has to keep."""
    for minute, country in ((3, "DE"), (1, "US"), (2, "")):
        upsert(anna.shop_id, [ContactFact(email="anna@example.com", seen_at=START + minute * MINUTE, country=country)])
    assert Contact.objects.get().country == "DE"


def test_what_a_late_webhook_of_a_cart_says_about_mail_was_said(anna: Contact) -> None:
    """A cart that was anna's and said no is known as somebody else's by the time its own webhook comes."""
    world = World(shop=anna.shop, now=START)
    token = world.people.checkout(START + MINUTE, email="bert@example.com")
    now = world.people.checkouts([token])[token]
    before = replace(now, last_change=START, email="anna@example.com", metadata={"newsletter": "no"})
    for snapshot in (now, before):
        write_checkouts(anna.shop_id, [snapshot], learned_at=START + 2 * MINUTE, consent_key="newsletter")
    assert consent.newest([anna.pk])[anna.pk][0] == "withdrawn"


def test_somebody_deleted_before_we_knew_them_is_not_met_by_a_cart_from_before(anna: Contact) -> None:
    day = DayBuilder(Unsigned(), chance=Random(1))  # type: ignore[arg-type]  # signs nothing
    us = Channel(slug="us", currency="USD", country="US")
    day.cart(START, channel=us, email="carl@example.com")
    account = day.account(START - MINUTE, email="carl@example.com")
    day.change_account(account, START + MINUTE, event="customer_deleted")
    for told in reversed(day.told):
        receive(anna.shop, told.event, told.raw, START + 2 * MINUTE)
        process_pending(anna.shop, gateway=PayloadShop(), consent_key="newsletter", now=START + 2 * MINUTE)
    assert not Contact.objects.filter(email="carl@example.com").exists()
    assert not Basket.objects.exclude(email="").exists()


def test_nobody_deleted_comes_back_by_a_copy_of_yesterday_from_a_shop_whose_clock_is_ahead(anna: Contact) -> None:
    """What waits as they are deleted is forgotten, so a copy is news; by then our clock has reached the shop's."""
    ahead = timedelta(hours=3)
    day = DayBuilder(Unsigned(), chance=Random(1))  # type: ignore[arg-type]  # signs nothing
    us = Channel(slug="us", currency="USD", country="US")
    cart = day.cart(START + ahead - 9 * MINUTE, channel=us, email="carl@example.com", items=(Item(number=1),))
    day.change(cart, START + ahead, items=(Item(number=2),))
    made, changed = day.told
    account = day.account(START + ahead - MINUTE, email="carl@example.com")
    day.change_account(account, START + ahead + MINUTE, event="customer_deleted")
    gone = day.told[-1]
    for lot, at in (((changed, made, gone), START + MINUTE), ((changed,), START + timedelta(hours=20))):
        for second, told in enumerate(lot):
            receive(anna.shop, told.event, told.raw, at + timedelta(seconds=second))
        process_pending(anna.shop, gateway=PayloadShop(), consent_key="newsletter", now=at)
    assert not Contact.objects.filter(email="carl@example.com").exists()
    assert not Basket.objects.exclude(email="").exists()
