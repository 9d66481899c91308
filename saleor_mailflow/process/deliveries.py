"""Take in what was told of mails after they left: their fate, whom to write to no more, whom to look at now.

Refuses to depend on the order or number of events: what is written is the strongest word and the earliest time, so a
batch may be taken in twice, by two workers at once, or backwards.

How it can fail, and who is hurt: a worker dies in a batch (nothing of it is written, the next tick takes it again); an
event is about a mail whose hand-off is under way (it waits until that has an end, two minutes at most).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from saleor_mailflow import failpoints
from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.delivery import (
    SOFT_WINDOW,
    SUPPRESSES,
    Fate,
    Kind,
    fate_of,
    too_many_soft_bounces,
)
from saleor_mailflow.audience.occasions import note_mails
from saleor_mailflow.audience.profiles import mark_stale
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.audience.suppression_list import Entry, suppress_all
from saleor_mailflow.flows.wake import wake
from saleor_mailflow.messages.settle import settle
from saleor_mailflow.models import Heartbeat, Message, Shop, Suppression
from saleor_mailflow.process.complaints import watch_complaints

BATCH = 500
#: Kinds after which whoever is inside a flow is looked at now rather than when their timer rings.
_WAKING = frozenset({Kind.OPENED, Kind.CLICKED, Kind.BOUNCED, Kind.REJECTED, Kind.UNSUBSCRIBED, Kind.COMPLAINED})

# A message in the hand-off has no state yet that a provider's word could settle.
_PENDING = """
SELECT d.id, d.kind, d.at, d.by_machine, d.provider, d.message_id, d.contact_id, d.detail::text,
    m.uuid, m.entity, m.enrollment_id, coalesce(c.email, '')
