"""Our App inside a real Saleor: who may see it, where it stands, whose tokens count, and what it never does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from saleor.app.models import App, AppExtension

from saleor_mailflow import host_dashboard
from saleor_mailflow.cli import main
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.host_dashboard import show_problems, sync_app
from saleor_mailflow.uninstall import uninstall

pytestmark = pytest.mark.django_db

PLUGIN = "saleor.mailflow"
SAVE = """mutation ($active: Boolean) { pluginUpdate(id: "saleor.mailflow", input: {active: $active, configuration:
  [{name: "sender_name", value: "Corner Shop"}]}) { errors { field message } plugin { globalConfiguration {
  configuration { name value } } } } }"""
SEEN = """{ apps(first: 5) { edges { node { name identifier type isActive appUrl accessToken
  permissions { code } extensions { label url mountName targetName accessToken settings
  permissions { code } } } } } }"""


def ours() -> App:
    return App.objects.get(identifier=PLUGIN)


@pytest.fixture
def merchant(staff_api_client, permission_manage_plugins, permission_manage_orders, permission_manage_users):
    held = (permission_manage_plugins, permission_manage_orders, permission_manage_users)
    staff_api_client.user.user_permissions.add(*held)
    return staff_api_client


def save(merchant, active: bool = True) -> dict:
    answer = merchant.post_graphql(SAVE, {"active": active}).json()
    assert not answer.get("errors"), answer
    return answer["data"]["pluginUpdate"]


# What it never does.


def test_a_shoppers_request_makes_no_app(shop, guest, goods):
    guest.put(goods, email="ada@example.com")
    assert not App.objects.filter(identifier=PLUGIN).exists()


def test_switched_off_it_is_not_made(shop, merchant):
    save(merchant, active=False)
    assert not App.objects.filter(identifier=PLUGIN).exists()


def test_what_a_merchant_took_away_stays_away_until_it_is_asked_for(shop, merchant):
    save(merchant)
    App.objects.filter(identifier=PLUGIN).update(removed_at=datetime.now(UTC), is_active=False)
    save(merchant)
    assert not App.objects.filter(identifier=PLUGIN, is_active=True).exists()
    assert App.objects.filter(identifier=PLUGIN).count() == 1
    assert main(["dashboard", "sync"]) == 0
    assert ours().is_active
    assert ours().removed_at is None


def test_what_a_merchant_deactivated_stays_so(shop, merchant):
    save(merchant)
    App.objects.filter(identifier=PLUGIN).update(is_active=False)
    save(merchant)
    assert not ours().is_active


def test_apps_of_others_are_left_alone(shop, merchant, app):
    before = {**App.objects.filter(pk=app.pk).values().get()}
    AppExtension.objects.create(app=app, label="Theirs", url="/", mount="navigation_customers", target="app_page")
    sync_app()
    assert App.objects.filter(pk=app.pk).values().get() == before
    assert app.extensions.get().label == "Theirs"


def test_an_address_that_would_be_cut_is_refused(shop, settings):
    settings.PUBLIC_URL = "https://" + ".".join(["a" * 60] * 4) + ".example"
    with pytest.raises(ConfigurationError, match="PUBLIC_URL is too long"):
        sync_app()
    assert not App.objects.filter(identifier=PLUGIN).exists()


# What it does.


def test_switched_on_it_stands_in_the_dashboard_with_a_token_for_whoever_may(shop, merchant, settings):
    settings.PUBLIC_URL = "https://shop.example"
    save(merchant)
    (seen,) = [edge["node"] for edge in merchant.post_graphql(SEEN).json()["data"]["apps"]["edges"]]
    assert (seen["identifier"], seen["type"], seen["isActive"]) == (PLUGIN, "THIRDPARTY", True)
    assert seen["appUrl"] == "https://shop.example/plugins/saleor.mailflow/app"
    assert seen["accessToken"]
    places = {one["mountName"]: one for one in seen["extensions"]}
    assert places["NAVIGATION_CUSTOMERS"]["label"] == "Mail flows"
    assert places["NAVIGATION_CUSTOMERS"]["url"] == "/"
    for mount, code in (("ORDER_DETAILS_WIDGETS", "MANAGE_ORDERS"), ("CUSTOMER_DETAILS_WIDGETS", "MANAGE_USERS")):
        place = places[mount]
        assert place["targetName"] == "WIDGET"
        assert place["url"].startswith(seen["appUrl"] + "/widgets/")
        assert [one["code"] for one in place["permissions"]] == [code]
        assert place["accessToken"], mount
        told = place["settings"] if isinstance(place["settings"], dict) else json.loads(place["settings"])
        assert told["widgetTarget"]["method"] == "GET"
    assert {one["code"] for one in seen["permissions"]} == set(host_dashboard.PERMISSIONS)


def test_the_homepage_where_this_saleor_has_places_there(shop, merchant):
    listed = AppExtension._meta.get_field("mount").choices
    save(merchant)
    there = ours().extensions.filter(mount="homepage_widgets").exists()
    assert there == (not listed or "homepage_widgets" in dict(listed))


def test_staff_without_the_permission_get_no_token_of_a_widget(shop, merchant, permission_manage_users):
    save(merchant)
    merchant.user.user_permissions.remove(permission_manage_users)
    (seen,) = [edge["node"] for edge in merchant.post_graphql(SEEN).json()["data"]["apps"]["edges"]]
    places = {one["mountName"]: one for one in seen["extensions"]}
    assert places["ORDER_DETAILS_WIDGETS"]["accessToken"]
    assert places["CUSTOMER_DETAILS_WIDGETS"]["accessToken"] is None


def test_a_second_time_nothing_is_written(shop, merchant, django_assert_max_num_queries):
    save(merchant)
    before = (ours().pk, set(ours().extensions.values_list("pk", flat=True)))
    with django_assert_max_num_queries(40) as asked:
        done = sync_app()
    assert not done.changed
    assert not [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert (ours().pk, set(ours().extensions.values_list("pk", flat=True))) == before


def test_it_follows_the_public_address(shop, settings):
    settings.PUBLIC_URL = "https://old.example"
    sync_app()
    settings.PUBLIC_URL = "https://new.example"
    assert sync_app().changed
    assert ours().app_url == "https://new.example/plugins/saleor.mailflow/app"
    assert not AppExtension.objects.filter(url__contains="old.example").exists()


def test_what_was_bent_is_mended(shop):
    sync_app()
    ours().extensions.filter(mount="order_details_widgets").update(url="https://evil.example/", label="?")
    AppExtension.objects.create(app=ours(), label="Twice", url="/", mount="navigation_customers", target="app_page")
    AppExtension.objects.create(app=ours(), label="Old", url="/", mount="navigation_orders", target="app_page")
    assert sync_app().changed
    assert not AppExtension.objects.filter(url__contains="evil.example").exists()
    assert ours().extensions.filter(mount="navigation_customers").count() == 1
    assert not ours().extensions.filter(mount="navigation_orders").exists()


def test_the_settings_page_says_where_it_is(shop, merchant, settings):
    settings.PUBLIC_URL = "https://shop.example"
    fields = save(merchant)["plugin"]["globalConfiguration"]["configuration"]
    (told,) = [one["value"] for one in fields if one["name"] == "dashboard"]
    assert "https://shop.example/plugins/saleor.mailflow/app" in told


def test_it_goes_with_the_rest(shop, tmp_path):
    sync_app()
    uninstall(tmp_path, apply=True)
    assert not App.objects.filter(identifier=PLUGIN).exists()
    assert not AppExtension.objects.exists()


# Badges.


def problems() -> dict[str, tuple[str, bool]]:
    return {row.key: (row.message, row.is_critical) for row in ours().problems.all()}


def test_a_badge_comes_changes_and_goes(shop):
    now = datetime.now(UTC)
    assert show_problems({"lag": ("Work is late.", False)}, now) == 0, "there is no App yet"
    sync_app()
    assert show_problems({"lag": ("Work is late.", False)}, now) == 1
    assert show_problems({"lag": ("Work is late.", False)}, now) == 0
    assert show_problems({"lag": ("Work is very late.", True)}, now) == 1
    assert problems() == {"mailflow:lag": ("Work is very late.", True)}
    assert show_problems({}, now) == 1
    assert problems() == {}


def test_what_staff_dismissed_stays_dismissed_until_it_was_over(shop):
    now = datetime.now(UTC)
    sync_app()
    show_problems({"lag": ("Work is late.", False)}, now)
    ours().problems.update(dismissed=True)
    show_problems({"lag": ("Work is later.", False)}, now)
    assert ours().problems.get().dismissed
    show_problems({}, now)
    show_problems({"lag": ("Late again.", False)}, now)
    assert not ours().problems.get().dismissed


def test_the_tick_shows_what_is_wrong_with_a_flow_that_is_on_and_only_then(day):
    from saleor_mailflow.process.badges import EVERY

    day.settings(sender_email="")
    day.tick()
    told = problems()
    assert any("sender" in message.lower() for message, _ in told.values()), told
    assert "mailflow:tick" not in told, "it is a tick that says so"
    day.settings(sender_email="hello@corner.example")
    day.now += EVERY + timedelta(seconds=1)
    day.tick()
    assert not [key for key in problems() if "sender" in key]


def test_an_app_that_cannot_be_made_stops_no_tick(day, settings):
    from saleor_mailflow.models import Heartbeat

    App.objects.filter(identifier=PLUGIN).delete()
    settings.PUBLIC_URL = "https://" + ".".join(["a" * 60] * 4) + ".example"
    day.tick()
    assert Heartbeat.objects.filter(name__startswith="tick:beat:").exists()
    assert not App.objects.filter(identifier=PLUGIN).exists()


# The door: the frame's page, and tokens.


@pytest.mark.parametrize("door", ["/plugins/saleor.mailflow", "/plugins/global/saleor.mailflow"])
def test_the_page_opens_for_everybody_and_holds_nothing(shop, merchant, door, monkeypatch):
    monkeypatch.setenv("DASHBOARD_URL", "https://admin.example/dashboard/")
    save(merchant)
    browser = Client()
    browser.cookies["refreshToken"] = "somebodys"
    for path in ("/app", "/app/", "/app/flows/abandoned_checkout", "/app/extensions/app/QXBwOjM=?theme=dark"):
        answer = browser.get(door + path)
        assert answer.status_code == 200, path
        assert f'data-mount="{door}/app"' in answer.content.decode()
        policy = answer["Content-Security-Policy"]
        assert "frame-ancestors 'self' https://admin.example" in policy
        assert "script-src 'self';" in policy
        assert not answer.cookies
        assert "Corner Shop" not in answer.content.decode()


def ask(token: str, door: str = "/plugins/saleor.mailflow") -> dict:
    return (
        Client()
        .post(
            f"{door}/graphql/",
            data=json.dumps({"query": "{ me { permissions } }"}),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {token}",
        )
        .json()
    )


def test_tokens_of_the_frame_count_and_those_of_other_frames_do_not(shop, merchant, external_app):
    save(merchant)
    apps = {
        edge["node"]["identifier"]: edge["node"] for edge in merchant.post_graphql(SEEN).json()["data"]["apps"]["edges"]
    }
    (theirs,) = [one for key, one in apps.items() if key != PLUGIN]
    assert theirs["accessToken"]
    told = ask(theirs["accessToken"])
    assert not (told.get("data") or {}).get("me"), told
    assert ask(apps[PLUGIN]["accessToken"])["data"]["me"]
    for place in apps[PLUGIN]["extensions"]:
        assert ask(place["accessToken"])["data"]["me"], place["mountName"]


def test_a_token_outlives_neither_its_app_nor_its_person(shop, merchant):
    save(merchant)
    (seen,) = [edge["node"] for edge in merchant.post_graphql(SEEN).json()["data"]["apps"]["edges"]]
    App.objects.filter(identifier=PLUGIN).update(is_active=False)
    assert not (ask(seen["accessToken"]).get("data") or {}).get("me")
    App.objects.filter(identifier=PLUGIN).update(is_active=True)
    assert ask(seen["accessToken"])["data"]["me"]
    merchant.user.is_active = False
    merchant.user.save(update_fields=["is_active"])
    assert not (ask(seen["accessToken"]).get("data") or {}).get("me")
