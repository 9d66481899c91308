"""Our API through Saleor's own server, with tokens that Saleor made: first who may not."""

from __future__ import annotations

import json

import pytest
from saleor.app.models import App
from saleor.core.jwt import (
    create_access_token,
    create_access_token_for_app,
    create_refresh_token,
    jwt_encode,
    jwt_user_payload,
)

from saleor_mailflow import host
from saleor_mailflow.models import AuditEntry, Contact, Flow

pytestmark = pytest.mark.django_db

ADDRESSES = ("/plugins/saleor.mailflow/graphql/", "/plugins/global/saleor.mailflow/graphql/")
ME = "{ me { actor permissions shop } }"
FLOWS = "{ flows { key name mode steps { id type waiting } figures { sent money { revenue { amount } } } } }"
PEOPLE = "{ contacts(first: 5) { totalCount edges { node { email why { says } } } } }"
SETTINGS = "{ settings { key value isSet } }"
SWITCH = 'mutation { flowSwitch(key: "abandoned_checkout", mode: SHADOW) { flow { mode } errors { message } } }'
SET = """mutation ($i: [SettingInput!]!) { settingsUpdate(input: $i) {
  settings { key value isSet } problems { text } errors { field message } } }"""


@pytest.fixture
def ask(client, shop):
    """Ask our API with a token in one of the headers; return (code of the first error or "", data)."""

    def post(query, token="", *, address=ADDRESSES[0], header="HTTP_AUTHORIZATION", **variables):
        extra = {header: token if header == "HTTP_AUTHORIZATION_BEARER" else f"Bearer {token}"} if token else {}
        body = json.dumps({"query": query, "variables": variables})
        answer = client.post(address, body, content_type="application/json", **extra).json()
        errors = answer.get("errors")
        return (errors[0]["extensions"]["exception"]["code"] if errors else ""), answer.get("data")

    return post


@pytest.fixture
def own_app(shop, permission_manage_orders):
    """Our own App, as the Dashboard opens it."""
    app = App.objects.create(
        name="Mailflow", identifier=host.PLUGIN_ID, type="thirdparty", is_active=True, is_installed=True
    )
    app.permissions.add(permission_manage_orders)
    return app


@pytest.fixture
def clerk(staff_user, permission_manage_plugins, permission_manage_users):
    """Somebody of the shop who may shape it and see its customers."""
    staff_user.user_permissions.add(permission_manage_plugins, permission_manage_users)
    return staff_user


def test_nobody_asks_who_may_not(ask, shop, customer_user, staff_user, own_app, permission_manage_products, client):
    staff_user.user_permissions.add(permission_manage_products)
    other = App.objects.create(name="Other", identifier="other", type="thirdparty", is_active=True, is_installed=True)
    tokens = {
        "": "PermissionDenied",
        create_access_token(customer_user): "PermissionDenied",
        create_access_token(staff_user): "PermissionDenied",
        create_access_token_for_app(own_app, staff_user): "PermissionDenied",
        create_access_token_for_app(other, staff_user): "PermissionDenied",
        create_refresh_token(staff_user): "InvalidTokenError",
        create_access_token(staff_user) + "x": "InvalidTokenError",
        "nonsense": "InvalidTokenError",
        "a" * 30: "InvalidTokenError",
    }
    for token, code in tokens.items():
        for query in (ME, FLOWS, PEOPLE, SETTINGS, SWITCH):
            assert ask(query, token)[0] == code, (query, token[-20:])
    assert not Flow.objects.filter(shop=shop).exists()


def test_a_cookie_is_nobody(ask, client, clerk):
    client.cookies["refreshToken"] = create_refresh_token(clerk)
    client.cookies["token"] = create_access_token(clerk)
    assert ask(ME)[0] == "PermissionDenied"


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("header", ["HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION_BEARER"])
def test_staff_ask_with_their_own_token(ask, shop, clerk, address, header):
    code, data = ask(ME, create_access_token(clerk), address=address, header=header)
    assert code == ""
    assert data["me"]["actor"] == f"staff:{clerk.pk}"
    assert set(data["me"]["permissions"]) >= {"MANAGE_PLUGINS", "MANAGE_USERS"}
    Contact.objects.create(
        shop=shop, email="anna@shop.example", first_seen_at=shop.created_at, updated_at=shop.created_at
    )
    code, data = ask(FLOWS, create_access_token(clerk))
    assert code == ""
    assert "abandoned_checkout" in {flow["key"] for flow in data["flows"]}
    code, data = ask(PEOPLE, create_access_token(clerk))
    assert (code, data["contacts"]["totalCount"]) == ("", 1)


def test_a_superuser_may_everything(ask, superuser):
    assert ask(SETTINGS, create_access_token(superuser))[0] == ""


def test_the_frame_is_decided_by_what_the_person_may_and_by_the_app_it_names(ask, clerk, own_app, shop):
    """The App itself may only see orders; what counts in its frame is what the person may."""
    framed = create_access_token_for_app(own_app, clerk)
    assert ask(SETTINGS, framed)[0] == ""
    assert ask(SWITCH, framed)[1]["flowSwitch"] == {"flow": {"mode": "SHADOW"}, "errors": []}
    assert AuditEntry.objects.get(shop=shop, action="flow.switched").actor == f"staff:{clerk.pk}"
    other = App.objects.create(name="Other", identifier="other", type="thirdparty", is_active=True, is_installed=True)
    assert ask(SETTINGS, create_access_token_for_app(other, clerk))[0] == "PermissionDenied"
    own_app.is_active = False
    own_app.save()
    assert ask(SETTINGS, framed)[0] == "PermissionDenied"


