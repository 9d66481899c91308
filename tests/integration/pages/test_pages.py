"""The pages behind our links, against a real database. First: looking changes nothing, and nobody learns anything."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from saleor_mailflow import clock
from saleor_mailflow.audience.suppression import suppress, suppressed
from saleor_mailflow.messages.links import RESTORE_FOR, LinkSigner
from saleor_mailflow.models import (
    Basket,
    Contact,
    DeliveryEvent,
    Enrollment,
    Flow,
    FlowVersion,
    LinkKey,
    Message,
    Purchase,
    Shop,
    StepRun,
    Suppression,
)
from saleor_mailflow.process.erasure import erase_contact

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EMAIL = "anna@example.com"
TOKEN = "cdd25589-797a-4017-b519-ab0d6ecd0ab1"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@dataclass
class World:
    shop: Shop
    contact: Contact
    basket: Basket
    message: Message
    signer: LinkSigner

    @property
    def unsubscribe(self) -> str:
        return self.signer.unsubscribe(contact_id=self.contact.pk, message=self.message.uuid)

    @property
    def restore(self) -> str:
        return self.signer.restore(contact_id=self.contact.pk, message=self.message.uuid, now=NOW)

    def silent(self) -> bool:
        return EMAIL in suppressed(self.shop.pk, [EMAIL], self.message.entity)


@pytest.fixture
def world() -> Iterator[World]:
    frozen = clock.FrozenClock(NOW)
    clock.install(frozen)
    shop = Shop.objects.create(
        domain="northmill.example",
        api_url="https://northmill.example/graphql/",
        road=Shop.Road.APP,
        settings={
            "brand_name": "Northmill",
            "storefront_links": "* = https://northmill.example/cart?checkout={checkout}",
        },
    )
    contact = Contact.objects.create(shop=shop, email=EMAIL, first_name="Anna", first_seen_at=NOW, updated_at=NOW)
    basket = Basket.objects.create(
        shop=shop,
        token=TOKEN,
        contact=contact,
        channel="default-channel",
        currency="EUR",
        email=EMAIL,
        active_at=NOW,
        created_at=NOW,
        last_change=NOW,
        learned_at=NOW,
    )
    digest = hashlib.sha256(b"{}").hexdigest()
    version = FlowVersion.objects.create(
        shop=shop, flow_key="abandoned_checkout", number=1, definition={}, digest=digest, published_at=NOW
    )
    flow = Flow.objects.create(shop=shop, key="abandoned_checkout", version=version)
    enrollment = Enrollment.objects.create(
        shop=shop, flow=flow, version=version, contact=contact, basket=basket, key="k", entered_at=NOW, due_at=NOW
    )
    message = Message.objects.create(
        shop=shop,
        enrollment=enrollment,
        contact=contact,
        flow_key="abandoned_checkout",
        step="reminder",
        template="abandoned_checkout/reminder",
        purpose="marketing",
        planned_at=NOW,
        due_at=NOW,
        expires_at=NOW,
        language="de",
    )
    StepRun.objects.create(enrollment=enrollment, step="reminder", outcome="planned", at=NOW)
    yield World(shop, contact, basket, message, LinkSigner.of(shop, base=""))
    clock.install(clock.SystemClock())


def everything() -> str:
    """A digest of every row we have, but that a link was followed."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in apps.get_app_config("mailflow").get_models():
            if model is DeliveryEvent:
                continue
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t ORDER BY 1')
            digest.update(repr((model._meta.db_table, cursor.fetchall())).encode())
    return digest.hexdigest()


def guarded(response: HttpResponse) -> None:
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = response.content.decode()
    assert EMAIL not in page
    assert "Anna" not in page
    assert "<script" not in page
    assert " style=" not in page
    for style in re.findall("<style>(.*?)</style>", page, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy


# Looking changes nothing.


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_looking_changes_nothing(client: Client, world: World, method: str) -> None:
    before = everything()
    for link in (world.unsubscribe, world.restore, "/u/x/", "/r/x/"):
        getattr(client, method)(link)
        getattr(client, method)(link + "?List-Unsubscribe=One-Click&again=1")
    assert everything() == before
    client.post(world.unsubscribe)
    assert everything() != before


def test_the_page_asks_first(client: Client, world: World) -> None:
    answer = client.get(world.unsubscribe)
    guarded(answer)
    assert answer.status_code == 200
    assert '<form method="post">' in answer.content.decode()
    assert "Northmill" in answer.content.decode()
    assert 'lang="de"' in answer.content.decode()
    assert not world.silent()


def test_the_page_speaks_the_language_of_the_mail(client: Client, world: World) -> None:
    Message.objects.update(language="")
    assert 'lang="en"' in client.get(world.unsubscribe).content.decode()
    assert 'lang="de"' in client.get(world.unsubscribe, headers={"accept-language": "ja, de;q=0.5"}).content.decode()
    Contact.objects.update(language="EN_US")
    Basket.objects.update(language="DE")
    assert 'lang="de"' in client.get(world.unsubscribe).content.decode()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: Client, world: World, method: str) -> None:
    assert getattr(client, method)(world.unsubscribe).status_code == 405
    assert getattr(client, method)(world.restore).status_code == 405


