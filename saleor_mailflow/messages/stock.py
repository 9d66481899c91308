"""Baskets as they could be bought now: what is gone is left out, what costs something else says so.

Refuses to guess where the shop cannot be asked: such a basket stays as it was told to us. Refuses as well to take a
price for another because tax was put on top: the price without promotions is compared, which is the channel's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from saleor_mailflow.audience.facts import BasketSight
from saleor_mailflow.shop.gateway import ProductShelf, ShopGateway
from saleor_mailflow.shop.goods import VariantSnapshot


def as_for_sale(gateway: ShopGateway, sights: Mapping[int, BasketSight]) -> Mapping[int, BasketSight]:
    """Return {basket id: sight} with the lines that can be bought now, at what they cost now, and their total.

    One question to the shop for any number of baskets, none where it cannot be asked or no basket has lines. A sight
    without lines whose ``facts`` count some has nothing left that can be bought.
    """
    asked = {(sight.channel, str(line["variant_ref"])) for sight in sights.values() for line in sight.lines}
    if not asked or not isinstance(gateway, ProductShelf):
        return sights
    shelf = gateway.variants({ref for _, ref in asked}, {channel for channel, _ in asked})
    return {basket: _as_for_sale(sight, shelf) for basket, sight in sights.items()}


def _as_for_sale(sight: BasketSight, shelf: Mapping[tuple[str, str], VariantSnapshot]) -> BasketSight:
    lines = []
    for line in sight.lines:
        variant = shelf.get((sight.channel, str(line["variant_ref"])))
        if variant is not None and variant.buyable:
            lines.append(_line(line, variant, voucher=bool(sight.voucher_code)))
    if lines == sight.lines:
        return sight
    total = sum((Decimal(str(line["total_price"])) for line in lines), Decimal(0))
    # Gifts come with goods: alone they are nothing to come back for.
    left = lines if any(not line.get("is_gift") for line in lines) else []
    return replace(sight, lines=left, total=total)


def _line(line: dict[str, Any], variant: VariantSnapshot, *, voucher: bool) -> dict[str, Any]:
    quantity = int(line["quantity"])
    if variant.quantity is not None:
        quantity = min(quantity, variant.quantity)
    price = Decimal(str(line["unit_price"]))
    if not line.get("is_gift") and _costs_something_else(line, variant, voucher=voucher):
        price = variant.price or price
    elif quantity == line["quantity"]:
        return line
    undiscounted = line.get("undiscounted_unit_price") if variant.undiscounted is None else str(variant.undiscounted)
    return {
        **line,
        "quantity": quantity,
        "unit_price": str(price),
        "total_price": str(price * quantity),
        "undiscounted_unit_price": undiscounted,
    }


def _costs_something_else(line: Mapping[str, Any], variant: VariantSnapshot, *, voucher: bool) -> bool:
    """Tell whether the channel asks another price by now. A voucher on the cart makes it cheaper than that."""
    price, listed = Decimal(str(line["unit_price"])), line.get("undiscounted_unit_price")
    if listed is None:
        return price != variant.price
    listed = Decimal(str(listed))
    if listed != variant.undiscounted:
        return True
    if price > listed or (voucher and price < listed):
        return variant.price != variant.undiscounted and price >= listed
    return price != variant.price


def nothing_left(sight: BasketSight | None) -> bool:
    """Tell whether a basket that has lines has none that could be bought."""
    return sight is not None and sight.facts.line_count > 0 and not sight.lines
