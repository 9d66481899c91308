"""What people say on our pages reaches the shop, and never in place of a newer word. First what must not happen."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from saleor_mailflow import clock
from saleor_mailflow.audience import consent
from saleor_mailflow.audience.said import Said
from saleor_mailflow.audience.suppression import suppressed
from saleor_mailflow.models import Consent, Contact
from saleor_mailflow.process.write_back import LOOK_BACK, write_back
from saleor_mailflow.shop.gateway import ConsentBook
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.world import World
from tests.integration.pages.conftest import ANNA, signer


def kept(world: World, ref: str = "anna") -> str | None:
    """Return what the shop's account says."""
    return world.people.customers([ref])[ref].metadata.get("newsletter")


def account(world: World, **more: object) -> Contact:
    """Open an account in the shop, and let it be known."""
    world.people.customer(world.now, email=ANNA, ref="anna", **more)
    world.after(minutes=20)
    clock.install(clock.FrozenClock(world.now))
    return Contact.objects.get(email=ANNA)


def go_on(world: World, **time: float) -> None:
    world.after(**time or {"minutes": 1})
    clock.install(clock.FrozenClock(world.now))


def page(world: World, person: Contact) -> str:
    return signer(world).preferences(contact_id=person.pk, message=uuid4())


def test_what_was_said_to_a_topic_or_an_entity_is_not_said_to_all(client: Client, shop: World) -> None:
    person = account(shop)
    client.post(page(shop, person), {"offered": ["new", "offers"], "topic": ["new"], "language": "en"})
    consent.append(
        shop.shop.pk,
        [Said(contact_id=person.pk, state=Consent.State.WITHDRAWN, source="unsubscribe link", proof="", at=shop.now)],
        entity="outlet",
    )
    go_on(shop)
    assert kept(shop) is None


def test_a_newer_word_from_the_shop_is_not_written_over(client: Client, shop: World) -> None:
    person = account(shop)
    client.post(page(shop, person), {"stop": "1"})
    at = shop.now + timedelta(seconds=30)
    yes = Said(contact_id=person.pk, state=Consent.State.GRANTED, source="checkout", proof="true", at=at)
    consent.append(shop.shop.pk, [yes])
    go_on(shop)
    assert kept(shop) is None


@pytest.mark.breaks_the_ledger  # erased, and still known by an account that could be written about
def test_an_erased_person_is_not_written_about(client: Client, shop: World) -> None:
    person = account(shop)
    client.post(page(shop, person), {"stop": "1"})
    Contact.objects.filter(pk=person.pk).update(erased_at=shop.now)
    assert write_back(shop.shop, book=shop.people, key="newsletter", now=shop.now) == 0
    assert kept(shop) is None


def test_a_page_waits_for_no_shop(client: Client, shop: World) -> None:
    person = account(shop)
    client.post(page(shop, person), {"stop": "1"})
    assert kept(shop) is None
    go_on(shop)
    assert kept(shop) == "false"


def test_the_service_beside_saleor_does_not_write(client: Client, shop: World) -> None:
    person = account(shop)
    client.post(page(shop, person), {"stop": "1"})
    assert not isinstance(PayloadShop(), ConsentBook)
    assert write_back(shop.shop, book=PayloadShop(), key="newsletter", now=shop.now) == 0
    assert write_back(shop.shop, book=shop.people, key="attribute:news", now=shop.now) == 0
    assert write_back(shop.shop, book=shop.people, key="newsletter", now=shop.now) == 1


@pytest.mark.parametrize("before", [{}, {"newsletter": "true"}], ids=["nothing", "yes"])
def test_leaving_and_taking_it_back_reach_the_shop_and_its_echo_changes_nothing(
    client: Client, shop: World, before: dict[str, str]
) -> None:
    person = account(shop, metadata={**before, "other": "stays"})
    link = signer(shop).unsubscribe(contact_id=person.pk, message=uuid4())
    client.post(link)
    go_on(shop)
    assert kept(shop) == "false"
    # The sweep reads the account that we changed ourselves.
    go_on(shop, minutes=30)
    client.post(link, {"again": "1"})
    go_on(shop, minutes=30)
    assert kept(shop) == ("true" if before else None)
    assert shop.people.customers(["anna"])["anna"].metadata["other"] == "stays"
    word = consent.standing(consent.words([person.pk])[person.pk])
    assert word.granted
    assert (word.expires_at is None) == bool(before)
    assert not suppressed(shop.shop.pk, [ANNA])


def test_a_word_that_is_settled_is_looked_at_once(client: Client, shop: World) -> None:
    person = account(shop)
    client.post(page(shop, person), {"stop": "1"})
    go_on(shop)
    assert kept(shop) == "false"
    # Somebody in the shop changes it by hand, long after.
    for _ in range(3):
        go_on(shop, minutes=LOOK_BACK.total_seconds() / 60)
    shop.people._customers["anna"].metadata["newsletter"] = "perhaps"
    go_on(shop, minutes=30)
    assert kept(shop) == "perhaps"


def test_the_language_somebody_chose_outlives_the_shops(client: Client, shop: World) -> None:
    person = account(shop, language="en")
    client.post(page(shop, person), {"often": "", "language": "de"})
    go_on(shop)
    shop.people.checkout(shop.now, email=ANNA, language="en")
    go_on(shop, hours=3)
    person.refresh_from_db()
    assert (person.language, person.language_chosen) == ("de", True)
    assert shop.mails[-1].language == "de"
