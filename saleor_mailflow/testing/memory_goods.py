"""The goods and vouchers of a shop in memory: what is for sale, at what price, how many are left, which codes.

Refuses to forget a line that somebody once put into a cart: what was never declared is for sale at the price it had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from saleor_mailflow.shop.goods import (
    LostBasket,
    NewCode,
    ProductSnapshot,
    Rebuilt,
    VariantSnapshot,
    VoucherKind,
    VoucherListing,
    VoucherSnapshot,
)
from saleor_mailflow.shop.snapshots import ChannelSnapshot, LineSnapshot

CHANNEL, CURRENCY = "default-channel", "USD"


class MemoryGoods:
    """What a live shop sells and gives off it. ``testing.MemoryShop`` is one."""

    def __init__(self) -> None:
        """Begin with nothing declared."""
        self.codes: dict[str, str] = {}
        self.used_codes: dict[str, str] = {}
        self._vouchers: dict[str, VoucherSnapshot] = {}
        self._variants: dict[str, VariantSnapshot] = {}
        self._products: dict[str, ProductSnapshot] = {}
        #: How often the shop was asked each thing, for tests that count.
        self.asked: dict[str, int] = {}

    # What the merchant does

    def sell(
        self,
        name: str,
        *,
        price: str = "64.00",
        undiscounted: str = "",
        cost: str = "",
        quantity: int | None = None,
        category: str = "",
        variant: str = "",
        listed: bool = True,
        names: Mapping[str, str] | None = None,
        image_url: str = "https://shop.example.com/shirt.png",
    ) -> str:
        """Put a product with one variant on the shelf, or change it; return the product's reference."""
        ref, variant_ref = f"product:{name}", variant or f"variant:{name}"
        slug = name.lower().replace(" ", "-")
        self._variants[variant_ref] = VariantSnapshot(
            ref=variant_ref,
            product_ref=ref,
            product_slug=slug,
            name="M",
            currency=CURRENCY,
            price=Decimal(price),
            undiscounted=Decimal(undiscounted or price),
            cost=Decimal(cost) if cost else None,
            quantity=quantity,
            listed=listed,
            category_ref=f"category:{category}" if category else "",
        )
        self._products[ref] = ProductSnapshot(
            ref=ref,
            channel=CHANNEL,
            name=name,
            names=names or {},
            slug=slug,
            image_url=image_url,
            category_ref=f"category:{category}" if category else "",
            category_name=category,
        )
        return ref

    def voucher(
        self,
        name: str,
        kind: VoucherKind = VoucherKind.PERCENTAGE,
        value: str = "10",
        *,
        minimum: str = "",
        channels: Collection[str] = (CHANNEL,),
        **more: object,
    ) -> str:
        """Set up a voucher, or change it; return its reference. ``more`` are fields of VoucherSnapshot."""
        ref = f"voucher:{name}"
        listing = VoucherListing(value=Decimal(value), currency=CURRENCY, minimum=Decimal(minimum) if minimum else None)
        plain = VoucherSnapshot(ref=ref, name=name, kind=kind, listings=dict.fromkeys(channels, listing))
        self._vouchers[ref] = replace(plain, single_use=True, **more)  # type: ignore[arg-type]  # checked by the dataclass
        return ref

    def drop_voucher(self, ref: str) -> None:
        """Delete a voucher with its codes."""
        del self._vouchers[ref]
        self.codes = {code: voucher for code, voucher in self.codes.items() if voucher != ref}

    # What the product asks (see ChannelList, VoucherBook and ProductShelf)

    def channels(self) -> list[ChannelSnapshot]:
        """Return the only channel there is."""
        return [ChannelSnapshot(slug=CHANNEL, name="Default channel", currency=CURRENCY)]

    def vouchers(self, refs: Collection[str] | None = None) -> Mapping[str, VoucherSnapshot]:
        """Return the vouchers that exist."""
        self._count("vouchers")
        return {ref: one for ref, one in self._vouchers.items() if refs is None or ref in refs}

    def mint(self, codes: Collection[NewCode]) -> frozenset[str]:
        """Keep the codes of vouchers that exist. This shop has no transactions: what is undone later stays."""
        self._count("mint")
        self.codes.update({one.code: one.voucher_ref for one in codes if one.voucher_ref in self._vouchers})
        return frozenset(one.code for one in codes if self.codes.get(one.code) == one.voucher_ref)

    def unmint(self, codes: Collection[str]) -> frozenset[str]:
        """Forget codes that nobody used."""
        self._count("unmint")
        gone = {code for code in codes if code not in self.used_codes}
        self.codes = {code: voucher for code, voucher in self.codes.items() if code not in gone}
        return frozenset(gone)

    def used(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the orders that used them."""
        return {code: self.used_codes[code] for code in codes if code in self.used_codes}

    def variants(self, refs: Collection[str], channels: Collection[str]) -> Mapping[tuple[str, str], VariantSnapshot]:
        """Return what is declared, and what was ever in a cart as it was there."""
        self._count("variants")
        seen = {line.variant_ref: _as_it_was(line) for line in self._lines_ever() if line.variant_ref in refs}
        seen |= {ref: one for ref, one in self._variants.items() if ref in refs}
        return {(channel, ref): one for channel in channels for ref, one in seen.items()}

    def products(
        self, refs: Collection[str], channels: Collection[str], languages: Collection[str]
    ) -> Mapping[tuple[str, str], ProductSnapshot]:
        """Return the declared products, priced by their cheapest variant."""
        self._count("products")
        found = {}
        by_product: dict[str, list[VariantSnapshot]] = {}
        for one in self._variants.values():
            if one.product_ref in refs and one.price is not None:
                by_product.setdefault(one.product_ref, []).append(one)
        for ref, mine in by_product.items():
            product = self._products[ref]
            buyable = [one for one in mine if one.buyable]
            for channel in channels:
                cheapest = min(buyable or mine, key=lambda one: one.price or 0)
                found[(channel, ref)] = replace(
                    product,
                    channel=channel,
                    currency=cheapest.currency,
                    price=cheapest.price,
                    undiscounted=cheapest.undiscounted,
                    cost=cheapest.cost,
                    available=bool(buyable),
                )
        return found

    def rebuild(self, basket: LostBasket) -> Rebuilt:
        """Make a cart of what can be bought."""
        seen = self.variants([line.variant_ref for line in basket.lines], [basket.channel])
        there = [seen.get((basket.channel, line.variant_ref)) for line in basket.lines]
        kept = sum(one is not None and one.buyable for one in there)
        token = self._new_cart(basket) if kept else ""
        return Rebuilt(token=token, kept=kept, gone=len(there) - kept, code_applied=basket.code in self.codes)

    def _count(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1

    def _lines_ever(self) -> Iterable[LineSnapshot]:
        return ()

    def _new_cart(self, basket: LostBasket) -> str:
        return ""


def _as_it_was(line: LineSnapshot) -> VariantSnapshot:
    return VariantSnapshot(
        ref=line.variant_ref,
        product_ref=line.product_ref,
        product_slug=line.product_slug,
        name=line.variant_name,
        currency=CURRENCY,
        price=line.unit_price,
        undiscounted=line.undiscounted_unit_price or line.unit_price,
        quantity=None,
        listed=True,
    )