# Nobody learns who is a contact.


def test_unknown_tokens_get_the_same_answer(client: Client, world: World) -> None:
    genuine = world.unsubscribe
    forged = genuine[:-3] + ("A" if genuine[-3] != "A" else "B") + genuine[-2:]
    for body in (ONE_CLICK, {"unsubscribe": "1"}, {"again": "1"}):
        known, unknown = (client.post(url, body, headers={"accept-language": "de"}) for url in (genuine, forged))
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert dict(known.items()) == dict(unknown.items())
    assert client.post("/u/cut-short/", ONE_CLICK).status_code == 200


def test_a_forged_link_suppresses_nobody(client: Client, world: World) -> None:
    client.post(world.unsubscribe[:-4] + "AAA/", ONE_CLICK)
    client.post(world.restore.replace("/r/", "/u/"), ONE_CLICK)
    assert not Suppression.objects.exists()


# RFC 8058.


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        ("", "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
        ("--b\r\nbroken", "multipart/form-data; boundary=b"),
        ("x", "multipart/form-data"),
        ("x=" + "y" * 3_000_000, "application/x-www-form-urlencoded"),
    ],
    ids=["urlencoded", "multipart", "empty", "json", "broken multipart", "no boundary", "far too large"],
)
def test_one_post_is_enough(world: World, body: str, kind: str) -> None:
    provider = Client(enforce_csrf_checks=True)
    answer = provider.post(world.unsubscribe, body, content_type=kind)
    assert answer.status_code == 200
    assert len(answer.content) < 8_000
    guarded(answer)
    assert world.silent()
    again = provider.post(world.unsubscribe, body, content_type=kind)
    assert (again.status_code, again.content) == (answer.status_code, answer.content)
    assert Suppression.objects.count() == 1


def test_the_address_is_nowhere_in_the_suppression(client: Client, world: World) -> None:
    client.post(world.unsubscribe, ONE_CLICK)
    row = Suppression.objects.get()
    assert row.reason == Suppression.Reason.UNSUBSCRIBED
    assert row.at == NOW
    assert EMAIL not in f"{row.email_hash} {row.detail}"


def test_a_suppression_is_for_the_entity_that_wrote(client: Client, world: World) -> None:
    Message.objects.update(entity="outlet")
    client.post(world.unsubscribe, ONE_CLICK)
    assert Suppression.objects.get().entity == "outlet"


def test_an_old_link_without_its_message_still_works(client: Client, world: World) -> None:
    link = world.unsubscribe
    Message.objects.all().delete()
    client.post(link, ONE_CLICK)
    assert world.silent()


def test_links_survive_a_rotation(client: Client, world: World) -> None:
    link = world.unsubscribe
    LinkKey.objects.create(shop=world.shop)
    assert LinkSigner.of(world.shop, base="").unsubscribe(contact_id=1, message=world.message.uuid) != link
    client.post(link, ONE_CLICK)
    assert world.silent()


def test_an_erased_person_is_left_alone(client: Client, world: World) -> None:
    erase_contact(world.shop, EMAIL, now=NOW)
    before = set(Suppression.objects.values_list("pk", flat=True))
    assert client.post(world.unsubscribe, ONE_CLICK).status_code == 200
    assert set(Suppression.objects.values_list("pk", flat=True)) == before


# The page's own buttons.


def test_a_person_may_change_their_mind(client: Client, world: World) -> None:
    done = client.post(world.unsubscribe, {"unsubscribe": "1"})
    guarded(done)
    assert "Sie sind abgemeldet" in done.content.decode()
    assert 'name="again"' in done.content.decode()
    assert world.silent()
    back = client.post(world.unsubscribe, {"again": "1"})
    assert "Alles wie zuvor" in back.content.decode()
    assert not world.silent()


def test_a_complaint_is_not_taken_back_by_a_link(client: Client, world: World) -> None:
    suppress(shop_id=world.shop.pk, email=EMAIL, reason=Suppression.Reason.COMPLAINED, at=NOW)
    client.post(world.unsubscribe, {"again": "1"})
    assert world.silent()


