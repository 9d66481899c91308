"""Take in a webhook whose signature was verified: read, parse, record. Refuses to act on it; processing does that.

How it can fail, and who is hurt: the body cannot be read (refused with a sentence, the merchant sees it in Saleor's
delivery log) or the database is away (the caller answers 503 and Saleor tries again).
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from saleor_mailflow.models import Event, Shop
from saleor_mailflow.webhooks.body import read_body
from saleor_mailflow.webhooks.parse import ParsedEvent, parse
from saleor_mailflow.webhooks.record import record, record_if


def receive(shop: Shop, event_name: str, raw: bytes, now: datetime) -> bool:
    """Record what ``raw`` reports, once; return False for a replay.

    ``raw`` is the verified body, ``event_name`` its unsigned header, ``now`` the aware time of receiving.
    However old it is, it is recorded: what ends something must count, and an old cart begins nothing at its entry
    (``flows.enroll``). Raises WebhookRefused (400 for a body that cannot be read), django.db.Error where nothing could
    be recorded.
    """
    return record(shop_id=shop.pk, **_row(_fact(event_name, raw, now)))


def receive_if(row: str, shop_id: int, event_name: str, raw: bytes, now: datetime) -> bool:
    """Record what ``raw`` reports if it is new and ``row`` is still the version of the shop's row; tell whether.

    After False ask ``verify`` and call ``receive``. Raises WebhookRefused (400) for a body that cannot be read.
    """
    return record_if(row, shop_id=shop_id, **_row(_fact(event_name, raw, now)))


class _Row(TypedDict):
    kind: str
    dedupe_key: str
    subject: str
    source: Event.Source
    occurred_at: datetime
    payload: object


def _fact(event_name: str, raw: bytes, now: datetime) -> ParsedEvent:
    return parse(read_body(raw), event_name=event_name, raw=raw, now=now)


def _row(fact: ParsedEvent) -> _Row:
    return {
        "kind": fact.kind,
        "dedupe_key": fact.dedupe_key,
        "subject": fact.subject,
        "source": Event.Source.WEBHOOK,
        "occurred_at": fact.occurred_at,
        "payload": fact.payload,
    }
