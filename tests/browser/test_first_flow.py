"""From “plugin enabled” to “abandoned checkout live, test mail in the inbox”: a merchant's clicks, nothing read.

Walked in the standalone service, and in the Dashboard of a real Saleor where MAILFLOW_TEST_DASHBOARD names one.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from saleor_mailflow.flows.tick import run_tick
from saleor_mailflow.models import Enrollment, LinkKey, Message, Shop
from saleor_mailflow.shop.payload import PayloadShop
from saleor_mailflow.testing.bodies import Channel
from saleor_mailflow.testing.days import DayBuilder
from saleor_mailflow.testing.signing import SigningShop
from saleor_mailflow.testing.smtp_sink import HOST, sink_process
from tests.browser import first_flow_proof
from tests.browser.conftest import TOKEN, Screens
from tests.browser.merchant import Merchant

#: The way takes 15 clicks and 7 fields at most (docs/proof/first_flow.md); who needs more than these made it longer.
MOST_CLICKS, MOST_FIELDS = 17, 8
CART = "https://northmill.example/checkout?checkout={checkout}"
LIVE = '{ flow(key: "abandoned_checkout") { mode channels { channel mode } } settings { key isSet value } }'


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[tuple[int, Callable[[str], list[EmailMessage]]]]:
    """A real SMTP server in a process of its own: its port, and how to read what lies there for an address."""

    def read(address: str) -> list[EmailMessage]:
        found = [email.message_from_bytes(one.read_bytes(), policy=email.policy.default) for one in kept.glob("*.eml")]
        return [mail for mail in found if address in str(mail["To"])]

    kept = tmp_path / "inbox"
    kept.mkdir()
    with sink_process(log=tmp_path / "log.jsonl", keep=kept) as port:
        yield port, read


def _sets_up(merchant: Merchant, port: int, to: str = "") -> str:
    """Go from the first screen to a live flow; return what was said of the test mail."""
    merchant.begins()
    merchant.shows("setup-start")
    merchant.says_who_writes("Northmill", "hello@northmill.example")
    merchant.says_where_the_shop_is("Northmill GmbH, Mühlweg 4, 10437 Berlin")
    merchant.names_the_mail_server(HOST, port)
    merchant.says_where_the_cart_is(CART)
    merchant.keeps_to_the_law()
    merchant.reads_what_the_world_says()
    said = merchant.sends_a_test_mail(to)
    merchant.shows("setup-test-mail")
    merchant.goes_live()
    merchant.shows("setup-live")
    return said


def _ask(address: str, token: str, question: str) -> dict[str, Any]:
    """Ask a GraphQL API over HTTP; what it answers without errors."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(address, json.dumps({"query": question}).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)
    assert not told.get("errors"), told
    return dict(told["data"])


def _is_the_test_mail(mails: list[EmailMessage], to: str) -> None:
    (mail,) = mails
    assert mail["Subject"] == "[TEST] Mails of Northmill"
    assert (mail["To"], mail["From"]) == (to, "Northmill <hello@northmill.example>")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "the provider takes our mails" in body.get_content()


def _was_short(merchant: Merchant, place: str) -> None:
    trip = merchant.trip()
    first_flow_proof.keep(place, trip)
    assert trip.clicks <= MOST_CLICKS, trip
    assert trip.fields <= MOST_FIELDS, trip
    assert trip.by_hand < 60 * first_flow_proof.MINUTES, trip


# What must not happen.


def test_nobody_goes_on_past_what_is_missing(opened: Callable[..., Screens], empty_shop: Shop) -> None:
    """An empty field says so and takes the keyboard; nothing is kept, and the next question stays closed."""
    screens = opened()
    page = screens.open("/setup")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("Fill this in to go on.").first.wait_for()
    assert page.get_by_text("Fill this in to go on.").count() == 2
    page.wait_for_function("document.activeElement.labels?.[0]?.textContent === 'Sender name'")
    assert not screens.complaints()
    page.get_by_text("Who carries the mail?").click()
    page.get_by_label("Mail provider").select_option(label="SMTP server")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("Fill this in to go on.").wait_for()
    page.wait_for_function("document.activeElement.labels?.[0]?.textContent === 'Mail server'")
    assert Shop.objects.get(pk=empty_shop.pk).settings == empty_shop.settings
    assert not screens.errors


