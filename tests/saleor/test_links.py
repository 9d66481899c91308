"""Our door below Saleor's address: open while the plugin is off, and never a traceback."""

from __future__ import annotations

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
