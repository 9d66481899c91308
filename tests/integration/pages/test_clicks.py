"""Links and pictures of mails: first what changes nothing, whom nobody sends astray, and what is never in the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from saleor_mailflow import clock
from saleor_mailflow.audience.machines import TRAP
from saleor_mailflow.clock import FrozenClock
from saleor_mailflow.messages.links import LinkSigner
from saleor_mailflow.models import DeliveryEvent, LinkKey, Message
from saleor_mailflow.testing.world import SETTINGS, START, World

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
HOME = "https://northmill.example/"


@pytest.fixture
def now() -> Iterator[FrozenClock]:
    frozen = FrozenClock(START + timedelta(hours=3))
    clock.install(frozen)
    yield frozen
    clock.install(clock.SystemClock())


def mailed(**settings: Any) -> World:
    """A world in which somebody got a mail about a cart."""
    world = World.begin(**settings)
    world.people.checkout(world.now, email="anna@example.com", first_name="Anna")
    return world.after(hours=2)


def links(world: World, letter: str) -> list[str]:
    [mail] = world.mails
    return re.findall(rf"https://mail\.northmill\.example(/{letter}/[A-Za-z0-9_.-]+/?)", unescape(mail.html))


def get(path: str, **headers: str) -> Any:
    return Client().get(path, headers={"user-agent": FIREFOX, **headers}, REMOTE_ADDR="203.0.113.7")


def events() -> list[DeliveryEvent]:
    return list(DeliveryEvent.objects.order_by("id"))


# What changes nothing, and leads nobody astray.


def test_looking_ahead_changes_nothing(now: FrozenClock) -> None:
    world = mailed(track_opens="yes")
    for path in (*links(world, "l"), *links(world, "o"), *links(world, "r")):
        Client().head(path)
        get(path, **{"sec-purpose": "prefetch;prerender"})
        get(path, purpose="prefetch")
        if "/r/" not in path:
            # The way back to a cart has a button (ADR 0011); the others are looked at only.
            assert Client().post(path).status_code == 405
    assert events() == []


def test_a_forged_link_is_a_page_and_never_a_way_out(now: FrozenClock) -> None:
    world = mailed()
    link, kept = links(world, "l")[0], links(world, "u")[0]
    for path in (link[:-9] + "AAAAAAAA/", kept.replace("/u/", "/l/"), "/l/x/", "/l/https:%2F%2Fevil.example/"):
        answer = get(f"{path}?url=https://evil.example/&next=//evil.example")
        assert (answer.status_code, "Location" in answer) == (404, False)
    assert get("/o/x.gif").status_code == 200
    assert events() == []


def test_a_link_signed_for_somebody_else_tells_nothing_and_leads_home(now: FrozenClock) -> None:
    world = mailed()
    message = Message.objects.get()
    Message.objects.update(links=[f"{HOME}secret"])
    path = LinkSigner.of(world.shop, base="").click(contact_id=message.contact_id + 1, message=message.uuid, number=0)
    assert get(path)["Location"] == HOME
    assert events() == []


def test_a_caught_mail_says_nothing_of_whom_it_was_meant_for(now: FrozenClock, monkeypatch: Any) -> None:
    world = mailed()
    monkeypatch.setenv("MAILFLOW_REDIRECT_TO", "dev@example.com")
    assert get(links(world, "l")[0]).status_code == 302
    assert events() == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x@evil.example/", "//evil.example", "", 7])
def test_what_should_never_be_in_the_row_is_not_followed(now: FrozenClock, url: object) -> None:
    world = mailed()
    Message.objects.update(links=[url])
    assert get(links(world, "l")[0])["Location"] == HOME


def test_a_confirmation_is_not_followed_and_nobody_is_where_the_merchant_says_no(now: FrozenClock) -> None:
    world = mailed(track_clicks="no")
    assert links(world, "l") == links(world, "o") == []
    assert Message.objects.get().links == []
    # The way back to the cart is ours all the same, and nobody writes down who went it.
    assert get(links(world, "r")[0]).status_code == 302
    assert events() == []


def test_nothing_of_the_person_is_kept(now: FrozenClock) -> None:
    world = mailed(track_opens="yes")
    get(links(world, "l")[0])
    get(links(world, "o")[0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM mailflow_deliveryevent t")
        [kept] = cursor.fetchone()
    for secret in ("203.0.113", "Firefox", "Gecko", "anna", "northmill"):
        assert secret not in kept


# What is never in the way.


def test_the_shop_opens_though_the_click_cannot_be_recorded(now: FrozenClock, monkeypatch: Any, caplog: Any) -> None:
    world = mailed()
    link = links(world, "l")[0]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE mailflow_deliveryevent RENAME TO away")
        answer = get(link)
        cursor.execute("ALTER TABLE away RENAME TO mailflow_deliveryevent")
    assert (answer.status_code, answer["Location"]) == (302, HOME)
    assert "was not recorded" in caplog.text
    assert link.split("/")[2] not in caplog.text


@pytest.mark.parametrize("there", [True, False])
def test_a_destination_that_is_not_kept_any_more_is_the_front_door(now: FrozenClock, there: bool) -> None:
    world = mailed()
    path = links(world, "l")[0]
    Message.objects.update(links=[])
    if not there:
        message = Message.objects.get()
        path = LinkSigner.of(world.shop, base="").click(contact_id=1, message=message.uuid, number=0)
        message.delete()
    assert get(path)["Location"] == HOME
    assert len(events()) == there


def test_a_shop_without_a_storefront_says_so(now: FrozenClock) -> None:
    world = mailed()
    Message.objects.update(links=[])
    world.shop.settings = {**SETTINGS, "storefront_links": {}}
    world.shop.save()
    assert get(links(world, "l")[0]).status_code == 404


def test_links_work_switched_off_after_new_keys_and_when_the_shop_moved(now: FrozenClock, monkeypatch: Any) -> None:
    world = mailed()
    link = links(world, "l")[0]
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    world.shop.settings = {**SETTINGS, "active": False, "storefront_links": {"*": "https://new.example/{token}"}}
    world.shop.save()
    LinkKey.objects.create(shop=world.shop)
    assert get(link)["Location"] == get(link.rstrip("/"))["Location"] == HOME


# What is known of it.


def test_a_click_is_recorded_once_a_second_with_its_number(now: FrozenClock, django_assert_num_queries: Any) -> None:
    world = mailed()
    link = links(world, "l")[0]
    answer = get(link)
    assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (302, HOME, "no-store")
    get(link)
    [event] = events()
    message = Message.objects.get()
    assert (event.message, event.contact, event.kind, event.source) == (message, message.contact, "clicked", "ours")
    assert (event.link, event.by_machine, event.at, event.detail["agent"]) == (0, None, now.now(), "browser")
    assert message.links[event.link] == HOME
    now.set(now.now() + timedelta(seconds=1))
    # Keys, message, key of the hash, and the one insert in its transaction.
    with django_assert_num_queries(6):
        get(link)
    assert len(events()) == 2


def test_a_robot_that_names_itself_is_known_at_once(now: FrozenClock) -> None:
    world = mailed()
    get(links(world, "l")[0], **{"user-agent": "curl/8.5"})
    assert [event.by_machine for event in events()] == [True]


def test_the_way_back_to_the_cart_is_a_click_by_itself(now: FrozenClock) -> None:
    world = mailed()
    assert get(links(world, "r")[0]).status_code == 302
    [event] = events()
    assert (event.kind, event.link, event.detail["way"]) == ("clicked", None, "restore")


def test_the_invisible_link_leads_to_the_front_door_and_is_known(now: FrozenClock) -> None:
    world = mailed()
    assert get(links(world, "l")[-1])["Location"] == HOME
    assert [event.link for event in events()] == [TRAP]


def test_a_picture_is_fetched_and_marked_as_no_proof(now: FrozenClock) -> None:
    world = mailed(track_opens="yes")
    answer = get(links(world, "o")[0])
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/gif", "no-store")
    assert answer.content.startswith(b"GIF89a")
    [event] = events()
    assert (event.kind, event.detail["unreliable"]) == ("opened", True)


@pytest.mark.parametrize("mode", ["live", "shadow"])
def test_where_links_lead_is_kept_with_the_mail(now: FrozenClock, mode: str) -> None:
    mailed(mode=mode)
    assert Message.objects.get().links == [HOME]


def test_where_links_lead_is_on_the_disk_before_a_byte_leaves(now: FrozenClock) -> None:
    world = World.begin()
    world.people.checkout(world.now, email="anna@example.com")
    seen: list[Any] = []
    send = world.out.send

    def look(mail: Any, **more: Any) -> Any:
        seen.append(Message.objects.get().links)
        return send(mail, **more)

    world.out.send = look  # type: ignore[method-assign]  # the way out, where the mail leaves
    world.after(hours=2)
    assert seen == [[HOME]]


def test_a_person_s_click_is_known_after_a_minute_and_a_scanner_s_is_not(now: FrozenClock) -> None:
    world = mailed().to(now.now())
    message = Message.objects.get()
    for path in links(world, "l"):
        get(path)
    world.after(minutes=30)
    message.refresh_from_db()
    assert (message.delivery, message.clicked_at) == ("delivered", None)
    now.set(world.now)
    get(links(world, "r")[0])
    world.after(minutes=2)
    message.refresh_from_db()
    assert (message.delivery, message.clicked_at) == ("clicked", now.now())
