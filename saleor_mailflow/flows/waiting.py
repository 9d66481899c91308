"""One look at what waits for a tick, in one statement, so that a tick with nothing to do costs next to nothing.

Refuses to decide anything: each part finds its own work and locks it. What is asked here is what the part asks too, or
something looser: seen in vain costs a query, and not seen means never done.

Each asks for the first in the order of an index and not whether there is any: told of no values beforehand, the server
takes a third of a table to be due, and would rather read it from the front. Each is of one shop by its index: nobody
walks through what is due in others.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from saleor_mailflow.audience.machines import STALL
from saleor_mailflow.flows.crossings import EVERY, goes_by_time, mark_name
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.sign_ups import FRESH
from saleor_mailflow.flows.triggers import IdleBasket
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.statements import run
from saleor_mailflow.watermarks import Marks, long_ago


class Waiting(NamedTuple):
    """Whether there may be something to do, for each part of a tick, in the order in which they come."""

    #: Mails in the hand-off of a worker that is gone.
    dead: bool
    #: Opens and clicks of which nobody has decided who made them.
    touches: bool
    #: What providers and our own links told of mails.
    deliveries: bool
    events: bool
    #: People of whom something changed.
    people: bool
    #: Baskets that lay idle for as long as a flow waits.
    baskets: bool
    sign_ups: bool
    #: What happened to somebody, or a look for those whom only time lets cross.
    crossings: bool
    enrollments: bool
    mails: bool
    #: Mails of unknown fate, which may be handed over again.
    unknown: bool
    notices: bool
    #: Codes on their way to somebody, and codes that ran out.
    codes: bool
    old_codes: bool


_FIRST = {
    "dead": "mailflow_message WHERE {mine} AND state = 'sending' AND lease_until < statement_timestamp() "
    "ORDER BY lease_until",
    "touches": "mailflow_deliveryevent WHERE {mine} AND by_machine IS NULL AND kind IN ('opened', 'clicked') "
    "AND received_at <= {heard_by} ORDER BY received_at, id",
    "deliveries": "mailflow_deliveryevent WHERE {mine} AND processed_at IS NULL ORDER BY received_at, id",
    "events": "mailflow_event WHERE {mine} AND processed_generation < generation AND parked = '' "
    "ORDER BY occurred_at, id",
    "people": "mailflow_profile WHERE {mine} AND stale ORDER BY contact_id",
    "baskets": "mailflow_basket WHERE {mine} AND state = 'open' AND considered_activity < activity "
    "AND line_count > 0 AND email <> '' AND active_at > {idle_since} AND active_at <= {idle_by} ORDER BY active_at",
    "sign_ups": "mailflow_signup WHERE {mine} AND confirmed_at IS NULL AND created_at > {asked_since} "
    "ORDER BY created_at",
    "crossings": "mailflow_occasion WHERE {mine} AND NOT considered ORDER BY id",
    "enrollments": "mailflow_enrollment WHERE {mine} AND state = 'active' AND due_at <= {now} ORDER BY due_at",
    "mails": "mailflow_message WHERE {mine} AND state IN ('planned', 'claimed') AND due_at <= {now} "
    "ORDER BY due_at, id",
    "unknown": "mailflow_message WHERE {mine} AND state = 'unknown' ORDER BY intent_at",
    "notices": "mailflow_notice WHERE {mine} AND state = 'planned' AND due_at <= {now} ORDER BY due_at",
    "codes": "mailflow_coupon WHERE {mine} AND state = 'minted' ORDER BY reserved_at",
    "old_codes": "mailflow_coupon WHERE {mine} AND state IN ('minted', 'given') AND expires_at <= {now} "
    "ORDER BY expires_at",
}
_PLACES = {
    "mine": "shop_id = %(shop)s::bigint",
    **{name: f"%({name})s::timestamptz" for name in ("now", "heard_by", "asked_since", "idle_since", "idle_by")},
}
# Not EXISTS, which would drop the order, and with it the reason to go by the index.
_LOOK = "SELECT " + ", ".join(  # noqa: S608 - put together from our own text
    f"(SELECT true FROM {_FIRST[part].format(**_PLACES)} LIMIT 1) IS NOT NULL"  # noqa: S608 - as above
    for part in Waiting._fields
)
_FLOWS = """
SELECT f.id, f.enabled_at, v.id, v.digest FROM mailflow_flow f JOIN mailflow_flowversion v ON v.id = f.version_id
WHERE f.shop_id = %s::bigint AND f.mode <> 'off' AND f.retired_at IS NULL AND f.enabled_at IS NOT NULL
"""


class _On(NamedTuple):
    """A flow that is on, and since when."""

    id: int
    since: datetime
    definition: Definition


def what_waits(shop_id: int, now: datetime, marks: Marks) -> Waiting:
    """Return what waits at ``now``, where ``marks`` is how far the shop's regular work has come. Two statements."""
    flows = [_On(flow, since, definition_of(version, digest)) for flow, since, version, digest in _flows(shop_id)]
    baskets = [(one, one.definition.trigger) for one in flows if isinstance(one.definition.trigger, IdleBasket)]
    values = {
        "shop": shop_id,
        "now": now,
        "heard_by": now - STALL,
        "asked_since": now - FRESH,
        # No time is between the two where no flow begins with a basket.
        "idle_since": min((one.since - trigger.after for one, trigger in baskets), default=now),
        "idle_by": max((now - trigger.after for _, trigger in baskets), default=now),
    }
    (row,) = run(_LOOK, values).rows
    found = Waiting._make(row)
    return found._replace(crossings=found.crossings or _time_to_look(flows, now, marks))


def _flows(shop_id: int) -> Collection[tuple[int, datetime, int, str]]:
    return [(row[0], row[1], row[2], row[3]) for row in run(_FLOWS, [shop_id]).rows]


def _time_to_look(flows: Collection[_On], now: datetime, marks: Marks) -> bool:
    by_time = [one for one in flows if goes_by_time(one.definition)]
    return any(long_ago(marks.get(mark_name(one.id)), now, EVERY) for one in by_time)
