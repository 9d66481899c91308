"""Codes become real in the claim of their mail, and are taken back where that mail never left or their time is over.

Refuses to make a code outside the transaction that claims a mail for it, and to take one back that somebody used.

How this can fail, and who is hurt:
* the worker dies before the claim is committed: neither the claim nor the code is there, and both are made again.
* it dies after: the mail is claimed again with the code it has; if it never leaves, the reaper takes the code back.
* the voucher was deleted or changed meanwhile: the coupon says so and the mail goes without a code. Where it is deleted
  in the very moment of the commit, the claim is undone and made again.
* an order uses a code as the reaper takes it: one of the two waits for the other's row, and a code that was used stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from saleor_mailflow import failpoints
from saleor_mailflow.messages.coupons import Carried, coupon_steps, expiry, new_code, rows_of, shown_of
from saleor_mailflow.messages.offering import Occasion, refusal
from saleor_mailflow.models import Coupon, Message
from saleor_mailflow.shop.gateway import ShopGateway, VoucherBook
from saleor_mailflow.shop.goods import NewCode, VoucherSnapshot

#: Coupons that one transaction of the reaper looks at.
SLICE = 200


def mint_for(
    messages: Sequence[Message], *, gateway: ShopGateway, now: datetime, rehearsed: Collection[int] = ()
) -> dict[int, Carried]:
    """Make the codes of these claimed messages real; return {message id: the code it carries}.

    For the transaction that claims them, as its last act. Nothing is asked where no message carries a code; else  one
    query of ours and two questions to the shop, one query for each coupon that changes. The messages in ``rehearsed``
    (ids) are not to leave: they say a code that the shop does not know.
    """
    steps = coupon_steps(messages)
    if not steps:
        return {}
    rows = rows_of(set(steps.values()))
    live = {message.pk for message in messages} - set(rehearsed)
    due = [(row, m) for m, key in steps.items() if m in live and (row := rows.get(key)) is not None and _is_due(row)]
    if due and isinstance(gateway, VoucherBook):
        _mint(gateway, {row.pk: (row, message) for row, message in due}, now)
        failpoints.reach("coupon.minted")
    return {m: shown for m, key in steps.items() if (shown := shown_of(rows.get(key), now)) is not None}


def _is_due(row: Coupon) -> bool:
    """Tell whether the shop does not know the code yet: it was never made, or taken back before anybody saw it."""
    taken_back = row.state == Coupon.State.REAPED and row.given_at is None
    return bool(row.code) and (row.state == Coupon.State.RESERVED or taken_back)


def _mint(book: VoucherBook, due: Mapping[int, tuple[Coupon, int]], now: datetime) -> None:
    vouchers = book.vouchers({row.voucher_ref for row, _ in due.values()})
    good = []
    for row, _ in due.values():
        why = _why_not(row, vouchers, now)
        if why:
            _give_up(row, why)
            continue
        if row.state == Coupon.State.REAPED:
            # Nobody saw the old one; a code that was taken back once does not come to life again.
            row.code = new_code()
        good.append(row)
    made = book.mint([NewCode(voucher_ref=row.voucher_ref, code=row.code) for row in good]) if good else frozenset()
    for row in good:
        if row.code not in made:
            _give_up(row, "The shop could not make the code: its voucher is gone, or has it already.")
            continue
        row.state, row.minted_at, row.message_id = Coupon.State.MINTED, now, due[row.pk][1]
        row.expires_at = expiry(row.terms, now)
        row.save(update_fields=["state", "minted_at", "message", "expires_at", "code"])


def _why_not(row: Coupon, vouchers: Mapping[str, VoucherSnapshot], now: datetime) -> str:
    voucher = vouchers.get(row.voucher_ref)
    if voucher is None:
        return "The voucher was deleted in the shop before the mail left."
    # Basket and country were asked about when the code was reserved; what may have changed since is the voucher.
    anywhere = next(iter(voucher.countries), "")
    return refusal(voucher, Occasion(channel=str(row.terms.get("channel", "")), country=anywhere, now=now))


def _give_up(row: Coupon, why: str) -> None:
    row.state, row.reason = Coupon.State.NONE, why[:300]
    row.save(update_fields=["state", "reason"])


@dataclass(frozen=True, kw_only=True)
class Reaped:
    """What one run of the reaper came to."""

    given: int = 0
    reaped: int = 0
    kept: int = 0

    @property
    def looked_at(self) -> int:
        """Return how many coupons had come to their end, one way or the other."""
        return self.given + self.reaped + self.kept


# The mail left, or may have left.
_GIVEN = """
UPDATE mailflow_coupon c SET state = 'given', given_at = coalesce(m.ended_at, m.intent_at, %s)
FROM mailflow_message m
WHERE c.shop_id = %s AND c.state = 'minted' AND m.id = c.message_id AND m.state IN ('accepted', 'unknown')
"""
# Minted for a mail that will not leave any more. One whose message is gone was purged or erased with its owner.
_LOOSE = """
SELECT c.id FROM mailflow_coupon c LEFT JOIN mailflow_message m ON m.id = c.message_id
WHERE c.shop_id = %(shop)s AND c.state = 'minted'
  AND (m.id IS NULL OR m.state IN ('blocked', 'missed', 'failed', 'shadowed'))
