"""Which voucher pays and fits: first every reason why one does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_mailflow.messages.offering import Goods, Occasion, choose, discounts, margin, refusal
from saleor_mailflow.shop.goods import VariantSnapshot, VoucherKind, VoucherListing, VoucherSnapshot

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def variant(name: str = "shirt", price: str = "100", cost: str | None = None, **more: object) -> VariantSnapshot:
    plain = VariantSnapshot(
        ref=f"variant:{name}",
        product_ref=f"product:{name}",
        price=Decimal(price),
        cost=None if cost is None else Decimal(cost),
        listed=True,
        quantity=None,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # checked by the dataclass


def goods(*lines: tuple[VariantSnapshot, int]) -> list[Goods]:
    return [Goods(variant=one, quantity=quantity) for one, quantity in lines]


def voucher(
    kind: VoucherKind = VoucherKind.PERCENTAGE, value: str = "10", minimum: str = "", **more: object
) -> VoucherSnapshot:
    listing = VoucherListing(value=Decimal(value), currency="EUR", minimum=Decimal(minimum) if minimum else None)
    plain = VoucherSnapshot(ref=f"{kind}:{value}", name="Spring", kind=kind, listings={"de": listing}, single_use=True)
    return replace(plain, **more)  # type: ignore[arg-type]  # checked by the dataclass


def occasion(**more: object) -> Occasion:
    return replace(Occasion(channel="de", country="DE", now=NOW), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "where", "word"),
    [
        (voucher(listings={}), occasion(), "not listed in channel de"),
        (voucher(starts_at=NOW + DAY), occasion(), "begins on 21 November 2026"),
        (voucher(ends_at=NOW), occasion(), "ended on 20 November 2026"),
        (voucher(usage_limit=5, used=5), occasion(), "used 5 times"),
        (voucher(single_use=False), occasion(), "not for single use"),
        (voucher(only_for_staff=True), occasion(), "staff only"),
        (voucher(VoucherKind.SHIPPING, "100", countries=frozenset({"PL"})), occasion(), "not for DE"),
        (voucher(product_refs=frozenset({"product:hat"})), occasion(goods=goods((variant(), 1))), "nothing that is in"),
        (voucher(minimum="150"), occasion(goods=goods((variant(), 1))), "begins at 150 EUR, and the cart comes to 100"),
        (voucher(minimum_quantity=3), occasion(goods=goods((variant(), 2))), "begins at 3 pieces"),
        (voucher(), occasion(goods=[]), "nothing that is in the cart"),
    ],
)
def test_a_voucher_that_the_shop_would_refuse_is_not_promised(
    seen: VoucherSnapshot, where: Occasion, word: str
) -> None:
    assert word in refusal(seen, where)


def test_without_a_basket_nothing_is_asked_of_one() -> None:
    assert refusal(voucher(minimum="150", minimum_quantity=9), occasion(margin_percent=500)) == ""


def test_what_would_cost_more_than_it_brings_gives_way_to_the_smaller_offer_then_to_shipping_then_to_none() -> None:
    ladder = [
        voucher(VoucherKind.PERCENTAGE, "30"),
        voucher(VoucherKind.PERCENTAGE, "10"),
        voucher(VoucherKind.SHIPPING, "100"),
    ]
    known, refs = {one.ref: one for one in ladder}, [one.ref for one in ladder]
    rich = occasion(goods=goods((variant(cost="50"), 1)), margin_percent=20)
    fair = occasion(goods=goods((variant(cost="70"), 1)), margin_percent=20)
    poor = occasion(goods=goods((variant(cost="80"), 1)), margin_percent=20)
    below = occasion(goods=goods((variant(cost="90"), 1)), margin_percent=20)
    assert [choose(refs, known, one)[0] for one in (rich, fair, poor)] == ladder
    chosen, why = choose(refs, known, below)
    assert chosen is None
    assert "“Spring” would leave 70.00 of what has to bring 108.00 EUR." in why


def test_goods_whose_cost_nobody_knows_are_left_out_of_both_sides() -> None:
    mixed = goods((variant("shirt", "100", "50"), 1), (variant("gift", "900"), 1))
    assert margin(voucher(VoucherKind.FIXED, "100"), mixed, "de", 0) == (Decimal("90.00"), Decimal("50.00"))
    assert refusal(voucher(value="99"), occasion(goods=goods((variant(), 1)), margin_percent=50)) == ""


def test_a_ladder_names_why_for_each_and_a_deleted_voucher_does_not_stop_it() -> None:
    good = voucher(value="5")
    assert choose(["gone", good.ref], {good.ref: good}, occasion()) == (good, "")
    assert choose(["gone"], {}, occasion()) == (None, "A voucher of the offer was deleted in the shop.")
    assert choose([], {}, occasion())[1] == "The offer has no voucher: choose one."


def test_once_per_order_takes_one_piece_of_the_cheapest_it_is_for() -> None:
    lines = goods((variant("dear", "100"), 1), (variant("cheap", "10"), 3), (variant("free", "1"), 1))
    once = voucher(value="50", apply_once_per_order=True, product_refs=frozenset({"product:dear", "product:cheap"}))
    assert discounts(once, lines, "de") == [0, Decimal("5.00"), 0]


prices = st.decimals(min_value="0.01", max_value="999", places=2)


@given(
    st.lists(st.tuples(prices, st.integers(1, 9)), min_size=1, max_size=5),
    st.sampled_from(list(VoucherKind)),
    st.decimals(min_value="0.01", max_value="100", places=2),
    st.booleans(),
    st.booleans(),
)
def test_no_discount_is_more_than_the_price(
    lines: list[tuple[Decimal, int]], kind: VoucherKind, value: Decimal, once: bool, some: bool
) -> None:
    mine = goods(*((variant(f"p{at}", str(price)), quantity) for at, (price, quantity) in enumerate(lines)))
    only = frozenset({"product:p0"}) if some else frozenset()
    seen = voucher(kind, str(value), apply_once_per_order=once, product_refs=only)
    for one, off in zip(mine, discounts(seen, mine, "de"), strict=True):
        assert 0 <= off <= one.price
        assert seen.covers(one.variant) or off == 0
