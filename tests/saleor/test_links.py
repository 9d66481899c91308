"""Our door below Saleor's address: open while the plugin is off, and never a traceback."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from saleor.plugins.models import PluginConfiguration

pytestmark = pytest.mark.django_db

BASE = "/plugins/saleor.mailflow"


@pytest.fixture
def inactive():
    PluginConfiguration.objects.create(identifier="saleor.mailflow", active=False, configuration=[])


def test_an_unknown_address_is_not_found(client):
    answer = client.get(f"{BASE}/nothing/here/")
    assert (answer.status_code, answer.content) == (404, b"There is nothing here.")


def test_a_known_address_answers(client):
    # Unsigned, so refused; but by our view and not for want of one.
    answer = client.post(f"{BASE}/webhooks/saleor/", b"{}", content_type="application/json")
    assert answer.status_code in {400, 401, 403}


def test_a_known_address_answers_while_the_plugin_is_off(client, inactive):
    answer = client.post(f"{BASE}/webhooks/saleor/", b"{}", content_type="application/json")
    assert answer.status_code in {400, 401, 403}


def test_a_provider_is_heard_while_the_plugin_is_off(client):
    from saleor_mailflow import clock, host
    from saleor_mailflow.audience.suppression import suppressed
    from saleor_mailflow.models import Contact, DeliveryEvent
    from saleor_mailflow.process.deliveries import process_deliveries
    from saleor_mailflow.shop.settings import settings_of
    from saleor_mailflow.webhooks.providers.address import provider_address

    typed = {"provider": "mailgun", "provider_options": "sender_domain = shop.example", "provider_api_key": "k"}
    typed["provider_signing_key"] = "a-signing-key"
    PluginConfiguration.objects.create(
        identifier="saleor.mailflow",
        active=False,
        configuration=[{"name": name, "value": value} for name, value in typed.items()],
    )
    shop, now = host.ensure_shop(), clock.now()
    Contact.objects.create(shop=shop, email="anna@shopper.example", first_seen_at=now, updated_at=now)
    address = provider_address(shop, settings_of(shop))
    assert f"{BASE}/provider/mailgun/" in address
    path = address[address.index(BASE) :]
    time = str(int(now.timestamp()))
    signature = hmac.new(b"a-signing-key", f"{time}t".encode(), hashlib.sha256).hexdigest()
    event = {"event": "complained", "recipient": "anna@shopper.example", "timestamp": float(time), "message": {}}
    post = {"signature": {"timestamp": time, "token": "t", "signature": "forged"}, "event-data": event}
    assert client.post(path, json.dumps(post), content_type="application/json").status_code == 403
    assert client.post(path[:-3] + "xx/", json.dumps(post), content_type="application/json").status_code == 404
    assert not DeliveryEvent.objects.exists()
    post["signature"]["signature"] = signature
    answer = client.post(path, json.dumps(post), content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"recorded": 1, "not_ours": 0})
    process_deliveries(shop, now=now)
    assert suppressed(shop.pk, ["anna@shopper.example"])["anna@shopper.example"][0] == "complained"


def test_a_view_that_fails_shows_nobody_a_traceback(client, monkeypatch, caplog, inactive):
    def fails(request: HttpRequest, token: str) -> HttpResponse:
        raise RuntimeError("ada@example.com")

    from django.urls import clear_url_caches

    from saleor_mailflow import urls

    monkeypatch.setattr(urls, "urlpatterns", [path("u/<str:token>/", fails, name="unsubscribe")])
    clear_url_caches()
    try:
        answer = client.get(f"{BASE}/u/a-signed-token/")
    finally:
        clear_url_caches()
    assert answer.status_code == 500
    assert answer.content == b"Something went wrong on our side. Please try again later."
    said = [record.getMessage() for record in caplog.records if record.name == "saleor_mailflow.plugin"]
    assert len(said) == 1
    assert "RuntimeError" in said[0]
    assert "ada@example.com" not in said[0]
    assert "a-signed-token" not in said[0]


def test_an_address_of_ours_that_cannot_be_loaded_is_said_plainly(client, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "saleor_mailflow.urls", None)
    from django.urls import clear_url_caches

    clear_url_caches()
    try:
        assert client.get(f"{BASE}/anything/").status_code == 500
    finally:
        clear_url_caches()