ORDER BY c.id LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
"""
_OVER = """
SELECT id FROM mailflow_coupon
WHERE shop_id = %(shop)s AND state IN ('minted', 'given') AND expires_at <= %(now)s
ORDER BY expires_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
"""


def reap(shop_id: int, *, gateway: ShopGateway, now: datetime, most: int = SLICE) -> Reaped:
    """Take back codes whose mail never left and codes that ran out; know those whose mail left. A slice a call.

    To be called where a code is on its way or over (``flows.waiting``). Six queries of ours and the shop's own few.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN, [now, shop_id])
        given = int(cursor.rowcount)
    if not isinstance(gateway, VoucherBook):
        return Reaped(given=given)
    with transaction.atomic():
        values: dict[str, Any] = {"shop": shop_id, "most": most, "now": now}
        with connection.cursor() as cursor:
            cursor.execute(_LOOSE, values)
            ids = [row for (row,) in cursor.fetchall()]
            cursor.execute(_OVER, values)
            ids += [row for (row,) in cursor.fetchall()]
        if not ids:
            return Reaped(given=given)
        rows = list(Coupon.objects.filter(id__in=ids))
        gone = gateway.unmint([row.code for row in rows])
        failpoints.reach("coupon.unminted")
        reaped = Coupon.objects.filter(id__in=[row.pk for row in rows if row.code in gone])
        taken = reaped.update(state=Coupon.State.REAPED)
        used = Coupon.objects.filter(id__in=[row.pk for row in rows if row.code not in gone])
        kept = used.update(state=Coupon.State.USED, used_at=now)
    return Reaped(given=given, reaped=taken, kept=kept)


def mark_used(shop_id: int, codes: Mapping[str, datetime]) -> int:
    """Note that orders used these codes, then (aware UTC); return how many were ours. One query for codes that are not.

    Of somebody else's codes, which are most, nothing is written.
    """
    if not codes:
        return 0
    used = 0
    rows = Coupon.objects.filter(shop_id=shop_id, code__in=list(codes)).exclude(code="")
    for row in rows.exclude(state__in=[Coupon.State.NONE, Coupon.State.USED]):
        used += Coupon.objects.filter(pk=row.pk).update(state=Coupon.State.USED, used_at=codes[row.code])
    return used


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What codes that are out could cost at most, of one offer in one currency."""

    offer_key: str
    kind: str
    currency: str
    #: Codes that somebody has or is about to get, and that are still good.
    out: int
    #: The sum of their amounts; 0 for percentages and shipping, whose cost is the basket's.
    amount: Decimal
    #: The highest percentage among them, None for amounts.
    percent: Decimal | None
    used: int


_EXPOSURE = """
SELECT offer_key, coalesce(terms ->> 'kind', ''), coalesce(terms ->> 'currency', ''),
    count(*) FILTER (WHERE open),
    coalesce(sum((terms ->> 'value')::numeric) FILTER (WHERE open AND terms ->> 'kind' = 'fixed'), 0),
    max((terms ->> 'value')::numeric) FILTER (WHERE terms ->> 'kind' <> 'fixed'),
    count(*) FILTER (WHERE state = 'used')
FROM (
    SELECT *, state IN ('reserved', 'minted', 'given') AND (expires_at IS NULL OR expires_at > %s) AS open
    FROM mailflow_coupon WHERE shop_id = %s AND state <> 'none'
) c
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def coupon_exposure(shop_id: int, now: datetime) -> list[Exposure]:
    """Return what the codes that are out at ``now`` could cost: one entry an offer, kind and currency. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPOSURE, [now, shop_id])
        names = ("offer_key", "kind", "currency", "out", "amount", "percent", "used")
        return [Exposure(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
