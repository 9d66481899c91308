"""Which voucher of a merchant's ladder pays and fits: a pure function of what the shop said. Standard library only.

Refuses to look anything up, and to promise what the shop would not keep: a voucher that this basket or channel cannot
use is not offered, and no discount goes below the merchant's margin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from saleor_mailflow.shop.goods import VariantSnapshot, VoucherKind, VoucherSnapshot


@dataclass(frozen=True, kw_only=True)
class Goods:
    """So many of a variant in a basket."""

    variant: VariantSnapshot
    quantity: int

    @property
    def price(self) -> Decimal:
        """Return what they cost together now."""
        return (self.variant.price or Decimal(0)) * self.quantity


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """For whom and what an offer is wanted. ``goods`` None is no basket: then nothing is asked of one."""

    channel: str
    country: str
    now: datetime
    margin_percent: int | None = None
    goods: Sequence[Goods] | None = None


def choose(
    ladder: Sequence[str], vouchers: Mapping[str, VoucherSnapshot], occasion: Occasion
) -> tuple[VoucherSnapshot | None, str]:
    """Return the first voucher of ``ladder`` (references) that pays and fits, or None and why not, for each."""
    reasons = []
    for ref in ladder:
        voucher = vouchers.get(ref)
        why = "A voucher of the offer was deleted in the shop." if voucher is None else refusal(voucher, occasion)
        if not why:
            return voucher, ""
        reasons.append(why)
    return None, " ".join(dict.fromkeys(reasons)) or "The offer has no voucher: choose one."


def refusal(voucher: VoucherSnapshot, occasion: Occasion) -> str:
    """Return a sentence why this voucher is not for this occasion, "" where it is."""
    return next(_refusals(voucher, occasion), "")


def _refusals(voucher: VoucherSnapshot, occasion: Occasion) -> Iterator[str]:
    name, now, channel = f"“{voucher.name or voucher.ref}”"[:80], occasion.now, occasion.channel
    listing = voucher.listings.get(channel)
    if listing is None:
        yield f"{name} is not listed in channel {channel or '(unknown)'}."
        return
    if voucher.starts_at is not None and voucher.starts_at > now:
        yield f"{name} begins on {voucher.starts_at:%-d %B %Y} only."
    if voucher.ends_at is not None and voucher.ends_at <= now:
        yield f"{name} ended on {voucher.ends_at:%-d %B %Y}."
    if voucher.usage_limit is not None and voucher.used >= voucher.usage_limit:
        yield f"{name} was used {voucher.used} times, which is its limit."
    if not voucher.single_use:
        yield f"{name} is not for single use: everybody could use one person's code."
    if voucher.only_for_staff:
        yield f"{name} is for the shop's staff only."
    if voucher.kind == VoucherKind.SHIPPING and voucher.countries and occasion.country not in voucher.countries:
        yield f"{name} is not for {occasion.country or 'an unknown country'}."
    if occasion.goods is not None:
        yield from _of_basket(voucher, occasion, occasion.goods, name)


def _of_basket(voucher: VoucherSnapshot, occasion: Occasion, goods: Sequence[Goods], name: str) -> Iterator[str]:
    listing = voucher.listings[occasion.channel]
    total = sum((one.price for one in goods), Decimal(0))
    if not any(voucher.covers(one.variant) for one in goods):
        yield f"{name} is for nothing that is in the cart."
    if listing.minimum is not None and total < listing.minimum:
        yield f"{name} begins at {listing.minimum} {listing.currency}, and the cart comes to {total}."
    if voucher.minimum_quantity is not None and sum(one.quantity for one in goods) < voucher.minimum_quantity:
        yield f"{name} begins at {voucher.minimum_quantity} pieces."
    if occasion.margin_percent is not None:
        left, floor = margin(voucher, goods, occasion.channel, occasion.margin_percent)
        if left < floor:
            yield f"{name} would leave {left} of what has to bring {floor} {listing.currency}."


def margin(voucher: VoucherSnapshot, goods: Sequence[Goods], channel: str, percent: int) -> tuple[Decimal, Decimal]:
    """Return (what is left of the prices, cost and ``percent`` of it) of the goods whose cost is known."""
    left = floor = Decimal(0)
    for one, off in zip(goods, discounts(voucher, goods, channel), strict=True):
        if one.variant.cost is not None:
            left += one.price - off
            floor += one.variant.cost * one.quantity * (100 + percent) / 100
    cent = Decimal("0.01")
    return left.quantize(cent), floor.quantize(cent)


def discounts(voucher: VoucherSnapshot, goods: Sequence[Goods], channel: str) -> list[Decimal]:
    """Return what the voucher takes off each of the goods, as Saleor spreads it."""
    covered = [one for one in goods if voucher.covers(one.variant) and one.price]
    if voucher.kind == VoucherKind.SHIPPING or not covered:
        return [Decimal(0) for _ in goods]
    if voucher.apply_once_per_order:
        cheapest = min(covered, key=lambda one: one.variant.price or Decimal(0))
        return [
            voucher.off(one.variant.price or Decimal(0), channel) if one is cheapest else Decimal(0) for one in goods
        ]
    if voucher.whole_order:
        total = sum((one.price for one in goods), Decimal(0))
        share = voucher.off(total, channel) / total
        return [one.price * share for one in goods]
    return [
        voucher.off(one.variant.price or Decimal(0), channel) * one.quantity if one in covered else Decimal(0)
        for one in goods
    ]
