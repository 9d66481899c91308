"""What conditions ask about the cart, the order, the codes and the mails of people inside a flow. One query each.

Refuses to read what nobody asked for, and a row of another person: rows are found by the enrollment's own references.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from saleor_mailflow.flows.conditions import Ask
from saleor_mailflow.statements import array, run


class Inside(Protocol):
    """As much of a person inside a flow as is needed here (``condition_facts.Person``)."""

    @property
    def enrollment_id(self) -> int:
        """Return the enrollment."""

    @property
    def contact_id(self) -> int:
        """Return the contact."""

    @property
    def basket_id(self) -> int | None:
        """Return the cart the flow is about."""

    @property
    def purchase_id(self) -> int | None:
        """Return the order the flow is about."""

    @property
    def entered_at(self) -> datetime:
        """Return when they entered."""


Found = dict[int, dict[str, object]]

_BASKETS = """
SELECT b.id, b.currency, b.total, b.line_count, b.channel, b.voucher_code <> '', ARRAY(
    SELECT DISTINCT line ->> 'product_ref' FROM jsonb_array_elements(b.lines) AS line
    WHERE line ->> 'product_ref' <> ''
)
FROM mailflow_basket b WHERE b.id = ANY(%s::bigint[])
"""


def baskets(asks: Sequence[Ask], people: Sequence[Inside], found: Found) -> None:
    """Add what is asked about the cart the flow is about; who has none is told nothing."""
    rows = {row[0]: row[1:] for row in run(_BASKETS, [_ids(one.basket_id for one in people)]).rows}
    for one in people:
        if one.basket_id in rows:
            currency, total, lines, channel, voucher, products = rows[one.basket_id]
            facts = {"lines": lines, "channel": channel, "voucher": voucher, "products": frozenset(products)}
            _tell("basket", asks, found[one.enrollment_id], facts, total=(currency, total))


_ORDERS = """
SELECT o.id, o.currency, o.total, o.channel, o.status, o.paid, o.voucher_code <> '',
    (SELECT count(*) FROM mailflow_purchaseline line WHERE line.purchase_id = o.id),
    ARRAY(SELECT DISTINCT line.product_ref FROM mailflow_purchaseline line
        WHERE line.purchase_id = o.id AND line.product_ref <> ''),
    NOT EXISTS (
        SELECT 1 FROM mailflow_purchase before
        WHERE before.contact_id = o.contact_id AND before.counts AND before.status <> 'CANCELED'
          AND (before.created_at, before.id) < (o.created_at, o.id)
    )
FROM mailflow_purchase o WHERE o.id = ANY(%s::bigint[])
"""


def orders(asks: Sequence[Ask], people: Sequence[Inside], found: Found) -> None:
    """Add what is asked about the order the flow is about; who has none is told nothing."""
    rows = {row[0]: row[1:] for row in run(_ORDERS, [_ids(one.purchase_id for one in people)]).rows}
    names = ("channel", "status", "paid", "voucher", "lines", "products", "first")
    for one in people:
        if one.purchase_id in rows:
            currency, total, *rest = rows[one.purchase_id]
            facts = dict(zip(names, rest, strict=True))
            facts["products"] = frozenset(facts["products"])
            _tell("order", asks, found[one.enrollment_id], facts, total=(currency, total))


# The order that the flow is about began it; it is not one since.
_SINCE = """
SELECT asked.id, EXISTS (
    SELECT 1 FROM mailflow_purchase o
    WHERE o.contact_id = asked.contact_id AND o.created_at >= asked.since AND o.id <> asked.purchase_id
      AND o.counts AND o.status <> 'CANCELED'
), EXISTS (
    SELECT 1 FROM mailflow_basket b
    WHERE b.contact_id = asked.contact_id AND b.active_at > asked.since AND b.line_count > 0
)
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[]) AS asked (id, contact_id, purchase_id, since)
"""


def since(asks: Sequence[Ask], people: Sequence[Inside], found: Found) -> None:
    """Add whether they ordered or filled a cart since they entered."""
    columns = zip(*((p.enrollment_id, p.contact_id, p.purchase_id or 0, p.entered_at.isoformat()) for p in people))  # noqa: B905 - rows of four
    for one, ordered, active in run(_SINCE, [array(column) for column in columns]).rows:
        _tell("since", asks, found[one], {"ordered": ordered, "active": active})


_COUPONS = """
SELECT enrollment_id, bool_or(state IN ('minted', 'given', 'used')), bool_or(state = 'used')
FROM mailflow_coupon WHERE enrollment_id = ANY(%s::bigint[]) GROUP BY enrollment_id
"""
_LAST_CODE = """
SELECT contact_id, max(created_at) FROM mailflow_purchase
WHERE contact_id = ANY(%s::bigint[]) AND voucher_code <> '' AND counts AND status <> 'CANCELED' GROUP BY contact_id
"""


def coupons(asks: Sequence[Ask], people: Sequence[Inside], found: Found) -> None:
    """Add whether they have or used a code of this flow, and when they last ordered with any code at all."""
    codes = {row[0]: row[1:] for row in run(_COUPONS, [_ids(one.enrollment_id for one in people)]).rows}
    last = dict(run(_LAST_CODE, [_ids(one.contact_id for one in people)]).rows)
    for one in people:
        minted, used = codes.get(one.enrollment_id, (False, False))
        facts = {"minted": minted, "used": used, "used_days": last.get(one.contact_id)}
        _tell("coupon", asks, found[one.enrollment_id], facts)


# In rehearsal nothing leaves, and the flow is walked as if it had.
_MAILS = """
SELECT enrollment_id, step, state IN ('accepted', 'unknown', 'shadowed'), clicked_at IS NOT NULL,
    opened_at IS NOT NULL OR clicked_at IS NOT NULL, delivery = 'bounced', delivery = 'complained'
