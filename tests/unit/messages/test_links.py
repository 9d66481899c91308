"""Signed links without a database: what is forged, mixed up, cut short or too old opens nothing."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest

from saleor_mailflow.messages.links import (
    RESTORE_FOR,
    Link,
    LinkKind,
    LinkSigner,
    claimed_shop,
    make_restore,
    make_unsubscribe,
    unsubscribe_headers,
    verify,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MESSAGE = UUID("7c0ffee0-1111-4222-8333-444455556666")
OLD, NEW = b"old key of the shop", b"new key of the shop"
KEYS = {7: [NEW, OLD], 8: [b"another shop's key"]}

UNSUBSCRIBE = make_unsubscribe(KEYS[7], 7, 42, MESSAGE)
RESTORE = make_restore(KEYS[7], 7, 42, MESSAGE, NOW)


def opened(token: str, kind: LinkKind = LinkKind.UNSUBSCRIBE, now: datetime = NOW) -> Link | None:
    return verify(token, kind, now, lambda shop_id: KEYS.get(shop_id, []))


def test_five_thousand_mutated_tokens_open_nothing() -> None:
    chance = random.Random(8058)  # the same five thousand each time
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    wide = alphabet + "=+/%.~ \n\0ä日\ud800"
    tried = 0
    while tried < 5_000:
        genuine = chance.choice([UNSUBSCRIBE, RESTORE])
        signs = list(genuine)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(signs)) if signs else 0
            match chance.randrange(5):
                case 0 if signs:
                    signs[place] = chance.choice(alphabet)
                case 1 if signs:
                    signs[place] = chance.choice(wide)
                case 2 if signs:
                    del signs[place]
                case 3:
                    signs.insert(place, chance.choice(wide))
                case _:
                    signs = signs[:place]
        mutated = "".join(signs)
        if mutated in {UNSUBSCRIBE, RESTORE}:
            continue
        tried += 1
        assert opened(mutated) is None, mutated
        assert opened(mutated, LinkKind.RESTORE) is None, mutated


def test_every_single_bit_counts() -> None:
    raw = base64.urlsafe_b64decode(UNSUBSCRIBE)
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        assert opened(base64.urlsafe_b64encode(flipped).decode()) is None


def test_one_kind_never_passes_for_another() -> None:
    assert opened(RESTORE, LinkKind.UNSUBSCRIBE) is None
    assert opened(UNSUBSCRIBE, LinkKind.RESTORE) is None


def test_another_shops_key_signs_nothing_of_ours() -> None:
    assert opened(make_unsubscribe(KEYS[8], 7, 42, MESSAGE)) is None
    assert opened(make_unsubscribe(KEYS[7], 8, 42, MESSAGE)) is None
    assert opened(make_unsubscribe(KEYS[7], 9, 42, MESSAGE)) is None


def test_a_token_says_whose_it_is_and_names_nobody() -> None:
    found = opened(UNSUBSCRIBE)
    assert found == Link(kind=LinkKind.UNSUBSCRIBE, shop_id=7, contact_id=42, message=MESSAGE, expired=False)
    assert len(UNSUBSCRIBE) == len(RESTORE) == 68
    assert UNSUBSCRIBE.replace("-", "").replace("_", "").isalnum()
    assert claimed_shop(UNSUBSCRIBE) == 7
    assert claimed_shop("cut") is None


def test_links_outlive_a_rotation_of_keys() -> None:
    assert opened(make_unsubscribe([OLD], 7, 42, MESSAGE)) is not None
    assert make_unsubscribe([NEW, OLD], 7, 42, MESSAGE) == make_unsubscribe([NEW], 7, 42, MESSAGE)


def test_unsubscribing_never_expires_and_the_way_back_does() -> None:
    decades = opened(UNSUBSCRIBE, now=NOW + timedelta(days=20_000))
    assert decades is not None
    assert not decades.expired
    before, after = (opened(RESTORE, LinkKind.RESTORE, NOW + RESTORE_FOR + timedelta(seconds=s)) for s in (-1, 0))
    assert before is not None
    assert after is not None
    assert (before.expired, after.expired) == (False, True)


def test_the_signer_makes_addresses() -> None:
    signer = LinkSigner(7, KEYS[7], base="https://shop.example/plugins/saleor.mailflow")
    assert signer.unsubscribe(contact_id=42, message=MESSAGE) == (
        f"https://shop.example/plugins/saleor.mailflow/u/{UNSUBSCRIBE}/"
    )
    assert signer.restore(contact_id=42, message=MESSAGE, now=NOW).endswith(f"/r/{RESTORE}/")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/u/a/>, <https://evil.example/",
        "https://x.example/\r\nBcc: victim@example.com",
        "https://x.example/ü",
        "https://x.example/a b",
        "mailto:x@example.com",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_header_holds_one_plain_address(url: str) -> None:
    with pytest.raises(ValueError, match="one plain web address"):
        unsubscribe_headers(url)


def test_the_headers_are_those_of_the_standard() -> None:
    mail = EmailMessage()
    for name, value in unsubscribe_headers("https://x.example/u/abc/").items():
        mail[name] = value
    assert mail.get_all("List-Unsubscribe") == ["<https://x.example/u/abc/>"]
    assert mail.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
