"""A purge beside somebody who comes back in the same moment: they stay, and so does what they just said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction

from saleor_mailflow.audience.contacts import ContactFact, lock, upsert
from saleor_mailflow.models import Consent, Contact, Shop, SignUp
from saleor_mailflow.process import retention
from saleor_mailflow.process.letting_go import WORK
from saleor_mailflow.process.retention import purge
from saleor_mailflow.testing.world import START, World

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "anna@example.com"
YEARS_LATER = START + timedelta(days=3650)


def somebody(shop: Shop) -> Contact:
    upsert(shop.pk, [ContactFact(email=EMAIL, seen_at=START)])
    return Contact.objects.get(email=EMAIL)


def says_yes(contact: Contact) -> None:
    """As everybody who writes of a person does it: they are locked first."""
    lock(contact.shop_id, [contact.email])
    Consent.objects.create(
        shop=contact.shop, contact=contact, topic="marketing", state="granted", basis="double_opt_in", at=YEARS_LATER
    )


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[list[BaseException]]:
    """Do ``work`` on another connection; yield what it failed by, to be looked at when it is over."""
    failures: list[BaseException] = []

    def doing() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=doing)
    other.start()
    try:
        yield failures
    finally:
        other.join(10)


def test_who_says_yes_while_old_people_are_looked_for_is_not_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.begin()
    anna = somebody(world.shop)
    (contacts,) = (work for work in WORK if work.name == "contacts")
    # A look that takes its time, as at five thousand people.
    slow = replace(contacts, where=f"{contacts.where} AND (SELECT pg_sleep(0.4)) IS NOT NULL")
    monkeypatch.setattr(retention, "WORK", [slow if work is contacts else work for work in WORK])
    locking = threading.Event()

    def notice(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if "mailflow_contact t" in sql and "FOR UPDATE" in sql:
            locking.set()
        return execute(sql, *rest)

    def coming_back() -> None:
        assert locking.wait(5)
        # The look has begun by then, and is not over.
        threading.Event().wait(0.2)
        with transaction.atomic():
            says_yes(anna)

    with beside(coming_back) as failures, connection.execute_wrapper(notice):
        purge(world.shop, now=YEARS_LATER)
    assert failures == []
    assert Contact.objects.get().email == EMAIL
    assert Consent.objects.get().state == "granted"


def test_a_purge_of_sign_ups_does_not_fail_by_somebody_who_is_let_in_elsewhere() -> None:
    world = World.begin()
    anna = somebody(world.shop)
    SignUp.objects.create(shop=world.shop, contact=anna, source="form footer", created_at=START, expires_at=START)
    written = threading.Event()

    def elsewhere() -> None:
        with transaction.atomic():
            says_yes(anna)
            written.set()
            threading.Event().wait(0.4)

    with beside(elsewhere) as failures:
        assert written.wait(5)
        purge(world.shop, now=YEARS_LATER)
    assert failures == []
    assert not SignUp.objects.exists()
    assert Consent.objects.get().contact == anna
