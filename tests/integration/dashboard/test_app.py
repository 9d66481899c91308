"""The app's page and files: nothing leaks, nothing is fetched from elsewhere, and every address below it opens."""

from __future__ import annotations

import json
import re

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings
from django.urls import resolve

from saleor_mailflow.dashboard import assets, policy
from saleor_mailflow.dashboard.views import app


def directives(answer: object) -> dict[str, list[str]]:
    header = answer["Content-Security-Policy"]  # type: ignore[index]  # a response
    return {name: rest for name, *rest in (part.split() for part in header.split(";"))}


def in_saleor(path: str) -> HttpRequest:
    """A request as Saleor's plugin door gets it: the whole path, resolved by what follows the plugin's id."""
    return RequestFactory().get(path)


def answer_in_saleor(path: str) -> str:
    below = path.partition("saleor.mailflow")[2]
    match = resolve(below, urlconf="saleor_mailflow.urls")
    return match.func(in_saleor(path), *match.args, **match.kwargs).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/app/static/../views.py",
        "/app/static/..%2fviews.py",
        "/app/static/manifest.json",
        "/app/static/index.html",
        "/app/static/%00",
        "/app/static/.hidden",
    ],
)
def test_no_name_leads_out_of_the_list(browser: Client, path: str) -> None:
    answer = browser.get(path)
    # Refused, or taken for the address of a screen; never a file.
    assert answer.status_code == 404 or answer.content == browser.get("/app/").content


def test_the_page_is_the_same_for_everybody_and_sets_no_cookie(browser: Client) -> None:
    plain = browser.get("/app/")
    browser.cookies["refreshToken"] = "somebody-signed-in"
    signed_in = browser.get("/app/", HTTP_AUTHORIZATION="Bearer anything")
    assert plain.content == signed_in.content
    assert not plain.cookies
    assert not signed_in.cookies
    assert "somebody-signed-in" not in signed_in.content.decode()


def test_the_page_takes_nothing_but_reading(browser: Client) -> None:
    assert browser.post("/app/", {"accessToken": "x"}).status_code == 405
    assert browser.delete("/app/flows").status_code == 405


def test_scripts_come_from_here_only(browser: Client) -> None:
    said = directives(browser.get("/app/"))
    assert said["default-src"] == ["'none'"]
    assert said["script-src"] == ["'self'"]
    assert said["connect-src"] == ["'self'"]
    assert said["base-uri"] == ["'none'"]
    page = browser.get("/app/").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page), "a script in the page would not run"
    assert not re.search(r"\son\w+=", page)


def test_headers_keep_it_to_itself(browser: Client) -> None:
    answer = browser.get("/app/contacts/7")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert "X-Frame-Options" not in answer


def test_only_the_named_dashboard_may_frame_it(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_URL", "https://admin.shop.example/dashboard/")
    assert directives(browser.get("/app/"))["frame-ancestors"] == ["'self'", "https://admin.shop.example"]
    monkeypatch.setenv("MAILFLOW_DASHBOARD_URL", "https://a.example:8443, http://localhost:9000/dashboard/")
    assert directives(browser.get("/app/"))["frame-ancestors"] == [
        "'self'",
        "https://a.example:8443",
        "http://localhost:9000",
    ]


@pytest.mark.parametrize(
    "named",
    ["https://a.example; script-src *", "javascript:alert(1)", "a.example", "https://evil@a.example", "https://'none'"],
)
def test_what_is_no_address_cannot_widen_the_policy(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_URL", named)
    assert policy.frame_ancestors() == "'self' http: https:"


def test_a_page_of_the_web_may_frame_it_where_no_dashboard_is_named(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DASHBOARD_URL", raising=False)
    monkeypatch.delenv("MAILFLOW_DASHBOARD_URL", raising=False)
    assert directives(browser.get("/app/"))["frame-ancestors"] == ["'self'", "http:", "https:"]


@pytest.mark.parametrize("mount", ["/plugins/saleor.mailflow/app", "/plugins/global/saleor.mailflow/app"])
@pytest.mark.parametrize(
    "rest", ["", "/", "/flows/abandoned_checkout", "/extensions/app/QXBwOjM=", "/a/app/app/b", "/static", "/../../x"]
)
def test_every_address_below_it_is_the_page_with_whole_addresses(mount: str, rest: str) -> None:
    page = answer_in_saleor(mount + rest)
    assert f'data-mount="{mount}"' in page
    assert f'data-graphql="{mount.removesuffix("/app")}/graphql/"' in page
    assert 'data-demo=""' in page
    assert not re.search(r'(?:src|href)="(?!/|data:|https?:)', page), "a relative address breaks below a deep link"


def test_a_path_cannot_write_into_the_page() -> None:
    request = in_saleor('/plugins/channel/"><script src=x>/saleor.mailflow/app')
    page = app(request).content.decode()
    assert "<script src=x>" not in page


@override_settings(MAILFLOW_DEMO_TOKEN="made-at-start")
def test_the_demo_hands_out_its_token_by_an_address_and_not_in_the_page(browser: Client) -> None:
    page = browser.get("/app/").content.decode()
    assert 'data-demo="/demo-token"' in page
    assert "made-at-start" not in page


def test_files_are_kept_for_ever_and_are_what_they_say(browser: Client) -> None:
    assert assets.assets(), "the widgets' files at least"
    for name, one in assets.assets().items():
        answer = browser.get(f"/app/static/{name}")
        assert answer.status_code == 200, name
        assert answer.content == one.path.read_bytes()
        assert answer["Content-Type"] == one.type
        assert "immutable" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_name_of_a_file_follows_its_content() -> None:
    for name in assets.WIDGET_FILES:
        assert re.search(r"-[0-9a-f]{12}\.", assets.widget_asset(name))


@pytest.mark.skipif(
    not (assets.STATIC / "manifest.json").is_file(), reason="the screens are not built in this checkout"
)
def test_everything_the_page_names_is_served(browser: Client) -> None:
    page = browser.get("/app/deep/link").content.decode()
    named = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert named
    for address in named:
        assert browser.get(address).status_code == 200, address
    manifest = json.loads((assets.STATIC / "manifest.json").read_text())
    assert set(manifest["assets"]) <= set(assets.assets())
