"""Secrets at rest: sealed, opened only by who has the key, and never said."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from saleor_mailflow import settings_page, vault
from saleor_mailflow.conf import read_settings, resolve_secret
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.host import SECRET_FIELDS, merge_secrets
from saleor_mailflow.messages.providers import PROVIDERS, SMTP_OPTIONAL, SMTP_REQUIRED, fields_of

SECRET = "hunter2-and-more"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "first")
    monkeypatch.delenv("MAILFLOW_SECRET_KEY_FALLBACKS", raising=False)


def test_a_sealed_secret_says_nothing_and_opens_at_sending() -> None:
    sealed = vault.seal(SECRET)
    assert SECRET not in sealed
    assert sealed != vault.seal(SECRET)
    assert resolve_secret(sealed, key="provider_options.password") == SECRET


@pytest.mark.parametrize("given", ["", "env:NAME", "file:/run/secrets/smtp", "enc:already"])
def test_what_is_no_secret_is_left_as_it_is(given: str) -> None:
    assert vault.seal(given, tail="xx") == given


def test_a_copy_of_the_database_with_another_key_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = vault.seal(SECRET)
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "another")
    with pytest.raises(ConfigurationError) as refused:
        resolve_secret(sealed, key="provider_options.password")
    assert "provider_options.password was sealed with a key" in str(refused.value)
    assert sealed not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The new key seals, the old one still opens; after resealing the old one can go."""
    settings = {"provider_options": f"host = mail.example\npassword = {vault.seal(SECRET)}", "sender_name": "Shop"}
    monkeypatch.setenv("MAILFLOW_SECRET_KEY", "second")
    monkeypatch.setenv("MAILFLOW_SECRET_KEY_FALLBACKS", "zeroth, first")
    kept = read_settings(settings).provider_options["password"]
    assert resolve_secret(kept, key="k") == SECRET
    anew = vault.sealed_settings(settings, anew=True)
    monkeypatch.delenv("MAILFLOW_SECRET_KEY_FALLBACKS")
    with pytest.raises(ConfigurationError):
        resolve_secret(kept, key="k")
    options = read_settings(anew).provider_options
    assert (options["host"], resolve_secret(options["password"], key="k")) == ("mail.example", SECRET)


def test_djangos_own_key_and_its_fallbacks_do_as_well(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    monkeypatch.delenv("MAILFLOW_SECRET_KEY")
    settings.SECRET_KEY = "old"
    sealed = vault.seal(SECRET)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old"]
    assert vault.unseal(sealed, key="k") == SECRET


def test_every_form_of_settings_is_sealed_and_nothing_else() -> None:
    lines = vault.sealed_settings({"provider_options": "host = a\npassword = p=w", "consent_key": "newsletter"})
    assert lines["consent_key"] == "newsletter"
    assert read_settings(lines).provider_options["host"] == "a"
    assert resolve_secret(read_settings(lines).provider_options["password"], key="k") == "p=w"
    members = vault.sealed_settings({"provider_options": {"api_key": SECRET, "sender_domain": "shop.example"}})
    assert SECRET not in str(members)
    assert "shop.example" in str(members)


def test_every_secret_field_of_every_provider_is_known_by_its_name() -> None:
    secrets = {name for provider in PROVIDERS for name in merge_names(provider)} | {"password"}
    assert all(vault.is_secret(name) for name in secrets)
    plain = {"host", "port", "username", "use_tls", "sender_domain", "api_url", "region", "project_id", "timeout"}
    known = {name for provider in PROVIDERS for part in fields_of(provider) for name in part} | {
        *SMTP_REQUIRED,
        *SMTP_OPTIONAL,
    }
    assert plain <= known
    assert not any(vault.is_secret(name) for name in plain)


def merge_names(provider: str) -> set[str]:
    page = dict.fromkeys(SECRET_FIELDS, "x")
    return set(read_settings(merge_secrets({"provider": provider, **page})).provider_options)


def test_the_settings_page_seals_and_the_dashboard_still_shows_the_end() -> None:
    """Saleor shows the last four characters of what is kept, or the last one of a short secret; a password never."""
    typed = [
        {"name": "provider_api_key", "value": "sk_live_abcdef"},
        {"name": "provider_secret", "value": "abc"},
        {"name": "provider_password", "value": SECRET},
        {"name": "sender_name", "value": "Shop"},
    ]
    kept = {item["name"]: item["value"] for item in settings_page.sealed(typed)}
    assert (kept["provider_api_key"][-4:], kept["provider_secret"][-4:]) == ("cdef", "***c")
    assert not any(item["value"] in str(kept) for item in typed[:3])
    assert kept["sender_name"] == "Shop"
    opened = read_settings(merge_secrets({**kept, "provider": "mailjet"})).provider_options
    assert resolve_secret(opened["api_key"], key="k") == "sk_live_abcdef"
    assert resolve_secret(opened["secret_key"], key="k") == "abc"


def test_a_process_with_a_made_up_key_seals_nothing(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    """Saleor in debug mode: what the web worker sealed, the mail worker could not open."""
    monkeypatch.delenv("MAILFLOW_SECRET_KEY")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    settings.SECRET_KEY = "made up for this process"
    typed = [{"name": "provider_api_key", "value": SECRET}]
    assert settings_page.sealed(typed) == typed


def test_nothing_prints_a_secret() -> None:
    settings = read_settings({"provider": "smtp", "provider_options": f"password = {SECRET}\n{SECRET}"})
    assert SECRET not in repr(settings)
    assert [problem.text for problem in settings.problems] == ["Line 2 of provider_options is not ``name = value``."]
