"""What is true of baskets and their owners now, for a whole batch in a fixed number of queries.

Entry, runner, gate and ``why`` all see people through this one file. Refuses to decide anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from saleor_mailflow.audience.recorded import recorded
from saleor_mailflow.audience.suppression import counting, suppressions
from saleor_mailflow.flows.goals import BasketFacts
from saleor_mailflow.models import Basket
from saleor_mailflow.shop.gateway import BuyerQuestion, ShopGateway
from saleor_mailflow.shop.snapshots import CheckoutSnapshot
from saleor_mailflow.statements import array, run


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
    #: Whether the shop itself was asked, rather than what it told us.
    live: bool
    #: The code that is on the checkout, "" for none or where the shop was not asked.
    voucher_code: str = ""


#: Channel slug → sending entity.
EntityOf = Callable[[str], str]


def one_entity(channel: str) -> str:
    """Return "": the whole shop mails under one name."""
    return ""


def see_baskets(
    shop_id: int,
    gateway: ShopGateway,
    since: Mapping[int, datetime],
    *,
    lines: bool = True,
    entity_of: EntityOf = one_entity,
) -> Mapping[int, BasketSight]:
    """Return {basket id: sight} for ``since``: {basket id: when its shopper was last active as far as we decided}.

    Purchases by address or account count from that time on, purchases of the checkout itself always.
    Without ``lines`` the sights show none, which is enough to decide by and much less to read.
    Queries: three of ours, and the gateway's two where it is live, else one more where anything waits to be processed,
    however many baskets.
    """
    seen = _look(shop_id, gateway, since, lines, entity_of)
    return {row.id: _sight(row, snapshot, facts, live=gateway.live) for row, snapshot, facts in seen}


def see_facts(
    shop_id: int, gateway: ShopGateway, since: Mapping[int, datetime], *, entity_of: EntityOf = one_entity
) -> Mapping[int, BasketFacts]:
    """Return {basket id: facts}: what ``see_baskets`` has under ``facts``, for those who only decide."""
    return {row.id: facts for row, _, facts in _look(shop_id, gateway, since, lines=False, entity_of=entity_of)}


def in_microseconds(column: str) -> str:
    """Return SQL for a time column as microseconds since 1970: read so, a batch costs a tenth of what Django takes."""
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


def from_microseconds(count: int) -> datetime:
    """Return the aware UTC time of ``in_microseconds``."""
    return _EPOCH + timedelta(microseconds=count)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Row(NamedTuple):
    """One row of _SEE."""

    id: int
    contact_id: int | None
    token: str
    channel: str
    currency: str
    total: Decimal
    lines: str | None
    email: str
    user_ref: str
    language: str
    country: str
    contact_language: str | None
    contact_country: str | None
    first_name: str | None
    is_staff: bool | None
    erased: bool
    state: str
    line_count: int
    payment: str
    completing_since: int | None
    signature: str
    activity: int
    active_at: int
    created_at: int
    last_change: int
    learned_at: int
    newer: bool
    order: str | None
    anything_waits: bool


# The account that filled the basket, else the one its owner is known by: who shops signed out has one all the same.
_ACCOUNT = "coalesce(nullif(b.user_ref, ''), c.user_ref, '')"
_SEE = f"""
SELECT b.id, b.contact_id, b.token, b.channel, b.currency, b.total, CASE WHEN %s::bool THEN b.lines END,
    coalesce(c.email, b.email), {_ACCOUNT}, b.language, b.country, c.language, c.country, c.first_name, c.is_staff,
    c.erased_at IS NOT NULL, b.state, b.line_count, b.payment, {in_microseconds("b.completing_since")}, b.signature,
    b.activity, {in_microseconds("b.active_at")}, {in_microseconds("b.created_at")},
    {in_microseconds("b.last_change")}, {in_microseconds("b.learned_at")},
    EXISTS (
        SELECT 1 FROM mailflow_basket other
        WHERE other.contact_id = b.contact_id AND other.id <> b.id AND other.state = 'open' AND other.line_count > 0
          AND (other.active_at, other.id) > (b.active_at, b.id)
    ),
    (
        SELECT coalesce(nullif(p.number, ''), '(without a number)') FROM (
            SELECT number, created_at FROM mailflow_purchase
            WHERE shop_id = b.shop_id AND token = b.token AND token <> '' AND counts
            UNION ALL
            SELECT number, created_at FROM mailflow_purchase
            WHERE shop_id = b.shop_id AND email = c.email AND created_at >= asked.since AND counts
            UNION ALL
            SELECT number, created_at FROM mailflow_purchase
            -- NULL for a guest: compared with '', the purchases of all guests there ever were would be looked through.
            WHERE shop_id = b.shop_id AND user_ref = nullif({_ACCOUNT}, '') AND user_ref <> ''
              AND created_at >= asked.since AND counts
        ) p ORDER BY p.created_at LIMIT 1
    ),
    (SELECT EXISTS (
        -- In the order of the index of what is pending: PostgreSQL takes a third of the table for pending, and would
        -- rather read it all.
        SELECT 1 FROM (
            SELECT 1 FROM mailflow_event
            WHERE shop_id = %s::bigint AND processed_generation < generation AND parked = '' AND payload IS NOT NULL
            ORDER BY occurred_at, id LIMIT 1
        ) pending
    ))
FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked (id, since)
JOIN mailflow_basket b ON b.id = asked.id
LEFT JOIN mailflow_contact c ON c.id = b.contact_id
WHERE b.shop_id = %s::bigint
"""  # noqa: S608 - put together from this file's own column names


def _look(
    shop_id: int, gateway: ShopGateway, since: Mapping[int, datetime], lines: bool, entity_of: EntityOf
) -> Iterator[tuple[_Row, CheckoutSnapshot | None, BasketFacts]]:
    rows = _read(shop_id, since, lines)
    if not rows:
        return
    refused = suppressions(shop_id, {row.email for row in rows if row.email})
    live: Mapping[str, CheckoutSnapshot] = {}
    bought: Mapping[int, str] = {}
    if gateway.live:
        live, bought = gateway.checkouts([row.token for row in rows]), gateway.bought(_questions(rows, since))
    elif rows[0].anything_waits:
        questions = _questions(rows, since)
        waiting = recorded(shop_id, questions)
        # What was taken in after the first look is no longer waiting, and was not there yet: look once more.
        rows = _read(shop_id, since, lines)
        live, bought = _newest(waiting.checkouts, rows), waiting.bought(questions)
    for row in rows:
        snapshot = live.get(row.token)
        order = bought.get(row.id, "") or row.order or ""
        entity = entity_of(row.channel if snapshot is None else snapshot.channel)
        counts = counting(refused.get(row.email), entity)
        yield row, snapshot, _facts(row, snapshot, live=gateway.live, order=order, refused=counts)


def _read(shop_id: int, since: Mapping[int, datetime], lines: bool) -> list[_Row]:
    asked = [array(since), array(at.isoformat() for at in since.values())]
    return [_Row._make(found) for found in run(_SEE, [lines, shop_id, *asked, shop_id]).rows]


def _questions(rows: Collection[_Row], since: Mapping[int, datetime]) -> list[BuyerQuestion]:
    return [
        BuyerQuestion(
            key=row.id,
            token=row.token,
            email=row.email,
            user_ref=row.user_ref,
            since=max(since[row.id], from_microseconds(row.created_at)),
        )
        for row in rows
    ]


def _newest(waiting: Collection[CheckoutSnapshot], rows: Collection[_Row]) -> dict[str, CheckoutSnapshot]:
    """Return {token: the newest word of a checkout that waits to be processed}, where it is newer than what we hold."""
    held = {row.token: (from_microseconds(row.last_change), from_microseconds(row.learned_at)) for row in rows}
    found: dict[str, CheckoutSnapshot] = {}
    for snapshot in waiting:
        stamp = (snapshot.last_change, snapshot.seen_at or snapshot.last_change)
        if stamp >= held.get(snapshot.token, stamp):
            found[snapshot.token], held[snapshot.token] = snapshot, stamp
    return found


def _facts(
    row: _Row, snapshot: CheckoutSnapshot | None, *, live: bool, order: str, refused: tuple[str, datetime] | None
) -> BasketFacts:
    state, activity, active_at = row.state, row.activity, from_microseconds(row.active_at)
    line_count, payment, completing = row.line_count, row.payment, row.completing_since
    completing_since = None if completing is None else from_microseconds(completing)
    if live and snapshot is None and state in (Basket.State.OPEN, Basket.State.EMPTIED):
        state = Basket.State.DELETED
    if snapshot is not None:
        line_count, payment, completing_since = len(snapshot.lines), str(snapshot.payment), snapshot.completing_since
        if snapshot.signature != row.signature:
            # The shopper did something that no road has brought here yet.
            activity, active_at = activity + 1, max(active_at, snapshot.last_change)
    return BasketFacts(
        state=str(state),
        line_count=line_count,
        activity=activity,
        active_at=active_at,
        payment=payment,
        completing_since=completing_since,
        order=order,
        newer=row.newer,
        erased=row.erased,
        suppressed=refused,
    )


def _sight(row: _Row, snapshot: CheckoutSnapshot | None, facts: BasketFacts, *, live: bool) -> BasketSight:
    seen = snapshot if snapshot is not None else row
    return BasketSight(
        facts=facts,
        basket_id=row.id,
        contact_id=row.contact_id,
        token=row.token,
        channel=seen.channel,
        currency=seen.currency,
        total=seen.total,
        lines=_lines(row, snapshot),
        language=seen.language or row.contact_language or "",
        country=seen.country or row.contact_country or "",
        email=row.email,
        first_name=row.first_name or "",
        is_staff=bool(row.is_staff),
        live=live,
        voucher_code="" if snapshot is None else snapshot.voucher_code,
    )


def _lines(row: _Row, snapshot: CheckoutSnapshot | None) -> list[dict[str, object]]:
    if row.lines is None:
        return []
    found: list[dict[str, object]] = json.loads(row.lines)
    return found if snapshot is None else [line.to_json() for line in snapshot.lines]
