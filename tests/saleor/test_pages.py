"""People's own pages below Saleor's address, and what they said there on Saleor's account."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from saleor.account.models import User
from saleor.attribute import models as attributes
from saleor.plugins.models import PluginConfiguration

from saleor_mailflow import clock, host
from saleor_mailflow.audience.consent import read_metadata
from saleor_mailflow.audience.suppression import suppressed
from saleor_mailflow.messages.links import LinkSigner
from saleor_mailflow.models import Consent, Contact, SignUp, SignUpForm
from saleor_mailflow.process.write_back import write_back
from saleor_mailflow.shop.gateway import ConsentBook, ConsentNote
from saleor_mailflow.shop.orm import OrmShop
from saleor_mailflow.shop.orm.references import reference

pytestmark = pytest.mark.django_db

BASE = "/plugins/saleor.mailflow"
NOW = clock.now()


@pytest.fixture
def signer() -> LinkSigner:
    return LinkSigner.of(host.ensure_shop(), base=BASE)


def contact(user: User) -> Contact:
    return Contact.objects.create(
        shop=host.ensure_shop(), email=user.email.lower(), user_ref=reference("User", user.pk),
        first_seen_at=NOW, updated_at=NOW,
    )  # fmt: skip


def kept(user: User) -> dict[str, str]:
    user.refresh_from_db()
    return user.metadata


def write(user: User, wants: bool | None, *, email: str = "", ref: str = "") -> int:
    note = ConsentNote(user_ref=ref or reference("User", user.pk), email=email or user.email.lower(), wants_mail=wants)
    return OrmShop().write_consent([note], "newsletter", clock.now())


def test_only_the_one_key_is_written_and_only_where_it_changes(customer_user):
    User.objects.filter(pk=customer_user.pk).update(metadata={"other": "stays", "newsletter": "maybe"})
    assert write(customer_user, False) == 1
    assert kept(customer_user) == {"other": "stays", "newsletter": "false"}
    assert write(customer_user, False) == 0
    assert write(customer_user, True) == 1
    assert write(customer_user, None) == 1
    assert kept(customer_user) == {"other": "stays"}


def test_who_has_another_address_by_now_is_not_written_about(customer_user, staff_user):
    before = dict(kept(customer_user))
    assert write(customer_user, True, email="old@example.com") == 0
    assert write(customer_user, True, email="nobody@example.com", ref=reference("User", 10**9)) == 0
    assert kept(customer_user) == before


def test_leaving_reaches_the_account_from_the_tick_while_the_plugin_is_off(customer_user, signer):
    PluginConfiguration.objects.create(identifier="saleor.mailflow", active=False, configuration=[])
    person, gateway, shop = contact(customer_user), OrmShop(), host.ensure_shop()
    client = Client(enforce_csrf_checks=True)
    link = signer.preferences(contact_id=person.pk, message=uuid4())
    assert client.get(link).status_code == 200
    assert "newsletter" not in kept(customer_user)
    assert client.post(link, {"stop": "1"}).status_code == 200
    assert suppressed(shop.pk, [person.email])
    assert "newsletter" not in kept(customer_user)
    assert isinstance(gateway, ConsentBook)
    assert write_back(shop, book=gateway, key="newsletter", now=clock.now()) == 1
    assert kept(customer_user)["newsletter"] == "false"
    assert write_back(shop, book=gateway, key="newsletter", now=clock.now()) == 0


def test_signing_up_below_saleors_address(signer):
    shop = host.ensure_shop()
    PluginConfiguration.objects.create(identifier="saleor.mailflow", active=True, configuration=[])
    SignUpForm.objects.create(shop=shop, key="footer", definition={"fields": []}, updated_at=clock.now())
    client = Client(enforce_csrf_checks=True)
    page = f"{BASE}/s/{shop.domain}/footer/"
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', client.get(page).content.decode()))
    try:
        clock.install(clock.FrozenClock(clock.now() + timedelta(seconds=3)))
        answer = client.post(page, {**fields, "email": "eva@example.com"}, headers={"origin": "null"})
        assert answer.status_code == 200
        row = SignUp.objects.get()
        link = signer.confirm(contact_id=row.contact_id, sign_up=row.uuid, until=row.expires_at)
        assert client.get(link).status_code == 200
        assert not Consent.objects.exists()
        assert 'href="../../p/' in client.post(link).content.decode()
    finally:
        clock.install(clock.SystemClock())
    assert Consent.objects.get().basis == "double_opt_in"
    assert client.get(f"{page}form.js").status_code == 200


def test_a_customer_attribute_is_a_place_for_consent(customer_user):
    if not hasattr(attributes, "AssignedUserAttributeValue"):
        pytest.skip("this Saleor has no customer attributes")
    boolean = attributes.Attribute.objects.create(slug="news", name="News", input_type="boolean", type="customer-type")
    value = attributes.AttributeValue.objects.create(attribute=boolean, slug="news-yes", name="Yes", boolean=True)
    attributes.AssignedUserAttributeValue.objects.create(user=customer_user, value=value)
    ref = reference("User", customer_user.pk)
    found = OrmShop().customers([ref])[ref].metadata
    assert found["attribute:news"] == "true"
    assert read_metadata(found, "attribute:news") == Consent.State.GRANTED
