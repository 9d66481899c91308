"""What is true of baskets and their owners now, for a whole batch in a fixed number of queries.

Entry, runner, gate and ``why`` all see people through this one file. Refuses to decide anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from saleor_mailflow.audience.suppression import suppressed
from saleor_mailflow.flows.goals import BasketFacts
from saleor_mailflow.models import Basket
from saleor_mailflow.shop.gateway import BuyerQuestion, ShopGateway
from saleor_mailflow.shop.snapshots import CheckoutSnapshot


@dataclass(frozen=True, kw_only=True)
class BasketSight:
    """A basket and its owner as they are now: the facts to decide by, and what a mail would show."""

    facts: BasketFacts
    basket_id: int
    contact_id: int | None
    token: str
    channel: str
    currency: str
    total: Decimal
    lines: list[dict[str, object]]
    language: str
    country: str
    email: str
    first_name: str
    is_staff: bool


#: What deciding needs of a basket and its owner; a mail needs the lines as well.
_TO_DECIDE = (
    *("token", "channel", "currency", "email", "user_ref", "language", "country", "state", "line_count", "total"),
    *("payment", "completing_since", "signature", "activity", "active_at", "created_at", "contact_id"),
    *("contact__email", "contact__language", "contact__country", "contact__first_name", "contact__is_staff"),
    "contact__erased_at",
)


def see_baskets(
    shop_id: int, gateway: ShopGateway, since: Mapping[int, datetime], *, lines: bool = True
) -> Mapping[int, BasketSight]:
    """Return {basket id: sight} for ``since``: {basket id: when its shopper was last active as far as we decided}.

    Purchases by address or account count from that time on, purchases of the checkout itself always.
    Without ``lines`` the sights show none, which is enough to decide by and much less to read.
    Queries: four of ours, and the gateway's two where it is live, however many baskets.
    """
    wanted = (*_TO_DECIDE, "lines") if lines else _TO_DECIDE
    baskets = Basket.objects.filter(id__in=since, shop_id=shop_id).select_related("contact").only(*wanted)
    rows = {b.id: b for b in baskets}
    if not rows:
        return {}
    bought = _recorded_purchases(since)
    newer = _newer_baskets(since)
    emails = {b.contact.email if b.contact else b.email for b in rows.values()}
    refused = suppressed(shop_id, {email for email in emails if email})
    live: Mapping[str, CheckoutSnapshot] = {}
    if gateway.live:
        live = gateway.checkouts([b.token for b in rows.values()])
        questions = [
            BuyerQuestion(
                key=b.id, token=b.token, email=_email(b), user_ref=b.user_ref, since=max(since[b.id], b.created_at)
            )
            for b in rows.values()
        ]
        bought = {**bought, **gateway.bought(questions)}
    return {
        basket_id: _sight(
            row,
            snapshot=live.get(row.token),
            live=gateway.live,
            order=bought.get(basket_id, ""),
            newer=basket_id in newer,
            refused=refused.get(_email(row)),
            lines=lines,
        )
        for basket_id, row in rows.items()
    }


def _email(row: Basket) -> str:
    return row.contact.email if row.contact else row.email


def _sight(
    row: Basket,
    *,
    snapshot: CheckoutSnapshot | None,
    live: bool,
    order: str,
    newer: bool,
    refused: tuple[str, datetime] | None,
    lines: bool,
) -> BasketSight:
    contact = row.contact
    state, activity, active_at = row.state, row.activity, row.active_at
    if live and snapshot is None and state in (Basket.State.OPEN, Basket.State.EMPTIED):
        state = Basket.State.DELETED
    if snapshot is not None and snapshot.signature != row.signature:
        # The shopper did something that no road has brought here yet.
        activity, active_at = activity + 1, max(active_at, snapshot.last_change)
    seen = snapshot if snapshot is not None else row
    return BasketSight(
        facts=BasketFacts(
            state=str(state),
            line_count=row.line_count if snapshot is None else len(snapshot.lines),
            activity=activity,
            active_at=active_at,
            payment=str(seen.payment),
            completing_since=seen.completing_since,
            order=order,
            newer=newer,
            erased=contact is not None and contact.erased_at is not None,
            suppressed=refused,
        ),
        basket_id=row.id,
        contact_id=row.contact_id,
        token=row.token,
        channel=seen.channel,
        currency=seen.currency,
        total=seen.total,
        lines=_lines(row, snapshot) if lines else [],
        language=seen.language or (contact.language if contact else ""),
        country=seen.country or (contact.country if contact else ""),
        email=_email(row),
        first_name=contact.first_name if contact else "",
        is_staff=contact is not None and contact.is_staff,
    )


def _lines(row: Basket, snapshot: CheckoutSnapshot | None) -> list[dict[str, object]]:
    return row.lines if snapshot is None else [line.to_json() for line in snapshot.lines]


_PURCHASES = """
SELECT DISTINCT ON (b.id) b.id, p.number
FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked (id, since)
JOIN mailflow_basket b ON b.id = asked.id
LEFT JOIN mailflow_contact c ON c.id = b.contact_id
JOIN LATERAL (
    SELECT number, created_at FROM mailflow_purchase
    WHERE shop_id = b.shop_id AND token = b.token AND token <> '' AND counts
    UNION ALL
    SELECT number, created_at FROM mailflow_purchase
    WHERE shop_id = b.shop_id AND email = c.email AND created_at >= asked.since AND counts
    UNION ALL
    SELECT number, created_at FROM mailflow_purchase
    WHERE shop_id = b.shop_id AND user_ref = b.user_ref AND user_ref <> '' AND created_at >= asked.since AND counts
) p ON true
ORDER BY b.id, p.created_at
"""


def _recorded_purchases(since: Mapping[int, datetime]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(_PURCHASES, [list(since), list(since.values())])
        return {basket_id: number or "(without a number)" for basket_id, number in cursor.fetchall()}


_NEWER = """
SELECT b.id FROM mailflow_basket b
WHERE b.id = ANY(%s) AND EXISTS (
    SELECT 1 FROM mailflow_basket other
    WHERE other.contact_id = b.contact_id AND other.id <> b.id AND other.state = 'open' AND other.line_count > 0
      AND (other.active_at, other.id) > (b.active_at, b.id)
)
"""


def _newer_baskets(basket_ids: Collection[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWER, [list(basket_ids)])
        return {basket_id for (basket_id,) in cursor.fetchall()}
