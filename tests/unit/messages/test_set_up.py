"""What a merchant reads while the provider is set up, field by field."""

from __future__ import annotations

import pytest

from saleor_mailflow.conf import read_settings
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.messages.providers import NAMES, PROVIDERS, fields_of
from saleor_mailflow.messages.set_up import missing_fields, unused_fields
from saleor_mailflow.messages.transport import transport_for


def problems(provider: str, options: str = "") -> list[tuple[str, str]]:
    found = missing_fields(read_settings({"provider": provider, "provider_options": options}))
    return [(problem.key, problem.text) for problem in found]


def test_nothing_chosen_lists_what_there_is() -> None:
    ((key, text),) = problems("")
    assert key == "provider"
    assert all(name in text for name in NAMES)


def test_a_misspelt_provider_gets_a_hint() -> None:
    assert problems("postmrak") == [("provider", "The provider 'postmrak' is not known: did you mean postmark?")]
    assert "use one of" in problems("pigeon")[0][1]


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_required_field_is_asked_for_and_then_nothing(name: str) -> None:
    required, _ = fields_of(name)
    assert [key for key, _ in problems(name)] == [f"provider_options.{field}" for field in required]
    assert problems(name, "\n".join(f"{field} = env:SECRET" for field in required)) == []


def test_smtp_needs_a_host_and_readable_numbers() -> None:
    assert [key for key, _ in problems("smtp")] == ["provider_options.host"]
    wrong = "host = mail.shop.example\nport = many\nuse_tls = perhaps\ntimeout = 0\nsink = so-so"
    assert {key for key, _ in problems("smtp", wrong)} == {
        f"provider_options.{field}" for field in ("port", "use_tls", "timeout", "sink")
    }
    assert problems("smtp", "host = mail.shop.example\nPort = 2525\nuse-tls = No\nconnect-timeout = 0.5") == []


def test_a_reference_is_not_followed_before_it_is_needed() -> None:
    assert problems("smtp", "host = env:NOT_SET_ANYWHERE\nport = file:/nowhere") == []


def test_console_needs_nothing() -> None:
    assert problems("console") == []


@pytest.mark.parametrize("written", ["Amazon SES", "amazon-ses", "AMAZON_SES"])
def test_names_are_forgiving(written: str) -> None:
    assert problems(written) == []


def test_a_field_the_provider_does_not_know_is_remarked_on_and_holds_nothing_up() -> None:
    settings = read_settings({"provider": "resend", "provider_options": "api_key = k\napi_kay = k\nhost = x"})
    assert missing_fields(settings) == []
    texts = [remark.text for remark in unused_fields(settings)]
    assert texts[0] == "resend does not use api_kay: did you mean api_key?"
    assert len(texts) == 2


def test_an_unfinished_provider_gives_no_transport() -> None:
    with pytest.raises(ConfigurationError, match="mailjet needs secret_key") as wrong:
        transport_for(read_settings({"provider": "mailjet", "provider_options": "api_key = k"}))
    assert wrong.value.key == "provider_options.secret_key"
