"""Our checks of signatures against Anymail's own, where it has one: what either lets in, the other lets in."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any

import pytest
from anymail.exceptions import AnymailWarning, AnymailWebhookValidationFailure
from django.utils.module_loading import import_string

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.providers.post import Post
from saleor_mailflow.webhooks.providers.read import _VIEWS
from saleor_mailflow.webhooks.providers.signatures import SIGNING, check_signature
from tests.contract.provider_cases import SHIPPED
from tests.provider_posts import KEYS, Event, body, signed

NOW = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
#: What Anymail 15 calls the key of each; Resend's it checks with a package of its own.
SETTINGS = {
    "mailersend": "signing_secret",
    "mailgun": "webhook_signing_key",
    "mailtrap": "tracking_secret",
    "mandrill": "webhook_key",
    "postal": "webhook_key",
    "sendgrid": "tracking_webhook_verification_key",
    "unisender_go": "api_key",
}
URL = "http://localhost:443/"


def anymail_lets_in(provider: str, post: Post) -> bool:
    found: Any = import_string(_VIEWS[provider])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnymailWarning)
        view = found(**{SETTINGS[provider]: KEYS[provider], "webhook_secret": ""})
    if provider == "mandrill":
        view.webhook_url = URL
    try:
        view.run_validators(post.as_django())
    except AnymailWebhookValidationFailure:
        return False
    return True


def we_let_in(provider: str, post: Post) -> bool:
    try:
        check_signature(post, KEYS[provider], NOW)
    except WebhookRefused:
        return False
    return True


@pytest.mark.parametrize("provider", sorted(SETTINGS.keys() & SHIPPED))
def test_both_let_in_the_same(provider: str) -> None:
    raw, headers = signed(provider, body(provider, Event()), now=NOW, url=URL)
    genuine = Post(provider=provider, headers=headers, raw=raw, urls=(URL,))
    unsigned = Post(provider=provider, headers={"Content-Type": headers["Content-Type"]}, raw=raw, urls=(URL,))
    if len(headers) > 1 and anymail_lets_in(provider, unsigned):
        pytest.skip("This Anymail does not check it.")
    assert anymail_lets_in(provider, genuine)
    assert we_let_in(provider, genuine)
    for at in range(0, len(raw), max(1, len(raw) // 40)):
        bent = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        changed = Post(provider=provider, headers=headers, raw=bent, urls=(URL,))
        assert we_let_in(provider, changed) == anymail_lets_in(provider, changed), at


@pytest.mark.parametrize("provider", SIGNING)
def test_every_bent_header_is_refused(provider: str) -> None:
    raw, headers = signed(provider, body(provider, Event()), now=NOW, url=URL)
    for name in set(headers) - {"Content-Type"}:
        for wrong in ("", "x", headers[name][:-2], "v1,AAAA", "\u00e9"):
            bent = Post(provider=provider, headers={**headers, name: wrong}, raw=raw, urls=(URL,))
            assert not we_let_in(provider, bent), (name, wrong)
