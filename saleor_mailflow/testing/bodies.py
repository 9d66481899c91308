"""What a shop knows of carts, orders and accounts in a built day, and how its webhooks write it as JSON.

Refuses to sign or to date anything: ``days`` does.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random


def global_id(kind: str, key: object) -> str:
    """Return an id as Saleor's API writes it, base64 of ``kind:key``."""
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


@dataclass(frozen=True, kw_only=True)
class Channel:
    """Where a shop sells: its currency, and the country of whoever gives none ("" where the shop has not set one)."""

    slug: str
    currency: str
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A customer's account. ``consent`` is what its metadata says under ``newsletter``, "" for nothing."""

    number: int
    email: str
    at: datetime
    country: str = ""
    language: str = "EN"
    consent: str = ""
    staff: bool = False
    first_name: str = "Anna"
    last_name: str = "Novák"

    @property
    def ref(self) -> str:
        """Return its global id."""
        return global_id("User", self.number)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line: ``number`` names the variant, ``price`` is for one, gross."""

    number: int = 1
    quantity: int = 1
    price: Decimal = Decimal("19.90")
    name: str = "Linen shirt"
    is_gift: bool = False


@dataclass(frozen=True, kw_only=True)
class Cart:
    """A checkout as it stands at ``at``. ``charge`` and ``authorize`` are Saleor's NONE, PARTIAL, FULL."""

    token: str
    created: datetime
    at: datetime
    channel: Channel
    email: str | None = None
    account: Account | None = None
    items: tuple[Item, ...] = (Item(),)
    country: str = ""
    language: str = "EN_US"
    first_name: str = "Anna"
    consent: str = ""
    charge: str = "NONE"
    authorize: str = "NONE"


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order as it stands at ``at``. ``cart`` is what it was made of, None for what staff made."""

    key: str
    number: int
    created: datetime
    at: datetime
    cart: Cart
    from_cart: bool = True
    status: str = "UNFULFILLED"
    origin: str = "CHECKOUT"


def cart_json(cart: Cart) -> dict[str, object]:
    """Return a ``Checkout`` as a subscription asks for it."""
    address = _address(cart.country, cart.first_name)
    return {
        "id": global_id("Checkout", cart.token),
        "token": cart.token,
        "email": cart.email,
        "languageCode": cart.language,
        "created": cart.created.isoformat(),
        "updatedAt": cart.at.isoformat(),
        "voucherCode": None,
        "chargeStatus": cart.charge,
        "authorizeStatus": cart.authorize,
        "channel": _channel(cart.channel),
        "user": None if cart.account is None else account_json(cart.account),
        "billingAddress": address,
        "shippingAddress": address,
        "lines": [_line(item, cart.channel.currency) for item in cart.items],
        "totalPrice": _taxed(_total(cart), cart.channel.currency),
        "metadata": _metadata(cart.consent),
    }


def order_json(order: Order) -> dict[str, object]:
    """Return an ``Order`` as a subscription asks for it."""
    cart = order.cart
    return cart_json(cart) | {
        "id": global_id("Order", order.key),
        "number": str(order.number),
        "status": order.status,
        "origin": order.origin,
        "created": order.created.isoformat(),
        "updatedAt": order.at.isoformat(),
        "userEmail": cart.email,
        "languageCodeEnum": cart.language,
        "isPaid": cart.charge == "FULL",
        "checkoutId": global_id("Checkout", cart.token) if order.from_cart else None,
        "lines": [_line(item, cart.channel.currency) | {"productName": item.name} for item in cart.items],
        "total": _taxed(_total(cart), cart.channel.currency),
    }


def account_json(account: Account) -> dict[str, object]:
    """Return a ``User`` as a subscription asks for it."""
    return {
        "id": account.ref,
        "email": account.email,
        "firstName": account.first_name,
        "lastName": account.last_name,
        "isActive": True,
        "isStaff": account.staff,
        "languageCode": account.language,
        "dateJoined": account.at.isoformat(),
        "updatedAt": account.at.isoformat(),
        "metadata": _metadata(account.consent),
        "defaultShippingAddress": _address(account.country, account.first_name),
        "defaultBillingAddress": None,
    }


def write_json(value: object, chance: Random) -> bytes:
    """Return JSON in one of the many ways in which it may be written: spaces, tabs, escapes, order of members."""
    if isinstance(value, dict) and chance.random() < 0.3:
        value = dict(sorted(value.items(), key=lambda item: chance.random()))
    text = json.dumps(
        value,
        ensure_ascii=chance.random() < 0.5,
        indent=chance.choice([None, None, 1, "\t"]),
        separators=chance.choice([None, (",", ":"), (" , ", " : ")]),
        default=lambda found: float(found) if isinstance(found, Decimal) else str(found),
    )
    if chance.random() < 0.3:
        text = text.replace("/", "\\/")
    if chance.random() < 0.3:
        text = text.replace("@", "\\u0040")
    return (chance.choice(["", "", " \n", "\r\n\t"]) + text + chance.choice(["", "\n"])).encode()


def _total(cart: Cart) -> Decimal:
    return sum((item.price * item.quantity for item in cart.items), Decimal(0))


def _taxed(amount: Decimal, currency: str) -> dict[str, object]:
    return {"gross": {"amount": amount, "currency": currency}}


def _metadata(consent: str) -> list[dict[str, str]]:
    return [{"key": "utm_source", "value": "mail"}] + ([{"key": "newsletter", "value": consent}] if consent else [])


def _address(country: str, first_name: str) -> dict[str, object] | None:
    return {"firstName": first_name, "lastName": "", "country": {"code": country}} if country else None


def _channel(channel: Channel) -> dict[str, object]:
    place = {"code": channel.country} if channel.country else None
    return {"slug": channel.slug, "currencyCode": channel.currency, "defaultCountry": place}


def _line(item: Item, currency: str) -> dict[str, object]:
    product = {"id": global_id("Product", item.number), "name": item.name, "slug": "thing", "thumbnail": None}
    return {
        "quantity": item.quantity,
        "isGift": item.is_gift,
        "variant": {"id": global_id("ProductVariant", item.number), "name": "M", "product": product, "media": []},
        "unitPrice": _taxed(item.price, currency),
        "undiscountedUnitPrice": {"amount": item.price, "currency": currency},
        "totalPrice": _taxed(item.price * item.quantity, currency),
    }
