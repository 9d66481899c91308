"""The settings page as a merchant has it: Saleor's GraphQL, one field or all, finished or not."""

from __future__ import annotations

import pytest
from saleor.graphql.tests.utils import get_graphql_content
from saleor.plugins.models import PluginConfiguration

from saleor_mailflow import conf, host
from saleor_mailflow.models import Flow, LinkKey, Shop
from saleor_mailflow.settings_fields import CONFIG_STRUCTURE

pytestmark = pytest.mark.django_db

PAGE = """
globalConfiguration { active configuration { name value type label helpText } }
"""
SAVE = f"""
mutation($input: PluginUpdateInput!) {{
  pluginUpdate(id: "saleor.mailflow", input: $input) {{
    errors {{ field message code }}
    plugin {{ {PAGE} }}
  }}
}}
"""
READ = f'query {{ plugin(id: "saleor.mailflow") {{ name {PAGE} }} }}'


@pytest.fixture
def page(staff_api_client, permission_manage_plugins):
    """Save fields (text by name) and return the page's fields by name, as the Dashboard gets them."""
    staff_api_client.user.user_permissions.add(permission_manage_plugins)

    def save(active: bool | None = None, **fields: str) -> dict[str, str]:
        given = {"configuration": [{"name": name, "value": value} for name, value in fields.items()]}
        if active is not None:
            given["active"] = active
        content = get_graphql_content(staff_api_client.post_graphql(SAVE, {"input": given}))["data"]["pluginUpdate"]
        assert content["errors"] == []
        return by_name(content["plugin"])

    return save


@pytest.fixture
def read(staff_api_client, permission_manage_plugins):
    """Return the page's fields by name without saving anything."""
    staff_api_client.user.user_permissions.add(permission_manage_plugins)
    return lambda: by_name(get_graphql_content(staff_api_client.post_graphql(READ))["data"]["plugin"])


def by_name(plugin) -> dict[str, str]:
    return {item["name"]: item["value"] for item in plugin["globalConfiguration"]["configuration"]}


def test_reading_the_page_changes_nothing(read):
    fields = read()
    assert fields["flow_abandoned_checkout"] == "false"
    assert fields["status"]
    assert not Shop.objects.exists()
    assert not PluginConfiguration.objects.exists()


def test_every_field_is_explained_and_has_a_default(staff_api_client, permission_manage_plugins):
    staff_api_client.user.user_permissions.add(permission_manage_plugins)
    content = get_graphql_content(staff_api_client.post_graphql(READ))["data"]["plugin"]
    for item in content["globalConfiguration"]["configuration"]:
        assert item["label"], item
        assert item["helpText"], item
        assert item["type"], item


def test_unfinished_settings_are_accepted_and_the_status_says_what_is_missing(page):
    fields = page(sender_name="Corner Shop")
    assert fields["sender_name"] == "Corner Shop"
    assert fields["status"]
    assert "could not be worked out" not in fields["status"]
    shop = Shop.objects.get()
    assert (shop.road, shop.public_url, shop.api_url) == (
        "plugin",
        "https://example.com",
        "https://example.com/graphql/",
    )
    assert shop.key_fingerprint
    assert LinkKey.objects.filter(shop=shop).count() == 1


def test_secrets_come_one_by_one_and_are_never_shown(page):
    page(provider="postmark", provider_options="message_stream = broadcast")
    fields = page(provider_api_key="a-very-secret-token")
    assert fields["provider_api_key"] == "oken"
    fields = page(provider_password="hunter2")
    assert fields["provider_password"] == ""
    settings = conf.read_settings(host.plugin_settings())
    assert dict(settings.provider_options) == {"message_stream": "broadcast", "server_token": "a-very-secret-token"}
    assert settings.provider == "postmark"


def test_a_secret_may_be_a_reference_that_is_kept_as_one(page, monkeypatch):
    monkeypatch.setenv("SENDGRID_KEY", "the-secret")
    page(provider="sendgrid", provider_api_key="env:SENDGRID_KEY")
    options = conf.read_settings(host.plugin_settings()).provider_options
    assert options["api_key"] == "env:SENDGRID_KEY"
    assert conf.resolve_secret(options["api_key"], key="provider_api_key") == "the-secret"


def test_all_fields_at_once_as_the_dashboard_saves_them(page, read):
    everything = {**read(), "postal_address": "Corner Shop\nHauptstr. 1\nBerlin", "storefront_links": "* = nonsense"}
    # The Dashboard leaves the secrets out of this save.
    fields = page(**{name: value or "" for name, value in everything.items() if not name.startswith("provider_")})
    assert fields["postal_address"] == "Corner Shop\nHauptstr. 1\nBerlin"
    settings = conf.read_settings(host.plugin_settings())
    assert [problem.key for problem in settings.problems] == ["storefront_links"]


