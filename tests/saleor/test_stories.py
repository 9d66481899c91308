"""Abandoned checkout in a real Saleor: first whom we must leave alone, then whom we write to."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from day import HOUR, MINUTE, START, TICK
from saleor.checkout.models import Checkout
from saleor.payment.models import TransactionItem

from saleor_mailflow.models import Basket, Event, Message

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"
BOTH = [(ADA, "reminder", HOUR), (ADA, "last_call", 24 * HOUR)]


# Silence.


def test_who_buys_within_the_hour_hears_nothing(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=30)
    day.does(guest, "buy")
    day.after(days=3)
    assert day.sent() == []
    assert day.arrived() == []


def test_who_buys_after_the_first_mail_hears_no_second(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=5)
    day.does(guest, "buy")
    day.after(days=3)
    assert day.sent() == BOTH[:1]
    assert day.exits() == ["ordered"]


def test_who_buys_another_cart_hears_nothing_of_the_first(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=20)
    day.does(guest, "put", goods, 2, email=ADA)
    day.does(guest, "buy")
    day.after(days=3)
    assert day.sent() == []


def test_who_buys_in_other_letters_hears_nothing(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=20)
    day.does(guest, "put", goods, 2, email="ADA@Example.COM")
    day.does(guest, "buy")
    day.after(days=3)
    assert day.sent() == []


def test_who_buys_in_the_very_second_of_sending_hears_nothing(day, guest, goods, monkeypatch):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=59, seconds=59)
    assert Message.objects.count() == 0
    day.now = START + HOUR
    # No hook tells of it, and the sweep has not been round: only the question in the claim can know.
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    day.does(guest, "buy")
    monkeypatch.delenv("MAILFLOW_DISABLED")
    day.tick()
    assert day.sent() == []
    day.after(days=3)
    assert day.sent() == []


def test_a_member_who_buys_under_another_address_hears_nothing(day, member, goods, customer_user):
    day.does(member, "put", goods)
    day.after(minutes=20)
    day.does(member, "put", goods, 3, email="other@example.com")
    day.does(member, "buy")
    day.after(days=3)
    assert day.sent() == []


def test_an_emptied_cart_is_forgotten(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=20)
    day.does(guest, "empty")
    day.after(days=3)
    assert day.sent() == []
    assert Basket.objects.get().state == "emptied"


def test_a_cart_emptied_after_the_first_mail_gets_no_second(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=3)
    day.does(guest, "empty")
    day.after(days=3)
    assert day.sent() == BOTH[:1]
    assert day.exits() == ["emptied"]


def test_a_cart_that_saleor_deleted_in_silence_gets_no_mail(day, guest, goods):
    token = day.does(guest, "put", goods, email=ADA)
    day.after(hours=3)
    Checkout.objects.filter(token=token).delete()
    day.after(days=3)
    assert day.sent() == BOTH[:1]
    assert day.exits() == ["gone"]


def test_a_cart_without_an_address_is_nobodys(day, guest, goods):
    day.does(guest, "put", goods)
    day.after(days=3)
    assert day.sent() == []


def test_a_cart_that_is_being_paid_is_left_alone(day, guest, goods):
    token = day.does(guest, "put", goods, email=ADA)
    TransactionItem.objects.create(checkout_id=token, currency="USD", charge_pending_value=10)
    day.after(days=3)
    assert day.sent() == []
    assert ("reminder", "payment_pending") in day.held()


def test_staff_trying_the_shop_are_left_alone(day, member, goods, customer_user):
    customer_user.is_staff = True
    customer_user.save()
    day.does(member, "put", goods)
    day.after(days=3)
    assert day.sent() == []


def test_without_consent_where_the_law_asks_for_it_there_is_no_mail(day, guest, goods):
    day.settings(lawful_basis="")
    day.does(guest, "put", goods, email=ADA)
    day.does(guest, "say_address")
    day.after(days=3)
    assert day.sent() == []
    assert {reason for _, reason in day.held()} == {"no_consent"}


def test_switched_off_nothing_leaves_and_switched_on_it_goes_on_where_it_was(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=30)
    day.settings(active=False)
    day.after(hours=3)
    assert day.sent() == []
    day.settings(active=True)
    day.after(minutes=10)
    ((address, step, at),) = day.sent()
    assert (address, step) == (ADA, "reminder")
    assert timedelta(hours=3, minutes=30) < at < timedelta(hours=3, minutes=41)
    day.after(days=2)
    assert [step for _, step, _ in day.sent()] == ["reminder", "last_call"]


def test_switched_off_for_too_long_the_mail_is_missed_and_not_late(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=30)
    day.settings(active=False)
    day.after(hours=20)
    day.settings(active=True)
    day.after(days=3)
    assert "reminder" not in [step for _, step, _ in day.sent()]


def test_a_restored_dump_sends_nothing_until_somebody_says_so(day, guest, goods, settings, capsys):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=30)
    settings.PUBLIC_URL = "https://staging.example.net"
    day.after(hours=3)
    assert day.sent() == []
    settings.PUBLIC_URL = "https://example.com"
    # It may have been answered elsewhere meanwhile: only a person can tell.
    day.after(minutes=30)
    assert day.sent() == []
    from saleor_mailflow.cli import main

    with day.clock():
        assert main(["confirm", "--yes"]) == 0
    day.after(minutes=30)
    assert [step for _, step, _ in day.sent()] == ["reminder"]


# Mail.


@pytest.mark.parametrize("who", ["guest", "member"])
def test_two_mails_and_no_more(who, day, request, goods, customer_user):
    shopper = request.getfixturevalue(who)
    address = ADA if who == "guest" else customer_user.email
    day.does(shopper, "put", goods, 2, **({"email": ADA} if who == "guest" else {}))
    day.after(days=10)
    assert day.sent() == [(address, "reminder", HOUR), (address, "last_call", 24 * HOUR)]
    mails = day.arrived()
    assert [mail["To"].addresses[0].addr_spec for mail in mails] == [address, address]
    for mail in mails:
        assert mail["From"].addresses[0].addr_spec == "hello@corner.example"
        assert "List-Unsubscribe=One-Click" in mail["List-Unsubscribe-Post"]
        html = mail.get_body(("html",)).get_content()
        text = mail.get_body(("plain",)).get_content()
        for part in (html, text):
            assert goods.product.name in part
            # As the locale writes it: with a point for a guest in the US, with a comma for a member in Poland.
            assert re.search(r"20[.,]00", part)
            assert "Hauptstr. 1" in part
            assert shopper.token not in part


def test_an_address_typed_late_counts_from_when_it_was_typed(day, guest, goods):
    day.does(guest, "put", goods)
    day.after(hours=2)
    day.does(guest, "say_email", ADA)
    day.after(days=3)
    assert day.sent() == [(ADA, "reminder", 3 * HOUR), (ADA, "last_call", 26 * HOUR)]


def test_more_in_the_cart_starts_the_hour_anew(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.after(minutes=50)
    day.does(guest, "add", goods)
    day.after(minutes=50)
    assert day.sent() == []
    day.after(days=3)
    assert day.sent() == [(ADA, "reminder", 110 * MINUTE), (ADA, "last_call", 24 * HOUR + 50 * MINUTE)]


def test_what_is_not_the_shoppers_doing_does_not_start_it_anew(day, guest, goods):
    token = day.does(guest, "put", goods, email=ADA)
    day.after(minutes=50)
    # Saleor moves the checkout's own stamp for reasons of its own.
    day.does(guest, "note", "something", "internal")
    with day.clock():
        Checkout.objects.get(token=token).save()
    day.after(days=3)
    assert day.sent() == BOTH


def test_an_evening_cart_is_written_about_when_it_is_due(day, guest, goods):
    day.now = START + timedelta(hours=14, minutes=30)
    day.does(guest, "put", goods, email=ADA)
    day.after(days=3)
    evening = timedelta(hours=14, minutes=30)
    assert day.sent() == [(ADA, "reminder", evening + HOUR), (ADA, "last_call", evening + 24 * HOUR)]


def test_consent_given_in_the_checkout_is_enough_anywhere(day, guest, goods):
    day.settings(lawful_basis="")
    day.does(guest, "put", goods, email=ADA)
    day.does(guest, "say_address")
    day.does(guest, "note", "newsletter", "true")
    day.after(days=3)
    assert day.sent() == BOTH


def test_every_hook_lost_the_sweep_is_enough(day, guest, goods, monkeypatch):
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    day.does(guest, "put", goods, email=ADA)
    monkeypatch.delenv("MAILFLOW_DISABLED")
    day.after(days=3)
    assert set(Event.objects.values_list("source", flat=True)) == {"sweep"}
    # What the sweep sees for the first time counts from the checkout's own stamp.
    assert day.sent() == BOTH


def test_every_hook_lost_and_bought_there_is_silence(day, guest, goods, monkeypatch):
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    day.does(guest, "put", goods, email=ADA)
    monkeypatch.delenv("MAILFLOW_DISABLED")
    day.after(hours=3)
    monkeypatch.setenv("MAILFLOW_DISABLED", "1")
    day.does(guest, "buy")
    monkeypatch.delenv("MAILFLOW_DISABLED")
    day.after(days=3)
    assert day.sent() == BOTH[:1]
    assert day.exits() == ["ordered"]


@pytest.mark.django_db(transaction=True)
def test_our_table_locked_while_they_shop_the_sweep_is_enough(day, guest, goods, other_session):
    other_session.execute("LOCK TABLE mailflow_event IN ACCESS EXCLUSIVE MODE")
    day.does(guest, "put", goods, email=ADA)
    other_session.rollback()
    assert not Event.objects.exists()
    day.after(days=3)
    assert day.sent() == BOTH


@pytest.mark.django_db(transaction=True)
def test_a_checkout_locked_by_saleor_holds_up_nobodys_mail(day, guest, goods, other_session):
    """The claim reads what is committed and takes no lock on Saleor's rows."""
    token = day.does(guest, "put", goods, email=ADA)
    other_session.execute("SELECT 1 FROM checkout_checkout WHERE token = %s FOR UPDATE", [token])
    day.after(hours=2)
    other_session.rollback()
    assert day.sent() == BOTH[:1]