def test_what_is_shown_as_chosen_is_kept_as_chosen(opened: Callable[..., Screens], empty_shop: Shop) -> None:
    """The law's own rule stands there chosen: whoever goes on has chosen it, and the guide counts it from then on."""
    page = opened().open("/setup")
    page.get_by_text("0 of 7 done").wait_for()
    page.get_by_text("To whom may you write?").last.click()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("1 of 7 done").wait_for()
    assert Shop.objects.get(pk=empty_shop.pk).settings["lawful_basis"] == "* = auto"


def test_how_a_server_is_encrypted_is_chosen_in_words(opened: Callable[..., Screens], empty_shop: Shop) -> None:
    """Each choice leaves the one option that says so, and is shown again as it was chosen."""
    page = opened().open("/setup")
    page.get_by_text("Who carries the mail?").click()
    page.get_by_label("Mail provider").select_option(label="SMTP server")
    page.get_by_label("Mail server").fill("smtp.northmill.example")
    choices = {"None: only for a server in your own network": "use_tls = no", "TLS from the start": "use_ssl = yes"}
    for choice, line in choices.items():
        page.get_by_label("Encryption").select_option(label=choice)
        page.get_by_role("button", name="Save and go on").click()
        page.get_by_label("Cart address of your storefront: all channels").wait_for()
        kept = Shop.objects.get(pk=empty_shop.pk).settings["provider_options"]
        assert kept.splitlines() == ["host = smtp.northmill.example", line]
        page.get_by_text("Who carries the mail?").click()
        assert page.get_by_label("Encryption").locator("option:checked").inner_text() == choice


def test_a_server_that_is_not_there_is_said_in_the_words_of_the_screen(
    opened: Callable[..., Screens], empty_shop: Shop
) -> None:
    """No key of a setting in what the test mail came to, and one press leads back to the field to mend."""
    with sink_process("refuse", log=Path(os.devnull)) as port:
        known = {"sender_name": "Northmill", "sender_email": "hello@northmill.example", "postal_address": "Mühlweg 4"}
        server = {"provider": "smtp", "provider_options": f"host = {HOST}\nport = {port}"}
        empty_shop.settings = {**empty_shop.settings, **known, **server}
        empty_shop.save(update_fields=["settings"])
        screens = opened()
        page = screens.open("/setup")
        page.get_by_text("Send yourself a test mail").click()
        page.get_by_label("Your own address").fill("me@northmill.example")
        page.get_by_role("button", name="Send a test mail").click()
        said = page.get_by_role("alert").inner_text()
    assert "cannot be reached" in said
    assert "Check “Mail server” and port." in said
    assert "_" not in said
    page.get_by_role("button", name="Change the provider").click()
    page.wait_for_function("document.activeElement.labels?.[0]?.textContent === 'Mail provider'")
    assert not screens.complaints()


# What does.


@pytest.fixture
def sender() -> SigningShop:
    """The shop as it speaks by webhooks."""
    return SigningShop()


@pytest.fixture
def empty_shop(transactional_db: None, sender: SigningShop) -> Shop:
    """A shop that was added to the service, and nothing set."""
    shop = Shop.objects.create(
        domain=sender.domain,
        api_url=sender.api_url,
        road=Shop.Road.APP,
        jwks=sender.key_set(),
        settings={"link_host": "https://mail.northmill.example"},
    )
    LinkKey.objects.create(shop=shop)
    return shop