FROM mailflow_message WHERE enrollment_id = ANY(%s::bigint[])
"""
# A link by its number, or by the name of the way it leads (``restore``); what a machine followed nobody clicked.
_LINKS = """
SELECT m.enrollment_id, m.step, coalesce(m.links ->> d.link::int, d.detail ->> 'way', '')
FROM mailflow_message m JOIN mailflow_deliveryevent d ON d.message_id = m.id AND d.kind = 'clicked'
WHERE m.enrollment_id = ANY(%s::bigint[]) AND d.by_machine IS FALSE
"""


def mails(asks: Sequence[Ask], people: Sequence[Inside], found: Found) -> None:
    """Add what became of this flow's mails: of a step's by name, of a step's link by a part of its address, of any."""
    ids = _ids(one.enrollment_id for one in people)
    by_step = {(row[0], row[1]): row[2:] for row in run(_MAILS, [ids]).rows}
    theirs: dict[int, list[tuple[bool, ...]]] = {}
    for (enrollment_id, _), row in by_step.items():
        theirs.setdefault(enrollment_id, []).append(row)
    clicked: dict[tuple[int, str], list[str]] = {}
    if any(ask.fact == "mail.clicked_link" for ask in asks):
        for enrollment_id, step, target in run(_LINKS, [ids]).rows:
            clicked.setdefault((enrollment_id, step), []).append(target)
    for one in people:
        every = theirs.get(one.enrollment_id, [])
        for ask in asks:
            found[one.enrollment_id][ask.name] = _of_mail(ask, one.enrollment_id, by_step, clicked, every)


_STEP = {"mail.sent": 0, "mail.clicked": 1, "mail.opened": 2}
_ANY = {"mail.clicked_any": 1, "mail.bounced": 3, "mail.complained": 4}


def _of_mail(
    ask: Ask,
    enrollment_id: int,
    by_step: dict[tuple[int, str], tuple[bool, ...]],
    clicked: dict[tuple[int, str], list[str]],
    every: Sequence[tuple[bool, ...]],
) -> bool | None:
    if ask.fact in _ANY:
        return any(row[_ANY[ask.fact]] for row in every)
    step, _, part = ask.of.partition(" ")
    if ask.fact == "mail.clicked_link":
        return any(part.strip() in target for target in clicked.get((enrollment_id, step), ()))
    row = by_step.get((enrollment_id, ask.of))
    return None if row is None else row[_STEP[ask.fact]]


def _tell(
    family: str,
    asks: Sequence[Ask],
    told: dict[str, object],
    facts: dict[str, object],
    *,
    total: tuple[str, object] = ("", None),
) -> None:
    """Add the facts asked for by name; the total only in the currency that is asked for."""
    for ask in asks:
        name = ask.fact.removeprefix(f"{family}.")
        told[ask.name] = (total[1] if ask.of == total[0] else None) if name == "total" else facts[name]


def _ids(values: Iterable[int | None]) -> str:
    return array(sorted({value for value in values if value is not None}))
