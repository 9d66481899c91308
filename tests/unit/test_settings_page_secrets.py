"""The three secret fields of the settings page are enough for every provider that can be chosen."""

from __future__ import annotations

import pytest

from saleor_mailflow.conf import read_settings
from saleor_mailflow.host import SECRET_FIELDS, SECRET_OPTIONS, merge_secrets
from saleor_mailflow.messages.providers import NAMES, PROVIDERS, fields_of

PAGE = {"provider_api_key": "key", "provider_secret": "secret", "provider_password": "password"}


def options(**raw: str) -> dict[str, str]:
    return dict(read_settings(merge_secrets(raw)).provider_options)


def test_a_secret_left_over_from_another_provider_goes_nowhere() -> None:
    assert options(provider="console", **PAGE) == {}
    assert options(provider="smtp", provider_options="host = mail.example", **PAGE) == {
        "host": "mail.example",
        "password": "password",
    }
    assert options(provider="sendgrid", **PAGE) == {"api_key": "key"}


@pytest.mark.parametrize("provider", NAMES)
def test_every_name_is_one_that_the_provider_knows(provider: str) -> None:
    required, optional = fields_of(provider)
    assert set(options(provider=provider, **PAGE)) <= {*required, *optional}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_required_secret_can_be_entered(provider: str) -> None:
    required = {name for name in fields_of(provider)[0] if "key" in name or "token" in name}
    assert required <= set(options(provider=provider, **PAGE))
    assert PROVIDERS[provider].credentials in options(provider=provider, **PAGE)


def test_a_secret_wins_over_a_line_and_an_empty_one_does_not() -> None:
    assert options(provider="Postmark", provider_options="server_token = old", provider_api_key="new") == {
        "server_token": "new"
    }
    assert options(provider="postmark", provider_options="server_token = old", provider_api_key="") == {
        "server_token": "old"
    }


def test_only_known_fields_are_used() -> None:
    assert {field for names in SECRET_OPTIONS.values() for field in names} <= set(SECRET_FIELDS)