FROM mailflow_deliveryevent d
LEFT JOIN mailflow_message m ON m.id = d.message_id
LEFT JOIN mailflow_contact c ON c.id = d.contact_id
WHERE d.shop_id = %s AND d.processed_at IS NULL AND (m.id IS NULL OR m.state <> 'sending')
ORDER BY d.received_at, d.id LIMIT %s FOR UPDATE OF d SKIP LOCKED
"""
_LOCK = """
SELECT id, delivery, delivered_at, opened_at, clicked_at, state FROM mailflow_message
WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
_WRITE = """
UPDATE mailflow_message m
SET delivery = f.delivery, delivered_at = f.delivered_at, opened_at = f.opened_at, clicked_at = f.clicked_at
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS f (id, delivery, delivered_at, opened_at, clicked_at)
WHERE m.id = f.id
"""
_SOFT = """
SELECT contact_id, coalesce(message_id, -id), at FROM mailflow_deliveryevent
WHERE contact_id = ANY(%s) AND kind = 'soft_bounced' AND at BETWEEN %s AND %s
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    id: int
    kind: str
    at: datetime
    by_machine: bool | None
    provider: str
    message: int | None
    contact: int | None
    detail: Mapping[str, Any]
    uuid: UUID | None
    entity: str
    enrollment: int | None
    email: str

    @property
    def fate(self) -> Fate:
        return fate_of(self.kind, self.at, self.by_machine)


def process_deliveries(shop: Shop, *, now: datetime) -> int:
    """Take in what was recorded of mails that left, in batches; return how many events."""
    done, complaints = 0, False
    while True:
        with transaction.atomic():
            events = _pending(shop.pk)
            if events:
                _take_in(shop.pk, events, now)
        done += len(events)
        complaints = complaints or any(event.kind == Kind.COMPLAINED for event in events)
        if len(events) < BATCH:
            break
    if done:
        watch_complaints(shop, now, new=complaints)
    return done


def _pending(shop_id: int) -> list[_Event]:
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [shop_id, BATCH])
        return [
            _Event(
                id=row[0],
                kind=row[1],
                at=row[2],
                by_machine=row[3],
                provider=row[4],
                message=row[5],
                contact=row[6],
                detail=json.loads(row[7]),
                uuid=row[8],
                entity=row[9] or "",
                enrollment=row[10],
                email=row[11],
            )
            for row in cursor.fetchall()
        ]


def _take_in(shop_id: int, events: Sequence[_Event], now: datetime) -> None:
    changed = _settle(shop_id, events)
    failpoints.reach("deliveries.fates")
    entries, people = _suppressions(shop_id, events, now)
    suppress_all(shop_id, entries)
    waking = {
        event.enrollment
        for event in events
        if event.message in changed and event.enrollment is not None and event.fate.delivery in _WAKING
    }
    people |= note_mails(changed, learned_at=now)
    mark_stale(people)
    wake(now, enrollment_ids=waking, contact_ids=people)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mailflow_deliveryevent SET processed_at = %s WHERE id = ANY(%s)", [now, [e.id for e in events]]
        )
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=heard_from(name, shop_id), at=now) for name in sorted({e.provider for e in events} - {""})],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def heard_from(provider: str, shop_id: int) -> str:
    """Return the name of the heartbeat that says when a provider last told us something."""
    return f"deliveries:{provider}:{shop_id}"


def _settle(shop_id: int, events: Sequence[_Event]) -> set[int]:
    """Join what is said to what is known of each message; return the messages that know more now."""
    said: dict[int, Fate] = {}
    by: dict[int, _Event] = {}
    for event in events:
        if event.message is not None:
            said[event.message] = said.get(event.message, Fate()).join(event.fate)
            by[event.message] = event
    if not said:
        return set()
    fates: dict[int, Fate] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(said)])
        rows = cursor.fetchall()
        for message, delivery, delivered_at, opened_at, clicked_at, _ in rows:
            known = Fate(delivery=delivery, delivered_at=delivered_at, opened_at=opened_at, clicked_at=clicked_at)
            joined = known.join(said[message])
            if joined != known:
                fates[message] = joined
        if fates:
            columns = [(fate.delivery, fate.delivered_at, fate.opened_at, fate.clicked_at) for fate in fates.values()]
            cursor.execute(_WRITE, [list(fates), *([*column] for column in zip(*columns, strict=True))])
    # One by one: there are hardly ever any.
    unknown = {row[0] for row in rows if row[5] == Message.State.UNKNOWN}
    settled = {one for one in unknown if settle(shop_id, _named(by[one]), provider=by[one].provider)}
    return set(fates) | settled


def _named(event: _Event) -> UUID:
    assert event.uuid is not None, "an event with a message has its uuid"
    return event.uuid


def _suppressions(shop_id: int, events: Sequence[_Event], now: datetime) -> tuple[list[Entry], set[int]]:
    """Return whom these events stop all mail to from ``now`` on, and which of them are contacts."""
    found = [(event, SUPPRESSES[event.kind], "") for event in events if event.kind in SUPPRESSES]
    worn_out = _worn_out({e.contact for e in events if e.kind == Kind.SOFT_BOUNCED and e.contact}, events)
    for event in events:
        if event.kind == Kind.SOFT_BOUNCED and event.contact in worn_out:
            found.append((event, Suppression.Reason.BOUNCED, "soft bounces"))
    if not found:
        return [], set()
    # Where the provider named nobody, it is whom the message was for.
    key = suppression_key(shop_id) if any("recipient" not in event.detail for event, *_ in found) else b""
    entries = []
    for event, reason, why in found:
        digest = event.detail.get("recipient") or (normal_hash(key, event.email) if event.email else "")
        if digest:
            told = f"{why or event.kind} {event.detail.get('code', '')}".strip()
            detail = f"{told}, told by {event.provider or 'our own link'} of message {event.uuid or 'unknown'}"
            # A mailbox that is not there is not there for any sender; what a person said, they said to one.
            entity = "" if reason == Suppression.Reason.BOUNCED else event.entity
            entries.append(Entry(digest=digest, reason=reason, at=now, entity=entity, detail=detail))
    return entries, {event.contact for event, *_ in found if event.contact is not None}


def _worn_out(contacts: Collection[int | None], events: Sequence[_Event]) -> set[int | None]:
    """Return whose mailboxes have failed to take mail too often."""
    times = [event.at for event in events if event.kind == Kind.SOFT_BOUNCED]
    if not contacts:
        return set()
    bounces: dict[int | None, list[tuple[int, datetime]]] = {}
    span: timedelta = SOFT_WINDOW
    with connection.cursor() as cursor:
        cursor.execute(_SOFT, [list(contacts), min(times) - span, max(times) + span])
        for contact, message, at in cursor.fetchall():
            bounces.setdefault(contact, []).append((message, at))
    return {contact for contact, those in bounces.items() if too_many_soft_bounces(those) is not None}
