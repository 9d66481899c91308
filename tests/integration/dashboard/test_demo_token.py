"""The demo's own page gets the demo's token, and no other page does."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

OWN = {"ROOT_URLCONF": "saleor_mailflow.service.demo.urls", "MAILFLOW_DEMO_TOKEN": "made-at-start"}


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_page_from_elsewhere_gets_nothing(browser: Client, site: str) -> None:
    with override_settings(**OWN):
        answer = browser.post("/demo-token", headers={"sec-fetch-site": site})
    assert answer.status_code == 403
    assert b"made-at-start" not in answer.content


def test_a_link_gets_nothing(browser: Client) -> None:
    with override_settings(**OWN):
        assert browser.get("/demo-token").status_code == 405


def test_outside_the_demo_there_is_none(browser: Client) -> None:
    assert browser.post("/demo-token").status_code == 404


def test_the_demos_own_page_gets_it(browser: Client) -> None:
    with override_settings(**OWN):
        assert 'data-demo="/demo-token"' in browser.get("/app/").content.decode()
        answer = browser.post("/demo-token", headers={"sec-fetch-site": "same-origin"})
    assert answer.json() == {"token": "made-at-start"}
    assert answer["Cache-Control"] == "no-store"
