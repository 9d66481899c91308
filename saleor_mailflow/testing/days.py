"""Build a day of a shop out of what people did: every webhook that a real Saleor would have sent, signed with its key.

Refuses to know what our product makes of it. Write tests of your own with it, or play it: ``write`` makes a directory
for ``make demo ARGS="--once --day DIR"``. Bodies are written as any JSON writer might, not as Python's does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from saleor_mailflow.testing.bodies import (
    Account,
    Cart,
    Channel,
    Order,
    account_json,
    cart_json,
    order_json,
    write_json,
)
from saleor_mailflow.testing.signing import SigningShop

#: Between what happened and the payload that tells of it.
SOON = timedelta(milliseconds=170)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A webhook that was sent at ``at``, ``about`` a thing as it was then (None for anything else)."""

    at: datetime
    event: str
    headers: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)
    about: Cart | Order | Account | None = None


class DayBuilder:
    """Collects what a shop tells. Every method takes the time of the deed and returns the thing as it is afterwards.

    ``chance`` chooses ids and how JSON is written, so that equal seeds make equal bodies.
    """

    def __init__(self, shop: SigningShop, *, chance: Random | None = None, version: str = "3.23.28") -> None:
        """Begin an empty day of ``shop``, a Saleor of ``version``."""
        self.shop, self.version = shop, version
        self.chance = chance or Random(0)  # noqa: S311 - for spacing and ids, no secrets
        self.told: list[Told] = []
        self._numbers = 0

    def cart(self, at: datetime, *, channel: Channel, **more: object) -> Cart:
        """Make a checkout; ``more`` are fields of Cart."""
        token = str(UUID(int=self.chance.getrandbits(128), version=4))
        cart = replace(Cart(token=token, created=at, at=at, channel=channel), **more)  # type: ignore[arg-type]  # the dataclass checks
        self._tell_of(cart, at, "checkout_created")
        return cart

    def change(
        self, cart: Cart, at: datetime, *, event: str = "checkout_updated", stamp: bool = True, **more: object
    ) -> Cart:
        """Change anything about a checkout; ``event`` names the webhook, such as ``checkout_fully_paid``.

        Without ``stamp`` its ``updatedAt`` stays, as where only its metadata or the state of a payment changed.
        """
        changed = replace(cart, at=at if stamp else cart.at, **more)  # type: ignore[arg-type]  # the dataclass checks
        self._tell_of(changed, at, event)
        return changed

    def order(self, at: datetime, cart: Cart, *, from_cart: bool = True, **more: object) -> Order:
        """Make an order of what is in ``cart``; not ``from_cart``, it is somebody's order of something like it."""
        key = str(UUID(int=self.chance.getrandbits(128), version=4))
        order = replace(
            Order(key=key, number=self._next(), created=at, at=at, cart=cart, from_cart=from_cart),
            **more,  # type: ignore[arg-type]  # the dataclass checks
        )
        self._tell_of(order, at, "draft_order_created" if order.status == "DRAFT" else "order_created")
        return order

    def change_order(self, order: Order, at: datetime, *, event: str = "order_updated", **more: object) -> Order:
        """Change anything about an order; ``event`` names the webhook, such as ``order_cancelled``."""
        changed = replace(order, at=at, **more)  # type: ignore[arg-type]  # the dataclass checks
        self._tell_of(changed, at, event)
        return changed

    def account(self, at: datetime, *, email: str, **more: object) -> Account:
        """Open an account."""
        account = replace(Account(number=self._next(), email=email, at=at), **more)  # type: ignore[arg-type]  # as above
        self._tell_of(account, at, "customer_created")
        return account

    def change_account(
        self, account: Account, at: datetime, *, event: str = "customer_updated", **more: object
    ) -> Account:
        """Change anything about an account; ``customer_deleted`` is an event too."""
        changed = replace(account, at=at, **more)  # type: ignore[arg-type]  # the dataclass checks
        self._tell_of(changed, at, event)
        return changed

    def tell(self, at: datetime, event: str, about: Cart | Order | Account | None = None, **subject: object) -> Told:
        """Send a webhook of any event about anything, such as ``checkout=None``."""
        sent = at + SOON
        name = "".join(word.title() for word in event.split("_"))
        body = {"__typename": name, "issuedAt": sent.isoformat(), "version": self.version, **subject}
        return self.send(sent, event, write_json(body, self.chance), about)

    def send(self, at: datetime, event: str, raw: bytes, about: Cart | Order | Account | None = None) -> Told:
        """Send any bytes, well signed."""
        told = Told(at=at, event=event, headers=self.shop.headers(event, raw), raw=raw, about=about)
        self.told.append(told)
        return told

    def _tell_of(self, thing: Cart | Order | Account, at: datetime, event: str) -> None:
        if isinstance(thing, Cart):
            self.tell(at, event, thing, checkout=cart_json(thing))
        elif isinstance(thing, Order):
            self.tell(at, event, thing, order=order_json(thing))
        else:
            self.tell(at, event, thing, user=account_json(thing))

    def write(self, directory: Path, told: Collection[Told] | None = None) -> None:
        """Write the day (or ``told`` in its place) as ``make demo`` reads it: a file a webhook, and the key set."""
        (directory / "jwks.json").write_text(json.dumps(self.shop.key_set()))
        for number, one in enumerate(self.told if told is None else told):
            row = {"headers": dict(one.headers), "raw_body_b64": base64.b64encode(one.raw).decode()}
            (directory / f"{number:04}-{one.event[:60]}.json").write_text(json.dumps(row))

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers
