"""What is true of people inside flows that are about no basket, for a whole batch. Refuses to decide anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from saleor_mailflow.audience.recorded import recorded
from saleor_mailflow.audience.suppression import Suppressions, counting, suppressions
from saleor_mailflow.flows.goals import LifeFacts, OrderState
from saleor_mailflow.shop.gateway import BuyerQuestion, ShopGateway
from saleor_mailflow.statements import array, run

#: An order that waited longer than this to leave is forgotten, or somebody forgot to say that it left.
UNDER_WAY = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class PersonAsk:
    """Whom to look at: ``key`` names the enrollment; what they did counts from ``since`` on."""

    key: int
    contact_id: int
    since: datetime
    purchase_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """A contact as far as it decides whether they stay in a flow, and what a mail to them needs to know."""

    life: LifeFacts
    email: str
    user_ref: str = ""
    is_staff: bool = False
    country: str = ""
    timezone: str = ""
    birthday: date | None = None
    #: By sending entity; see ``audience.suppression.counting``.
    suppressed: Suppressions = field(default_factory=dict)

    def life_for(self, entity: str) -> LifeFacts:
        """Return the facts with the suppression that counts for a sending entity."""
        if not self.suppressed:
            return self.life
        return LifeFacts(**{**vars(self.life), "suppressed": counting(self.suppressed, entity)})


class _Row(NamedTuple):
    key: int
    contact_id: int
    email: str
    user_ref: str
    is_staff: bool
    country: str
    timezone: str
    birthday: date | None
    erased: bool
    ordered: str | None
    open_order: str | None
    active_at: datetime | None
    clicked_at: datetime | None
    own_number: str | None
    own_status: str | None
    own_refunded: bool | None


_SEE = """
SELECT asked.key, c.id, c.email, c.user_ref, c.is_staff, c.country, c.timezone, c.birthday, c.erased_at IS NOT NULL,
    (
        SELECT coalesce(nullif(p.number, ''), '(without a number)') FROM (
            SELECT id, number, created_at FROM mailflow_purchase
            WHERE shop_id = c.shop_id AND email = c.email AND created_at > asked.since AND counts
            UNION ALL
            SELECT id, number, created_at FROM mailflow_purchase
            WHERE shop_id = c.shop_id AND user_ref = nullif(c.user_ref, '') AND user_ref <> ''
              AND created_at > asked.since AND counts
        ) p WHERE p.id IS DISTINCT FROM asked.purchase_id ORDER BY p.created_at LIMIT 1
    ),
    (
        SELECT coalesce(nullif(p.number, ''), '(without a number)') FROM mailflow_purchase p
        WHERE p.contact_id = c.id AND p.counts AND p.created_at > %s::timestamptz
          AND p.status IN ('UNCONFIRMED', 'UNFULFILLED', 'PARTIALLY_FULFILLED')
          AND p.id IS DISTINCT FROM asked.purchase_id ORDER BY p.created_at DESC LIMIT 1
    ),
    (SELECT max(b.active_at) FROM mailflow_basket b
     WHERE b.contact_id = c.id AND b.active_at > asked.since AND b.line_count > 0),
    (SELECT min(m.clicked_at) FROM mailflow_message m WHERE m.enrollment_id = asked.key AND m.clicked_at IS NOT NULL),
    own.number, own.status, own.total_refunded > 0
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[])
    AS asked (key, contact_id, since, purchase_id)
JOIN mailflow_contact c ON c.id = asked.contact_id
LEFT JOIN mailflow_purchase own ON own.id = asked.purchase_id
WHERE c.shop_id = %s::bigint
"""


def see_people(
    shop_id: int, asks: Sequence[PersonAsk], *, gateway: ShopGateway, now: datetime
) -> Mapping[int, PersonFacts]:
    """Return {ask's key: facts}. Four queries, and a live shop's one, however many people."""
    if not asks:
        return {}
    asked = [
        array(ask.key for ask in asks),
        array(ask.contact_id for ask in asks),
        array(ask.since.isoformat() for ask in asks),
        array("NULL" if ask.purchase_id is None else ask.purchase_id for ask in asks),
    ]
    rows = [_Row._make(found) for found in run(_SEE, [now - UNDER_WAY, *asked, shop_id]).rows]
    refused = suppressions(shop_id, {row.email for row in rows if not row.erased})
    bought = _bought(shop_id, rows, {ask.key: ask.since for ask in asks}, gateway)
    return {row.key: _facts(row, bought.get(row.key, ""), refused.get(row.email, {})) for row in rows}


def _bought(
    shop_id: int, rows: Sequence[_Row], since: Mapping[int, datetime], gateway: ShopGateway
) -> Mapping[int, str]:
    """Return orders that our tables do not have yet: the shop is asked, or what waits to be taken in."""
    questions = [
        # A moment later: the order that the flow is about may be what somebody entered with.
        BuyerQuestion(
            key=row.key,
            token="",
            email=row.email,
            user_ref=row.user_ref,
            since=since[row.key] + timedelta(microseconds=1),
        )
        for row in rows
        if not row.erased
    ]
    if not questions:
        return {}
    found = gateway.bought(questions) if gateway.live else recorded(shop_id, questions).bought(questions)
    own = {row.key: row.own_number for row in rows}
    return {key: number for key, number in found.items() if number != own[key]}


def _facts(row: _Row, bought: str, refused: Suppressions) -> PersonFacts:
    order = None
    if row.own_status is not None:
        number = row.own_number or "(without a number)"
        order = OrderState(number=number, status=row.own_status, refunded=bool(row.own_refunded))
    return PersonFacts(
        life=LifeFacts(
            erased=row.erased,
            suppressed=counting(refused, ""),
            ordered=bought or row.ordered or "",
            open_order=row.open_order or "",
            active_at=row.active_at,
            clicked_at=row.clicked_at,
            order=order,
        ),
        email=row.email,
        user_ref=row.user_ref,
        is_staff=row.is_staff,
        country=row.country,
        timezone=row.timezone,
        birthday=row.birthday,
        suppressed=refused,
    )


def entered_since(context: Mapping[str, Any], entered_at: datetime) -> datetime:
    """Return from when on what somebody did counts for an enrollment: when they crossed, else when they entered."""
    crossed = context.get("crossed_at")
    return datetime.fromisoformat(crossed) if crossed else entered_at
