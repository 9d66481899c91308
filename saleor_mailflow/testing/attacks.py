"""What somebody might send to a shop's webhook door: forged, cut, replayed, absurd. Made out of real webhooks.

Refuses to touch anybody: what is well signed here is about carts and people of its own, so a day with attacks must come
out as the day without them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from saleor_mailflow.testing.days import Told
from saleor_mailflow.testing.signing import SigningShop

#: Every address in a well signed attack ends in this.
ATTACKER = "@attacker.example"
#: Of event names, for the unsigned header.
NAMES = ("customer_deleted", "order_created", "checkout_created", "account_deleted", "", "x" * 300)

Attack = Callable[[Told, SigningShop, Random], Told]


def forged(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Sign with another key that claims the name of the shop's own."""
    thief = _thief(shop.api_url)
    thief.kid = shop.kid
    return replace(told, headers=thief.headers(told.event, told.raw), about=None)


def of_another_shop(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Come from a shop that nobody installed, in good order."""
    other = _thief("https://other.example/graphql/")
    return replace(told, headers=other.headers(told.event, told.raw), about=None)


def tampered(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Change one byte and keep the signature."""
    at = chance.randrange(len(told.raw))
    return replace(told, raw=told.raw[:at] + bytes([told.raw[at] ^ 1]) + told.raw[at + 1 :], about=None)


def truncated(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Cut the body and keep the signature."""
    return replace(told, raw=told.raw[: chance.randrange(len(told.raw))], about=None)


def written_anew(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Read the JSON and write it again, as a proxy might: the same value, other bytes."""
    return replace(told, raw=json.dumps(json.loads(told.raw), indent=3).encode(), about=None)


def replayed(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Send the same again, later."""
    return replace(told, at=told.at + timedelta(minutes=chance.randrange(1, 3000)), about=None)


def renamed(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Send the same again, later, under the name of another event: headers are not signed."""
    again = replayed(told, shop, chance)
    name = chance.choice(NAMES)
    return replace(again, event=name, headers={**told.headers, "Saleor-Event": name, "X-Saleor-Event": name})


def huge(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Send ten megabytes, well signed."""
    return _signed(told, shop, b'{"a":"' + b"x" * 10_000_000 + b'"}')


def deep(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Send JSON nested a hundred thousand levels deep."""
    return _signed(told, shop, chance.choice([b"[", b'{"a":']) * 100_000)


def no_json(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Send what is well signed and cannot be read."""
    return _signed(told, shop, chance.choice([b"", b"\xff\xfe", b"null", b"[]", b"NaN", b'{"a":1', b"\x00", b'""']))


def of_an_unknown_kind(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Report something that no Saleor reports."""
    body = {"__typename": "MoonRisen" + "x" * chance.choice([0, 500]), "issuedAt": told.at.isoformat(), "moon": 1e22}
    return _signed(told, shop, json.dumps(body).encode())


def spoiled(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Put nulls, huge and negative numbers, odd texts and times anywhere into the body of somebody else's cart."""
    body = _own(told, chance)
    for _ in range(chance.randrange(1, 6)):
        _spoil(body, chance)
    return _signed(told, shop, json.dumps(body).encode())


def doubled(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Give every name twice, with nothing first."""
    body = _own(told, chance)
    raw = json.dumps(body)
    return _signed(told, shop, ('{"checkout":null,"order":null,"user":null,"issuedAt":null,' + raw[1:]).encode())


def dated(told: Told, shop: SigningShop, chance: Random) -> Told:
    """Date somebody else's deed by minutes or years away, before or after."""
    body = _own(told, chance)
    by = chance.choice([timedelta(minutes=4), timedelta(minutes=9), timedelta(days=2000)]) * chance.choice([1, -1])
    raw = json.dumps(_moved(body, by))
    return _signed(told, shop, raw.encode())


ATTACKS: tuple[Attack, ...] = (
    forged, of_another_shop, tampered, truncated, written_anew, replayed, renamed, huge, deep, no_json,
    of_an_unknown_kind, spoiled, doubled, dated,
)  # fmt: skip

ODD: tuple[object, ...] = (
    None, True, [], {}, "", 0, -1, 10**30, -(10**15), 1e308, "NaN", "1e999999999999", "\x00\ud800", "x" * 5000,
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", [None], {"amount": -5}, "two\nlines@attacker.example",
)  # fmt: skip


@cache
def _thief(api_url: str) -> SigningShop:
    return SigningShop(api_url)


def _signed(told: Told, shop: SigningShop, raw: bytes) -> Told:
    return replace(told, raw=raw, headers=shop.headers(told.event, raw), about=None)


def _own(told: Told, chance: Random) -> dict[str, Any]:
    """Return the body of a webhook with ids and addresses of the attacker's own."""
    name = f"{chance.getrandbits(60):x}"
    found: dict[str, Any] = _owned(json.loads(told.raw), name)
    return found


def _owned(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_owned(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    mine = {key: _owned(item, name) for key, item in value.items()}
    token = f"00000000-0000-4000-8000-{name[:12]:0>12}"
    for key in mine:
        if key in ("email", "userEmail") and mine[key]:
            mine[key] = name + ATTACKER
        elif key == "token":
            mine[key] = token
        elif key in ("id", "checkoutId") and isinstance(mine[key], str):
            kind = base64.b64decode(mine[key]).decode().partition(":")[0]
            own = {"Checkout": token, "Order": token, "User": str(int(name[:6] or "1", 16) + 10**6)}.get(kind)
            mine[key] = base64.b64encode(f"{kind}:{own}".encode()).decode() if own else mine[key]
    return mine


def _spoil(value: Any, chance: Random) -> None:
    while True:
        names: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not names:
            return
        name = chance.choice(names)
        if isinstance(value[name], dict | list) and value[name] and chance.random() < 0.8:
            value = value[name]
            continue
        # Ids stay the attacker's own: what is absurd may not be somebody else's.
        if name not in ("id", "token", "checkoutId", "email", "userEmail") or chance.random() < 0.5:
            value[name] = deepcopy(chance.choice(ODD))
        return


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, list):
        return [_moved(item, by) for item in value]
    if isinstance(value, dict):
        times = ("issuedAt", "created", "updatedAt", "dateJoined")
        return {
            key: (datetime.fromisoformat(item) + by).isoformat() if key in times else _moved(item, by)
            for key, item in value.items()
        }
    return value
