"""What the properties found, each told as a story that fails without its mend."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saleor_mailflow.audience import consent
from saleor_mailflow.audience.consent import Said
from saleor_mailflow.audience.contacts import ContactFact, upsert
from saleor_mailflow.models import Consent, Contact
from saleor_mailflow.testing.world import START, World

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