def test_without_a_broker_the_command_line_does_the_work(day, guest, goods, capsys):
    from saleor.celeryconf import app

    from saleor_mailflow.cli import main

    eager, broker = app.conf.task_always_eager, app.conf.broker_url
    app.conf.task_always_eager, app.conf.broker_url = False, "redis://127.0.0.1:1/0"
    try:
        day.does(guest, "put", goods, email=ADA)
        for after in (timedelta(seconds=40), HOUR):
            day.now = START + after
            with day.clock():
                assert main(["run", "--once"]) == 0
    finally:
        app.conf.task_always_eager, app.conf.broker_url = eager, broker
    assert day.sent() == BOTH[:1]


def test_ticks_as_beat_brings_them(day, guest, goods):
    day.does(guest, "put", goods, email=ADA)
    day.tick()
    day.now = START + HOUR - 2 * TICK
    for _ in range(5):
        day.tick()
        day.now += TICK
    ((_, step, at),) = day.sent()
    assert step == "reminder"
    assert HOUR <= at <= HOUR + TICK


# Links.


def link(mail, kind: str) -> str:
    return re.search(
        rf"https://example\.com(/plugins/[^\s\"<>]+/{kind}/[^\s\"<>]+)", mail.get_body(("html",)).get_content()
    )[1]


