"""What is known for the mails of a batch beyond whom they go to: orders, codes, products, how long somebody was away.

Refuses to look anything up per mail, and to look up what no mail of the batch shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from saleor_mailflow.audience.zones import named
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.triggers import QuietFor
from saleor_mailflow.messages.claim import Ready
from saleor_mailflow.messages.coupons import Carried
from saleor_mailflow.messages.facts import Offer, OrderGiven
from saleor_mailflow.messages.gate_facts import definition
from saleor_mailflow.models import PurchaseLine
from saleor_mailflow.statements import array, run

#: By message id: fields of ``facts.MailFacts``.
Given = Mapping[int, dict[str, Any]]


def given_for(shop_id: int, ready: Sequence[Ready], settings: ShopSettings, now: datetime) -> dict[int, dict[str, Any]]:
    """Return what the mails of a batch show besides the basket. Three queries at most, none for what nobody shows."""
    found: dict[int, dict[str, Any]] = {one.message.pk: {} for one in ready}
    _add_orders(ready, found)
    _add_offers(ready, found, settings)
    _add_gaps(ready, found, now)
    return found


def _add_orders(ready: Sequence[Ready], found: Given) -> None:
    wanted = {one.message.enrollment.purchase_id for one in ready if one.message.enrollment.purchase_id is not None}
    if not wanted:
        return
    statement = "SELECT id, number, currency, total FROM mailflow_purchase WHERE id = ANY(%s::bigint[])"
    rows = {one: rest for one, *rest in run(statement, [array(wanted)]).rows}
    lines: dict[int, list[dict[str, object]]] = {}
    for line in PurchaseLine.objects.filter(purchase_id__in=wanted).order_by("id"):
        lines.setdefault(line.purchase_id, []).append(shown_line(line))
    for one in ready:
        purchase_id = one.message.enrollment.purchase_id
        if purchase_id is not None and purchase_id in rows:
            number, currency, total = rows[purchase_id]
            order = OrderGiven(
                number=number, lines=tuple(lines.get(purchase_id, ())), currency=currency, total=Decimal(total)
            )
            found[one.message.pk]["order"] = order


def shown_line(line: PurchaseLine) -> dict[str, object]:
    """Return a line of an order as mails take it (``LineSnapshot.to_json``)."""
    return {
        "variant_ref": line.variant_ref,
        "product_ref": line.product_ref,
        "product_name": line.product_name,
        "variant_name": line.variant_name,
        "product_slug": line.product_slug,
        "image_url": line.image_url,
        "image_alt": "",
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
        "total_price": str(line.total_price),
        "undiscounted_unit_price": None,
        "is_gift": False,
    }


def _add_offers(ready: Sequence[Ready], found: Given, settings: ShopSettings) -> None:
    for one in ready:
        if one.coupon is not None:
            zone = named(settings.zone(one.asked.facts.channel)) or ZoneInfo("UTC")
            found[one.message.pk]["offer"] = offer_of(one.coupon, zone)


_KINDS: Mapping[str, Literal["percentage", "fixed"]] = {"percentage": "percentage", "fixed": "fixed"}


def offer_of(code: Carried, zone: ZoneInfo) -> Offer | None:
    """Return what a mail says of a code, its last day by the clocks of ``zone``; None where nothing can be said."""
    shared = code.kind == "shared"
    ends_at = _last_day(code.expires_at, zone) if code.expires_at is not None else None
    common: dict[str, Any] = {"code": code.code, "ends_at": ends_at, "personal": not shared}
    if shared or (code.kind not in _KINDS and not code.free_shipping):
        return Offer(kind="named", words=code.name, **common) if code.name else None
    common |= {"currency": code.currency, "minimum": code.minimum}
    if code.free_shipping:
        return Offer(kind="free_shipping", **common)
    return Offer(kind=_KINDS[code.kind], value=code.value or Decimal(0), **common)


def _last_day(expires_at: datetime, zone: ZoneInfo) -> date:
    """Return the last day on the whole of which a code works."""
    local = expires_at.astimezone(zone)
    return (local - timedelta(microseconds=1)).date()


def _add_gaps(ready: Sequence[Ready], found: Given, now: datetime) -> None:
    away = {one.message.contact_id for one in ready if isinstance(definition(one.message).trigger, QuietFor)}
    if not away:
        return
    statement = "SELECT contact_id, last_order_at FROM mailflow_profile WHERE contact_id = ANY(%s::bigint[])"
    last = dict(run(statement, [array(away)]).rows)
    for one in ready:
        at = last.get(one.message.contact_id)
        if at is not None and one.message.contact_id in away:
            found[one.message.pk]["gap_days"] = (now - at).days