def test_an_expired_token_says_so_and_a_signed_out_one_does_not_count(ask, clerk, own_app):
    from freezegun import freeze_time

    with freeze_time("2026-01-01 12:00:00"):
        old = create_access_token_for_app(own_app, clerk)
    assert ask(ME, old)[0] == "ExpiredSignatureError"
    fresh = create_access_token_for_app(own_app, clerk)
    clerk.jwt_token_key = "changed"
    clerk.save()
    assert ask(ME, fresh)[0] == "InvalidTokenError"
    again = create_access_token_for_app(own_app, clerk)
    clerk.is_active = False
    clerk.save()
    assert ask(ME, again)[0] == "InvalidTokenError"


def test_a_token_that_only_looks_like_the_frames_is_nothing(ask, clerk, own_app):
    """Signed by the shop, but made for another purpose: a permission list does not make a frame of it."""
    payload = jwt_user_payload(clerk, "confirm-email-change", None, {"user_permissions": ["MANAGE_SETTINGS"]})
    assert ask(SETTINGS, jwt_encode(payload))[0] == "InvalidTokenError"


def test_an_app_asks_with_its_own_token(ask, app, permission_manage_plugins, permission_manage_products):
    token = app.tokens.create(name="test")
    secret = token[1] if isinstance(token, tuple) else token.auth_token
    assert ask(SETTINGS, secret)[0] == "PermissionDenied"
    app.permissions.add(permission_manage_plugins)
    assert ask(SETTINGS, secret)[0] == ""
    assert ask(ME, secret)[1]["me"]["actor"] == f"app:{app.pk}"
    app.is_active = False
    app.save()
    assert ask(SETTINGS, secret)[0] in {"InvalidTokenError", "PermissionDenied"}


def test_settings_are_saved_through_saleors_own_door(ask, clerk, shop):
    from saleor.plugins.models import PluginConfiguration

    token = create_access_token(clerk)
    typed = [
        {"key": "sender_email", "value": "hello@shop.example"},
        {"key": "provider", "value": "postmark"},
        {"key": "provider_api_key", "value": "pm-secret-1"},
        {"key": "track_clicks", "value": "false"},
    ]
    code, data = ask(SET, token, i=typed)
    assert (code, data["settingsUpdate"]["errors"]) == ("", [])
    told = {one["key"]: one for one in data["settingsUpdate"]["settings"]}
    assert told["sender_email"]["value"] == "hello@shop.example"
    assert (told["provider_api_key"]["value"], told["provider_api_key"]["isSet"]) == (None, True)
    assert told["track_clicks"]["value"] == "false"
    row = PluginConfiguration.objects.get(identifier=host.PLUGIN_ID)
    assert row.active is True
    assert {item["name"]: item["value"] for item in row.configuration}["sender_email"] == "hello@shop.example"
    entry = AuditEntry.objects.get(shop=shop, action="settings.changed")
    assert entry.actor == f"staff:{clerk.pk}"
    assert "pm-secret-1" not in f"{entry.before}{entry.after}"
    assert ask(SET, token, i=[{"key": "sender_name", "value": "Shop"}])[0] == ""
    assert {one["key"]: one["value"] for one in ask(SETTINGS, token)[1]["settings"]}["sender_email"]


def test_it_answers_while_the_plugin_is_switched_off(ask, clerk):
    from saleor.plugins.models import PluginConfiguration

    PluginConfiguration.objects.create(identifier=host.PLUGIN_ID, active=False, configuration=[])
    assert ask(ME, create_access_token(clerk))[0] == ""


def test_the_demos_token_is_nothing_here(ask, settings, shop):
    settings.MAILFLOW_DEMO_TOKEN = "demo-token"
    assert ask(ME, "demo-token")[0] == "InvalidTokenError"


def test_saleor_answers_what_the_standalone_service_asks_of_a_token(client, clerk, own_app, app, customer_user):
    """The questions of ``graphql.remote``, to Saleor's own API with each kind of token."""
    from graphene import Node

    from saleor_mailflow.graphql import remote

    def asked(query, token, **variables):
        body = json.dumps({"query": query, "variables": variables})
        answer = client.post("/graphql/", body, content_type="application/json", HTTP_AUTHORIZATION_BEARER=token).json()
        return answer.get("data") or {}

    me = asked(remote._STAFF, create_access_token(clerk))["me"]
    assert (me["isStaff"], me["isActive"]) == (True, True)
    assert {"code": "MANAGE_USERS"} in me["userPermissions"]
    assert asked(remote._STAFF, create_access_token(customer_user))["me"]["isStaff"] is False
    assert not asked(remote._STAFF, create_access_token(clerk) + "x").get("me")
    framed = asked(remote._FRAME, create_access_token_for_app(own_app, clerk), app=Node.to_global_id("App", own_app.pk))
    assert framed["me"]["isStaff"] is True
    assert framed["app"] == {"identifier": host.PLUGIN_ID, "isActive": True}
    token = app.tokens.create(name="test")
    secret = token[1] if isinstance(token, tuple) else token.auth_token
    assert asked(remote._APP, secret)["app"]["isActive"] is True
    assert not asked(remote._APP, "a" * 30).get("app")