@pytest.mark.parametrize("active", [True, False], ids=["plugin on", "plugin off"])
def test_links_in_a_mail_work_while_the_plugin_is_on_or_off(active, day, guest, goods, client):
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=2)
    (mail,) = day.arrived()
    day.settings(active=active)
    with day.clock():
        back = client.get(link(mail, "r"))
        assert back.status_code == 302
        assert unquote(back["Location"]) == f"https://corner.example/cart?checkout={guest.checkout_id}"
        assert ADA not in back["Location"]
        page = client.get(link(mail, "u"))
        assert page.status_code == 200
        assert ADA.encode() not in page.content
    day.settings(active=True)
    # A look at the page changed nothing.
    day.after(days=2)
    assert len(day.sent()) == 2


def test_one_click_unsubscribes_at_once_even_while_the_plugin_is_off(day, guest, goods, client):
    day.does(guest, "put", goods, email=ADA)
    day.after(hours=2)
    (mail,) = day.arrived()
    day.settings(active=False)
    (url,) = re.findall(r"<https://example\.com([^>]+)>", mail["List-Unsubscribe"])
    with day.clock():
        answer = client.post(url, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    day.settings(active=True)
    day.after(days=2)
    assert day.sent() == BOTH[:1]
    assert day.exits() == ["unsubscribed"]
