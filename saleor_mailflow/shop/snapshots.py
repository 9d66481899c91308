"""What the shop looks like at one moment, as plain values that every road fills alike.

Refuses to know where a value came from: Saleor's tables, a signed webhook and a test all build the same dataclasses.
Ids are references as Saleor's API writes them (global ids, base64 of ``Type:pk``) except checkout tokens and order ids,
which are lower-case UUID strings. Money is ``Decimal`` in the shop's currency, times are aware UTC datetimes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class PaymentState(StrEnum):
    """How far the money of a checkout has come."""

    #: Nobody tried to pay.
    NONE = "none"
    #: A payment was begun and may still finish: 3-D Secure, a bank redirect, a part authorised.
    PENDING = "pending"
    #: The full amount is reserved.
    AUTHORIZED = "authorized"
    #: The full amount is charged.
    PAID = "paid"


@dataclass(frozen=True, kw_only=True)
class ChannelSnapshot:
    """One channel of the shop. ``name`` and ``currency`` are "" where only its slug was seen."""

    slug: str
    name: str = ""
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class LineSnapshot:
    """One line of a basket or an order."""

    variant_ref: str
    product_name: str
    quantity: int
    unit_price: Decimal
    total_price: Decimal
    undiscounted_unit_price: Decimal | None = None
    product_ref: str = ""
    variant_name: str = ""
    product_slug: str = ""
    image_url: str = ""
    image_alt: str = ""
    is_gift: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the line as JSON: money as decimal strings, never floats."""
        return {
            "variant_ref": self.variant_ref,
            "product_ref": self.product_ref,
            "product_name": self.product_name,
            "variant_name": self.variant_name,
            "product_slug": self.product_slug,
            "quantity": self.quantity,
            "unit_price": str(self.unit_price),
            "total_price": str(self.total_price),
            "undiscounted_unit_price": None
            if self.undiscounted_unit_price is None
            else str(self.undiscounted_unit_price),
            "image_url": self.image_url,
            "image_alt": self.image_alt,
            "is_gift": self.is_gift,
        }


@dataclass(frozen=True, kw_only=True)
class CheckoutSnapshot:
    """A checkout as it is now.

    ``last_change`` is the host's own stamp and moves for reasons that are not the shopper's; see ``signature``. Nor
    does it move for all that matters: metadata and the state of a payment change under the same stamp. Of two snapshots
    with one stamp that of the later ``seen_at`` counts: when it was taken, None for "this moment".
    ``metadata`` is the public metadata of the checkout, ``user_metadata`` that of its account.
    """

    token: str
    channel: str
    currency: str
    created_at: datetime
    last_change: datetime
    seen_at: datetime | None = None
    email: str = ""
    user_ref: str = ""
    user_is_staff: bool = False
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    country: str = ""
    lines: tuple[LineSnapshot, ...] = ()
    total: Decimal = Decimal(0)
    payment: PaymentState = PaymentState.NONE
    #: When the shop began to turn it into an order; the shop holds the lock for a few minutes.
    completing_since: datetime | None = None
    voucher_code: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    user_metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Return a digest of what only the shopper changes: variants, quantities, the email address.

        Prices, metadata, addresses and recalculations do not count as activity (ADR 0003).
        """
        counted: dict[str, int] = {}
        for line in self.lines:
            if not line.is_gift:
                counted[line.variant_ref] = counted.get(line.variant_ref, 0) + line.quantity
        fact = [self.email.strip().lower(), sorted(counted.items())]
        return hashlib.sha256(json.dumps(fact).encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class OrderSnapshot:
    """An order as it is now. ``token`` is the checkout it came from, empty for drafts and imports."""

    order_id: str
    number: str
    channel: str
    currency: str
    created_at: datetime
    updated_at: datetime
    status: str
    origin: str = "CHECKOUT"
    token: str = ""
    email: str = ""
    user_ref: str = ""
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    country: str = ""
    total: Decimal = Decimal(0)
    total_refunded: Decimal = Decimal(0)
    paid: bool = False
    voucher_code: str = ""
    lines: tuple[LineSnapshot, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts_as_purchase(self) -> bool:
        """Tell whether a person bought: drafts and expired orders are not purchases; cancelled ones were."""
        return self.status not in {"DRAFT", "EXPIRED"}


@dataclass(frozen=True, kw_only=True)
class CustomerSnapshot:
    """An account of the shop as it is now."""

    user_ref: str
    email: str
    updated_at: datetime
    created_at: datetime | None = None
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    country: str = ""
    is_staff: bool = False
    is_active: bool = True
    is_confirmed: bool = True
    metadata: Mapping[str, str] = field(default_factory=dict)
