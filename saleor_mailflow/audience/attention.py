"""How much of somebody's attention has been asked for already, and whether this is the time to ask for more.

Refuses to decide: it says what was sent, when they last showed life, what is wrong, and who comes first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from saleor_mailflow.flows.limits import LOOK_BACK
from saleor_mailflow.statements import array, run

#: An order that is paid and not on its way after this long is late.
LATE_AFTER = timedelta(days=10)
#: Orders older than this trouble nobody any more.
TROUBLE_LOOK_BACK = timedelta(days=60)
#: For how long after a return or refund promotion is out of place.
SETTLING = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class SentMail:
    """A marketing mail that left, may have left or is leaving."""

    message_id: int
    claimed_at: datetime
    shadow: bool


@dataclass(frozen=True, kw_only=True)
class Attention:
    """What is true of one contact. Times are aware UTC."""

    sent: tuple[SentMail, ...] = ()
    #: When they last bought, clicked or filled a cart, None where they never did.
    last_sign_of_life: datetime | None = None
    #: (what is wrong, order number), such as ("late", "1042").
    trouble: tuple[str, str] | None = None


NOTHING = Attention()

# ``planned_at`` has the index; no mail is claimed more than 30 days after it was planned and still counts.
_SENT = """
SELECT contact_id, id, claimed_at, state = 'shadowed' FROM mailflow_message
WHERE contact_id = ANY(%s::bigint[]) AND planned_at > %s::timestamptz AND claimed_at > %s::timestamptz
  AND purpose = 'marketing'
  AND state IN ('claimed', 'sending', 'accepted', 'unknown', 'shadowed')
"""
_LIFE = """
SELECT asked.id, greatest(
    (SELECT max(created_at) FROM mailflow_purchase WHERE contact_id = asked.id AND counts),
    (SELECT max(active_at) FROM mailflow_basket WHERE contact_id = asked.id),
    (SELECT max(clicked_at) FROM mailflow_message WHERE contact_id = asked.id)
) FROM unnest(%s::bigint[]) AS asked (id)
"""
_TROUBLE = """
SELECT DISTINCT ON (contact_id) contact_id, what, number FROM (
    SELECT contact_id, number, created_at, CASE
        WHEN status IN ('RETURNED', 'PARTIALLY_RETURNED') AND updated_at > %s::timestamptz THEN 'being returned'
        WHEN total_refunded > 0 AND updated_at > %s::timestamptz THEN 'being refunded'
        WHEN paid AND status IN ('UNFULFILLED', 'PARTIALLY_FULFILLED') AND created_at < %s::timestamptz THEN 'late'
    END AS what
    FROM mailflow_purchase
    WHERE contact_id = ANY(%s::bigint[]) AND counts AND created_at > %s::timestamptz AND status <> 'CANCELED'
) p WHERE what IS NOT NULL ORDER BY contact_id, created_at DESC
"""


def attention(contact_ids: Collection[int], now: datetime) -> Mapping[int, Attention]:
    """Return {contact id: attention} at ``now`` (aware). Three queries, however many contacts."""
    ids = list(contact_ids)
    if not ids:
        return {}
    sent: dict[int, list[SentMail]] = {}
    for contact_id, message_id, claimed_at, shadow in run(
        _SENT, [array(ids), now - 2 * LOOK_BACK, now - LOOK_BACK]
    ).rows:
        mail = SentMail(message_id=message_id, claimed_at=claimed_at, shadow=shadow)
        sent.setdefault(contact_id, []).append(mail)
    life = dict(run(_LIFE, [array(ids)]).rows)
    times = [now - SETTLING, now - SETTLING, now - LATE_AFTER]
    found = run(_TROUBLE, [*times, array(ids), now - TROUBLE_LOOK_BACK]).rows
    trouble = {contact_id: (what, number or "(without a number)") for contact_id, what, number in found}
    return {
        one: Attention(sent=tuple(sent.get(one, ())), last_sign_of_life=life.get(one), trouble=trouble.get(one))
        for one in ids
    }


_RIVALS = """
SELECT DISTINCT ON (asked.id) asked.id, f.key, other.due_at
FROM unnest(%s::bigint[]) AS asked (id)
JOIN mailflow_message mine ON mine.id = asked.id
JOIN mailflow_enrollment my_e ON my_e.id = mine.enrollment_id
JOIN mailflow_flow my_f ON my_f.id = my_e.flow_id
JOIN mailflow_flowversion my_v ON my_v.id = my_e.version_id
JOIN mailflow_message other ON other.contact_id = mine.contact_id AND other.id <> mine.id
    AND other.state IN ('planned', 'claimed') AND other.purpose = 'marketing' AND other.expires_at > %s::timestamptz
JOIN mailflow_enrollment e ON e.id = other.enrollment_id
JOIN mailflow_flow f ON f.id = e.flow_id AND f.mode = my_f.mode AND f.id <> my_f.id AND f.stopped_at IS NULL
JOIN mailflow_flowversion v ON v.id = e.version_id
WHERE (coalesce(f.position, (v.definition->>'priority')::int, 100), f.id)
    < (coalesce(my_f.position, (my_v.definition->>'priority')::int, 100), my_f.id)
ORDER BY asked.id, coalesce(f.position, (v.definition->>'priority')::int, 100), f.id
"""


def outranked(message_ids: Collection[int], now: datetime) -> Mapping[int, tuple[str, datetime]]:
    """Return {message id: (flow of higher order that has a mail for the same person, when that is due)}. One query.

    The merchant's order of flows counts (``Flow.position``), else the flow's own priority. Rehearsals outrank nobody
    who is live, and the other way round.
    """
    if not message_ids:
        return {}
    return {message_id: (key, due_at) for message_id, key, due_at in run(_RIVALS, [array(message_ids), now]).rows}