@pytest.mark.breaks_the_ledger  # its table is gone
def test_a_silent_database_never_says_done(client: Client, world: World) -> None:
    link = world.unsubscribe
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE mailflow_suppression RENAME TO mailflow_gone")
    answer = client.post(link, ONE_CLICK)
    assert answer.status_code == 503
    guarded(answer)
    assert "abgemeldet" not in answer.content.decode()


# Back to the cart.


def test_the_way_back_leads_to_the_storefront(client: Client, world: World) -> None:
    answer = client.get(world.restore)
    guarded(answer)
    assert answer.status_code == 302
    checkout = base64.b64encode(f"Checkout:{TOKEN}".encode()).decode().replace("=", "%3D")
    assert answer["Location"] == f"https://northmill.example/cart?checkout={checkout}"
    assert client.head(world.restore.rstrip("/")).status_code == 302


def test_each_channel_has_its_own_storefront(client: Client, world: World) -> None:
    world.shop.settings["storefront_links"] = (
        "* = https://a.example/{token}\ndefault-channel = https://b.example/{token}"
    )
    world.shop.save()
    assert client.get(world.restore)["Location"] == f"https://b.example/{TOKEN}"


def test_a_hostile_token_stays_one_part_of_the_address(client: Client, world: World) -> None:
    Basket.objects.update(token="../../\r\n@evil.example?x=")
    location = client.get(world.restore)["Location"]
    assert location.startswith("https://northmill.example/cart?checkout=")
    assert not set("\r\n@") & set(location)


def said(client: Client, link: str, status: int, words: str) -> None:
    answer = client.get(link)
    guarded(answer)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert TOKEN not in answer.content.decode()


def test_what_was_bought_is_not_restored(client: Client, world: World) -> None:
    Basket.objects.update(state=Basket.State.CONVERTED)
    said(client, world.restore, 200, "Schon bestellt")


def test_a_purchase_is_seen_before_the_basket_knows(client: Client, world: World) -> None:
    Purchase.objects.create(
        shop=world.shop,
        order_id="1",
        token=TOKEN,
        channel="c",
        currency="EUR",
        status="UNFULFILLED",
        created_at=NOW,
        updated_at=NOW,
        learned_at=NOW,
    )
    said(client, world.restore, 200, "Schon bestellt")


@pytest.mark.parametrize("state", [Basket.State.EMPTIED, Basket.State.DELETED])
def test_a_cart_that_is_gone_is_said_to_be(client: Client, world: World, state: str) -> None:
    Basket.objects.update(state=state)
    said(client, world.restore, 410, "Diesen Warenkorb gibt es nicht mehr")
    Message.objects.update(language="en")
    said(client, world.restore, 410, 'href="https://northmill.example/"')


def test_an_old_link_says_that_it_is_old(client: Client, world: World) -> None:
    clock.install(clock.FrozenClock(NOW + RESTORE_FOR + timedelta(seconds=1)))
    said(client, world.restore, 410, "abgelaufen")


def test_without_a_storefront_link_nobody_is_sent_anywhere(client: Client, world: World) -> None:
    Shop.objects.update(settings={})
    said(client, world.restore, 404, "von hier aus nicht")


def test_a_forged_way_back_says_nothing(client: Client, world: World) -> None:
    for link in (world.restore[:-4] + "AAA/", world.unsubscribe.replace("/u/", "/r/"), "/r/x/"):
        said(client, link, 404, "This link does not work")


def test_a_storefront_that_can_puts_a_cart_together_that_is_gone(client: Client, world: World) -> None:
    link = "https://northmill.example/cart?checkout={checkout}&lines={variants}&code={code}"
    Shop.objects.update(settings={**world.shop.settings, "storefront_links": {"*": link}})
    line = {"variant_ref": "VmFyaWFudDox&x=", "quantity": 2, "unit_price": "1", "total_price": "2"}
    Basket.objects.update(state=Basket.State.DELETED, lines=[line, {**line, "is_gift": True}])
    answer = client.get(world.restore)
    guarded(answer)
    assert answer["Location"] == "https://northmill.example/cart?checkout=&lines=VmFyaWFudDox%26x%3D%3A2&code="
    Basket.objects.update(lines=[])
    said(client, world.restore, 410, "Diesen Warenkorb gibt es nicht mehr")


def test_a_press_of_no_button_makes_nothing(client: Client, world: World) -> None:
    answer = client.post(world.restore)
    guarded(answer)
    assert answer.status_code == 200
    assert answer["Refresh"].startswith("0; url=https://northmill.example/cart?checkout=")
    Basket.objects.update(state=Basket.State.DELETED)
    assert client.post(world.restore).status_code == 410
