"""The mark of a signature has one spelling only, so that no second header passes for the one that was sent."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.signature import read_signature

START = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"k","crit":["b64"],"b64":false}').rstrip(b"=").decode()
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(mark=st.text(st.sampled_from(ALPHABET + "+/= \n\té*"), min_size=1, max_size=12))
@example(mark="QUI=")
@example(mark="QUJ")
@example(mark="QU-_")
@example(mark="QU+/")
@example(mark="QU\nI")
@example(mark="A")
def test_only_base64url_in_its_one_spelling_is_read(mark: str) -> None:
    found = None
    if set(mark) <= set(ALPHABET) and len(mark) % 4 != 1:
        held = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
        if base64.urlsafe_b64encode(held).decode().rstrip("=") == mark:
            found = held
    if found is None:
        with pytest.raises(WebhookRefused) as refused:
            read_signature(f"{START}..{mark}")
        assert refused.value.status == 401
    else:
        assert read_signature(f"{START}..{mark}").mark == found


@given(mark=st.binary(min_size=1, max_size=400))
def test_every_mark_is_read_as_it_was_written(mark: bytes) -> None:
    text = base64.urlsafe_b64encode(mark).rstrip(b"=").decode()
    assert read_signature(f"{START}..{text}").mark == mark