def test_a_flow_is_switched_on_and_off(page):
    assert page(flow_abandoned_checkout="true")["flow_abandoned_checkout"] == "true"
    flow = Flow.objects.get(key="abandoned_checkout")
    assert flow.mode == "live"
    assert flow.enabled_at
    page(flow_abandoned_checkout="false")
    flow.refresh_from_db()
    assert flow.mode == "off"


def test_rehearsing_wins_over_sending(page):
    page(flow_abandoned_checkout="true", flow_abandoned_checkout_shadow="true")
    assert Flow.objects.get().mode == "shadow"


def test_saving_something_else_leaves_a_flow_as_the_command_line_set_it(page, read):
    from datetime import UTC, datetime

    from saleor_mailflow.flows.publish import set_mode

    page(sender_name="Corner Shop")
    set_mode(Shop.objects.get(), "abandoned_checkout", "live", at=datetime.now(UTC))
    assert read()["flow_abandoned_checkout"] == "true"
    page(provider_api_key="x")
    assert Flow.objects.get().mode == "live"


def test_the_status_cannot_be_written(page):
    assert page(status="All is well")["status"] != "All is well"


def test_saving_one_secret_first_does_not_switch_the_plugin_off(page):
    """Saleor makes the row inactive, and the Dashboard saves a secret without saying anything of active."""
    page(provider_api_key="x")
    assert host.plugin_settings()["active"] is True
    assert PluginConfiguration.objects.get(identifier="saleor.mailflow").active
    page(active=False)
    page(provider_api_key="y")
    assert host.plugin_settings()["active"] is False


def test_switched_off_and_on_again(page):
    page(active=False, sender_name="Corner Shop")
    assert host.plugin_settings()["active"] is False
    page(active=True)
    assert host.plugin_settings()["active"] is True
    assert host.plugin_settings()["sender_name"] == "Corner Shop"


def test_a_test_address_is_used_and_not_kept(page):
    fields = page(sender_email="shop@example.com", provider="console", test_send_to="ada@example.org")
    assert fields["test_send_to"] == ""
    assert "Test mail" in fields["status"]
    assert "ada@example.org" not in str(list(PluginConfiguration.objects.values()))


def test_the_page_opens_when_we_are_broken(read, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "saleor_mailflow.settings_page", None)
    assert "sender_name" in read()


def test_settings_are_saved_when_we_are_broken(page, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "saleor_mailflow.settings_page", None)
    assert page(sender_name="Corner Shop")["sender_name"] == "Corner Shop"


def test_the_shop_gets_one_row_however_often_it_is_asked_for(page):
    page(sender_name="a")
    page(sender_name="b")
    assert host.ensure_shop().pk == host.ensure_shop().pk
    assert Shop.objects.count() == LinkKey.objects.count() == 1


def test_a_restored_copy_keeps_the_identity_it_came_with(page, settings):
    page(sender_name="Corner Shop")
    settings.PUBLIC_URL = "https://staging.example.net"
    shop = host.ensure_shop()
    assert shop.public_url == "https://example.com"
    assert host.public_url() == "https://staging.example.net"
    assert Shop.objects.count() == 1


def test_secrets_are_sealed_in_saleors_own_row_and_shown_as_ever(page, read, monkeypatch):
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "a-long-random-text")
    fields = page(provider="postmark", provider_api_key="a-very-secret-token")
    assert fields["provider_api_key"] == read()["provider_api_key"] == "oken"
    page(provider_password="hunter2-and-more")
    kept = str(list(PluginConfiguration.objects.values_list("configuration", flat=True)))
    assert "a-very-secret" not in kept
    assert "hunter2" not in kept
    # Saving something else seals nothing twice.
    page(sender_name="Corner Shop")
    options = conf.read_settings(host.plugin_settings()).provider_options
    assert conf.resolve_secret(options["server_token"], key="provider_api_key") == "a-very-secret-token"


def test_who_saved_what_is_written_down_without_the_secret(page):
    from saleor_mailflow.models import AuditEntry

    page(sender_name="Corner Shop", flow_abandoned_checkout="true")
    page(sender_name="Corner Shop & Sons", provider_api_key="a-very-secret-token")
    page(sender_name="Corner Shop & Sons")
    entries = list(AuditEntry.objects.order_by("id").values_list("actor", "action", "before", "after"))
    assert [entry[:2] for entry in entries] == [
        ("settings page", "settings.changed"),
        ("settings page", "flow.published"),
        ("settings page", "flow.switched"),
        ("settings page", "settings.changed"),
    ]
    assert entries[3][2:] == (
        {"sender_name": "Corner Shop"},
        {"sender_name": "Corner Shop & Sons", "provider_api_key": "(set)"},
    )


def test_the_types_of_fields_are_saleors_own() -> None:
    from saleor.plugins.base_plugin import ConfigurationTypeField

    assert {field["type"] for field in CONFIG_STRUCTURE.values()} <= dict(ConfigurationTypeField.CHOICES).keys()
