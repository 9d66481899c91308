"""``offers``: what coupon steps may give: list them, the shop's vouchers, save one, switch one off."""

from __future__ import annotations

import argparse
from typing import Any

from saleor_mailflow import clock
from saleor_mailflow.audit import COMMAND_LINE
from saleor_mailflow.cli.output import Output
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.messages.minting import coupon_exposure
from saleor_mailflow.messages.offer_book import save_offer
from saleor_mailflow.messages.offering import Occasion, refusal
from saleor_mailflow.models import Offer, Shop
from saleor_mailflow.shop.connect import gateway_for, the_shop
from saleor_mailflow.shop.gateway import VoucherBook
from saleor_mailflow.shop.goods import VoucherKind, VoucherSnapshot

HELP = "list the offers that coupon steps give and the shop's vouchers, save an offer, or switch one off"


def add(parser: argparse.ArgumentParser) -> None:
    """Add what to do, with which offer, and what it gives."""
    parser.add_argument("action", choices=("list", "vouchers", "save", "off"))
    parser.add_argument("key", nargs="?", default="", help="such as cart")
    parser.add_argument("--name", default="", help="what merchants call it")
    parser.add_argument("--voucher", action="append", default=[], metavar="REFERENCE", help="the best one first")
    parser.add_argument("--code", default="", help="one code for everybody, for a shop that cannot be asked for codes")
    parser.add_argument("--days", type=int, default=14, help="how long a code is good")
    parser.add_argument("--margin", type=int, default=None, metavar="PERCENT", help="what has to be left above cost")


def handle(args: argparse.Namespace, output: Output) -> int:
    """List, save or switch off. Codes that people have stay good when an offer is switched off."""
    shop = the_shop(args.shop)
    if args.action == "list":
        return _list(shop, output)
    if args.action == "vouchers":
        return _vouchers(shop, output)
    return _save(shop, args, output) if args.action == "save" else _off(shop, args.key, output)


def _list(shop: Shop, output: Output) -> int:
    out: dict[str, list[int]] = {}
    for one in coupon_exposure(shop.pk, clock.now()):
        counts = out.setdefault(one.offer_key, [0, 0])
        counts[0], counts[1] = counts[0] + one.out, counts[1] + one.used
    rows: list[dict[str, Any]] = [
        {
            "key": offer.key,
            "name": offer.name,
            "vouchers": offer.vouchers,
            "shared_code": offer.shared_code,
            "days": offer.days,
            "margin_percent": offer.margin_percent,
            "active": offer.active,
            "out": out.get(offer.key, [0, 0])[0],
            "used": out.get(offer.key, [0, 0])[1],
        }
        for offer in Offer.objects.filter(shop=shop).order_by("key")
    ]
    if output.json:
        output.data(rows)
    elif not rows:
        output.say(
            "There are no offers: mails go without codes. Make one: mailflow offers save KEY --voucher REFERENCE"
        )
    else:
        shown = [
            (r["key"], r["name"], str(len(r["vouchers"])), str(r["out"]), str(r["used"]), "" if r["active"] else "off")
            for r in rows
        ]
        output.table("Offers", ("key", "name", "vouchers", "codes out", "used", ""), shown)
    return 0


def _book(shop: Shop) -> dict[str, VoucherSnapshot]:
    """Return the shop's vouchers. Raises ConfigurationError where it cannot be asked."""
    gateway = gateway_for(shop)
    if not isinstance(gateway, VoucherBook):
        raise ConfigurationError(
            "This shop cannot be asked for its vouchers from here: give the offer one code for everybody (--code).",
            key="vouchers",
        )
    return dict(gateway.vouchers())


def _vouchers(shop: Shop, output: Output) -> int:
    rows = [
        {"reference": one.ref, "name": one.name, "gives": _gives(one), "problem": _problem(one)}
        for one in _book(shop).values()
    ]
    if output.json:
        output.data(rows)
    else:
        shown = [(r["reference"], r["name"], r["gives"], r["problem"]) for r in rows]
        output.table("Vouchers", ("reference", "name", "gives", "why it cannot be given"), shown)
    return 0


def _gives(voucher: VoucherSnapshot) -> str:
    parts = []
    for channel, listing in sorted(voucher.listings.items()):
        unit = "%" if voucher.kind == VoucherKind.PERCENTAGE else f" {listing.currency}"
        parts.append(f"{channel}: {listing.value.normalize():f}{unit}")
    return f"{voucher.kind}, {', '.join(parts)}" if parts else str(voucher.kind)


def _problem(voucher: VoucherSnapshot) -> str:
    """Return why no channel could give it, whoever it is for; "" where one could."""
    anywhere = next(iter(voucher.countries), "")
    why = [
        refusal(voucher, Occasion(channel=channel, country=anywhere, now=clock.now())) for channel in voucher.listings
    ]
    return "" if "" in why else (why or [f"“{voucher.name}” is not listed in any channel."])[0]


def _save(shop: Shop, args: argparse.Namespace, output: Output) -> int:
    known = _book(shop) if args.voucher else {}
    for ref in args.voucher:
        if ref not in known:
            raise ConfigurationError(
                f"The shop has no voucher {ref[:100]!r}; see `mailflow offers vouchers`.", key="vouchers"
            )
    offer = save_offer(
        shop,
        args.key,
        name=args.name,
        vouchers=args.voucher,
        shared_code=args.code,
        days=args.days,
        margin_percent=args.margin,
        actor=COMMAND_LINE,
        at=clock.now(),
    )
    output.say(f"Coupon steps that name {offer.key!r} give it from now on.")
    for problem in filter(None, (_problem(known[ref]) for ref in args.voucher)):
        output.say(f"As it is, it will be passed over: {problem}")
    if output.json:
        output.data({"key": offer.key, "vouchers": offer.vouchers, "shared_code": offer.shared_code})
    return 0


def _off(shop: Shop, key: str, output: Output) -> int:
    offer = Offer.objects.filter(shop=shop, key=key, active=True).first()
    if offer is None:
        output.refuse(f"There is no offer {key!r} that is on.")
        return 1
    save_offer(
        shop,
        key,
        name=offer.name,
        vouchers=offer.vouchers,
        shared_code=offer.shared_code,
        days=offer.days,
        margin_percent=offer.margin_percent,
        active=False,
        actor=COMMAND_LINE,
        at=clock.now(),
    )
    output.say(f"{key} is no longer given. Codes that people have stay good.")
    if output.json:
        output.data({"key": key, "active": False})
    return 0
