"""A shop in memory: people fill carts and buy, and the product sees it as it would see a real one.

Refuses nothing that a real shop allows. For tests and for trying a flow; part of the public API.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from saleor_mailflow.shop.gateway import BuyerQuestion, ConsentNote, ShopIdentity
from saleor_mailflow.shop.goods import LostBasket
from saleor_mailflow.shop.snapshots import (
    CheckoutSnapshot,
    CustomerSnapshot,
    LineSnapshot,
    OrderSnapshot,
)
from saleor_mailflow.testing.memory_goods import MemoryGoods


def line(name: str = "Linen shirt", *, price: str = "64.00", quantity: int = 1, variant: str = "") -> LineSnapshot:
    """Return one line of a cart or order; ``price`` is per piece, gross."""
    return LineSnapshot(
        variant_ref=variant or f"variant:{name}",
        product_ref=f"product:{name}",
        product_name=name,
        variant_name="M",
        quantity=quantity,
        unit_price=Decimal(price),
        total_price=Decimal(price) * quantity,
        image_url="https://shop.example.com/shirt.png",
    )


class MemoryShop(MemoryGoods):
    """A live shop whose tables are dictionaries. Every change takes the time it happens at."""

    live = True

    def __init__(self, public_url: str = "https://shop.example.com") -> None:
        """Open an empty shop."""
        super().__init__()
        self.public_url = public_url
        self.key_fingerprint = "memory"
        self._checkouts: dict[str, CheckoutSnapshot] = {}
        self._orders: dict[str, OrderSnapshot] = {}
        self._customers: dict[str, CustomerSnapshot] = {}

    # What people do

    def checkout(
        self,
        at: datetime,
        *,
        email: str = "anna@example.com",
        lines: Collection[LineSnapshot] = (line(),),
        channel: str = "default-channel",
        country: str = "US",
        **more: object,
    ) -> str:
        """Fill a cart; return its token."""
        token = str(uuid4())
        snapshot = CheckoutSnapshot(
            token=token,
            channel=channel,
            currency="USD",
            created_at=at,
            last_change=at,
            email=email,
            country=country,
            language="en",
            first_name="Anna",
            lines=tuple(lines),
            total=sum((one.total_price for one in lines), Decimal(0)),
        )
        self._checkouts[token] = replace(snapshot, **more)  # type: ignore[arg-type]  # checked by the dataclass
        return token

    def change(self, token: str, at: datetime, **more: object) -> None:
        """Change anything about a cart."""
        self._checkouts[token] = replace(self._checkouts[token], last_change=at, **more)  # type: ignore[arg-type]

    def order(self, at: datetime, *, token: str = "", email: str = "", user_ref: str = "", **more: object) -> str:
        """Buy: the cart ``token`` (it is gone then), or something else by ``email`` or account. Return the order id."""
        cart = self._checkouts.pop(token, None)
        order_id = str(uuid4())
        snapshot = OrderSnapshot(
            order_id=order_id,
            number=str(len(self._orders) + 1),
            channel=cart.channel if cart else "default-channel",
            currency="USD",
            created_at=at,
            updated_at=at,
            status="UNFULFILLED",
            token=token,
            email=email or (cart.email if cart else ""),
            user_ref=user_ref or (cart.user_ref if cart else ""),
            lines=cart.lines if cart else (line(),),
            total=cart.total if cart else Decimal(64),
        )
        order = replace(snapshot, **more)  # type: ignore[arg-type]  # checked by the dataclass
        self._orders[order_id] = order
        if order.voucher_code in self.codes:
            self.used_codes.setdefault(order.voucher_code, order.number)
        return order_id

    def change_order(self, order_id: str, at: datetime, **more: object) -> None:
        """Change anything about an order: it is paid, sent, refunded, comes back."""
        self._orders[order_id] = replace(self._orders[order_id], updated_at=at, **more)  # type: ignore[arg-type]

    def customer(self, at: datetime, *, email: str, ref: str, **more: object) -> str:
        """Open an account; return its reference."""
        snapshot = CustomerSnapshot(user_ref=ref, email=email, updated_at=at, created_at=at)
        self._customers[ref] = replace(snapshot, **more)  # type: ignore[arg-type]  # checked by the dataclass
        return ref

    def forget(self, key: str) -> None:
        """Delete a cart or an account in silence, as Saleor's nightly clean-up does."""
        self._checkouts.pop(key, None)
        self._customers.pop(key, None)

    # What the product asks (see ShopGateway)

    def identity(self) -> ShopIdentity | None:
        """Return who this shop is."""
        return ShopIdentity(public_url=self.public_url, key_fingerprint=self.key_fingerprint)

    def checkouts(self, tokens: Collection[str]) -> Mapping[str, CheckoutSnapshot]:
        """Return the carts that exist."""
        return {token: self._checkouts[token] for token in tokens if token in self._checkouts}

    def orders(self, order_ids: Collection[str]) -> Mapping[str, OrderSnapshot]:
        """Return the orders that exist."""
        return {order_id: self._orders[order_id] for order_id in order_ids if order_id in self._orders}

    def customers(self, user_refs: Collection[str]) -> Mapping[str, CustomerSnapshot]:
        """Return the accounts that exist."""
        return {ref: self._customers[ref] for ref in user_refs if ref in self._customers}

    def bought(self, questions: Collection[BuyerQuestion]) -> Mapping[int, str]:
        """Return who bought."""
        found: dict[int, str] = {}
        for asked in questions:
            for order in self._orders.values():
                same = (order.email.lower() == asked.email and asked.email) or (
                    order.user_ref == asked.user_ref and asked.user_ref
                )
                if order.counts_as_purchase and (
                    (asked.token and order.token == asked.token) or (same and order.created_at >= asked.since)
                ):
                    found[asked.key] = order.number
        return found

    def changed_checkouts(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return carts changed after ``since``, oldest first."""
        return _changed({t: c.last_change for t, c in self._checkouts.items()}, since, limit)

    def changed_orders(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return orders changed after ``since``, oldest first."""
        return _changed({i: o.updated_at for i, o in self._orders.items()}, since, limit)

    def changed_customers(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return accounts changed after ``since``, oldest first."""
        return _changed({r: c.updated_at for r, c in self._customers.items()}, since, limit)

    def write_consent(self, notes: Collection[ConsentNote], key: str, now: datetime) -> int:
        """Set a metadata key on the accounts of these people."""
        wishes, changed = {note.email: note.wants_mail for note in notes}, 0
        for ref, account in self._customers.items():
            if account.email.lower() in wishes:
                wants = wishes[account.email.lower()]
                fresh = {name: value for name, value in account.metadata.items() if name != key}
                fresh |= {} if wants is None else {key: "true" if wants else "false"}
                if fresh != dict(account.metadata):
                    self._customers[ref] = replace(account, metadata=fresh, updated_at=now)
                    changed += 1
        return changed

    def count(self, family: str) -> int:
        """Return how many there are of a family."""
        return len(self._family(family))

    def pages(self, family: str, after: str, size: int) -> Iterator[list[str]]:
        """Yield ids in order, a page at a time."""
        ids = sorted(key for key in self._family(family) if key > after)
        for start in range(0, len(ids), size):
            yield ids[start : start + size]

    def _lines_ever(self) -> Iterator[LineSnapshot]:
        for cart in self._checkouts.values():
            yield from cart.lines
        for order in self._orders.values():
            yield from order.lines

    def _new_cart(self, basket: LostBasket) -> str:
        there = self.variants([one.variant_ref for one in basket.lines], [basket.channel])
        lines = [
            line(name=one.variant_ref, variant=one.variant_ref, quantity=one.quantity)
            for one in basket.lines
            if there[(basket.channel, one.variant_ref)].buyable
        ]
        return self.checkout(datetime.now(UTC), email="", lines=lines, channel=basket.channel)

    def _family(self, family: str) -> Mapping[str, object]:
        families: Mapping[str, Mapping[str, object]] = {
            "checkouts": self._checkouts,
            "orders": self._orders,
            "customers": self._customers,
        }
        return families[family]


def _changed(stamps: Mapping[str, datetime], since: datetime, limit: int) -> list[tuple[str, datetime]]:
    return sorted(((key, at) for key, at in stamps.items() if at > since), key=lambda one: one[1])[:limit]