@pytest.mark.parametrize("look", ["desktop", "phone"])
def test_from_nothing_to_a_cart_mail(
    opened: Callable[..., Screens],
    empty_shop: Shop,
    sender: SigningShop,
    inbox: tuple[int, Callable[[str], list[EmailMessage]]],
    look: str,
) -> None:
    """The test mail arrives, the flow is live, and whoever leaves a cart then hears of it an hour later."""
    port, read = inbox
    screens = opened(look)
    merchant = Merchant(page=screens.open("/"), screen=screens.page, name=look)
    said = _sets_up(merchant, port, to="me@northmill.example")
    _was_short(merchant, f"standalone service, {look}")
    assert "took the test mail" in said
    screens.page.get_by_text("until this is mended").wait_for()
    said_last = screens.page.locator(".guide details[open]").inner_text()
    assert "No tick has ever run" in said_last
    assert "sender" not in said_last
    _is_the_test_mail(read("me@northmill.example"), "me@northmill.example")
    flow = _ask(f"{screens.base}/graphql/", TOKEN, LIVE)["flow"]
    assert flow == {"mode": "LIVE", "channels": []}
    assert not screens.errors
    assert not screens.complaints()

    now = datetime.now(UTC)
    day = DayBuilder(sender)
    day.cart(now, channel=Channel(slug="us", currency="USD", country="US"), email="anna@x.example")
    told = day.told[-1]
    request = urllib.request.Request(f"{screens.base}/webhooks/saleor/", told.raw, dict(told.headers))
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status < 300
    run_tick(empty_shop.pk, datetime.now(UTC), gateway=PayloadShop())
    assert not read("anna@x.example")
    run_tick(empty_shop.pk, now + timedelta(hours=1, minutes=5), gateway=PayloadShop())
    assert Enrollment.objects.get(shop=empty_shop).flow.key == "abandoned_checkout"
    assert [row.state for row in Message.objects.all()] == ["accepted"], Message.objects.values("state", "reason")
    (mail,) = read("anna@x.example")
    assert mail["From"] == "Northmill <hello@northmill.example>"


def test_in_the_dashboard_of_a_real_saleor(
    browser: Browser, inbox: tuple[int, Callable[[str], list[EmailMessage]]]
) -> None:
    """The same clicks inside the frame, from signing in on; the test mail goes to whoever is signed in."""
    dashboard = os.environ.get("MAILFLOW_TEST_DASHBOARD", "")
    person = os.environ.get("MAILFLOW_TEST_DASHBOARD_EMAIL", "")
    password = os.environ.get("MAILFLOW_TEST_DASHBOARD_PASSWORD", "")
    if not dashboard:
        pytest.skip(
            "No Dashboard was named: set MAILFLOW_TEST_DASHBOARD to the address of one on this machine whose Saleor "
            "has the plugin enabled and nothing set, MAILFLOW_TEST_DASHBOARD_EMAIL and …_PASSWORD to a superuser of it."
        )
    port, read = inbox
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)
    merchant = Merchant(page=page, screen=page, name="dashboard")
    merchant.signs_in(dashboard, person, password)
    api = page.evaluate("window.__SALEOR_CONFIG__.API_URL")
    signed_in = f'mutation {{ tokenCreate(email: "{person}", password: "{password}") {{ token }} }}'
    token = _ask(api, "", signed_in)["tokenCreate"]["token"]
    ours = api.replace("/graphql/", "/plugins/global/saleor.mailflow/graphql/")
    before = _ask(ours, token, LIVE)
    set_before = [one["key"] for one in before["settings"] if one["isSet"] and one["value"] not in {"true", "false"}]
    assert (before["flow"]["mode"], set_before) == ("OFF", []), "this Saleor is not fresh; `mailflow uninstall` first"

    merchant = Merchant(page=page, screen=page, name="dashboard")
    merchant.finds_mail_flows()
    said = _sets_up(merchant, port)
    version = _ask(api, token, "{ shop { version } }")["shop"]["version"]
    _was_short(merchant, f"Dashboard of a real Saleor {version}")
    assert "took the test mail" in said
    _is_the_test_mail(read(person), person)
    assert _ask(ours, token, LIVE)["flow"] == {"mode": "LIVE", "channels": []}
    context.close()
