"""Take in a webhook whose signature was verified: read, parse, record. Refuses to act on it; processing does that.

How it can fail, and who is hurt: the body cannot be read (refused with a sentence, the merchant sees it in Saleor's
delivery log) or the database is away (the caller answers 503 and Saleor tries again).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.models import Basket, Event, Shop
from saleor_mailflow.webhooks.body import read_body
from saleor_mailflow.webhooks.kinds import Family, family_of
from saleor_mailflow.webhooks.parse import ParsedEvent, parse
from saleor_mailflow.webhooks.record import record, record_if

#: A webhook carries no time of sending that is signed, but its body says when it was made: a cart older than this that
#: nobody here knows is a replay, or too late to write to anybody about. What ends things is taken in however late.
OLDEST_BEGINNING = timedelta(hours=24)


def receive(shop: Shop, event_name: str, raw: bytes, now: datetime) -> bool:
    """Record what ``raw`` reports, once; return False for a replay.

    ``raw`` is the verified body, ``event_name`` its unsigned header, ``now`` the aware time of receiving.
    Raises WebhookRefused (400 for a body that cannot be read, 410 for one too old to begin with), django.db.Error where
    nothing could be recorded.
    """
    fact = _fact(event_name, raw, now)
    if _old_cart(fact, now) and not Basket.objects.filter(shop=shop, token=fact.subject).exists():
        raise WebhookRefused(
            410, "The webhook is more than 24 hours old, about a cart that is not known here. Nothing begins with it."
        )
    return record(shop_id=shop.pk, **_row(fact))


def receive_if(row: str, shop_id: int, event_name: str, raw: bytes, now: datetime) -> bool:
    """Record what ``raw`` reports if it is new and ``row`` is still the version of the shop's row; tell whether.

    After False ask ``verify`` and call ``receive``. Raises WebhookRefused (400) for a body that cannot be read.
    """
    fact = _fact(event_name, raw, now)
    # Whether a cart is known is a question for the shop, and here the shop is a guess until the row is written.
    return not _old_cart(fact, now) and record_if(row, shop_id=shop_id, **_row(fact))


class _Row(TypedDict):
    kind: str
    dedupe_key: str
    subject: str
    source: Event.Source
    occurred_at: datetime
    payload: object


def _fact(event_name: str, raw: bytes, now: datetime) -> ParsedEvent:
    return parse(read_body(raw), event_name=event_name, raw=raw, now=now)


def _old_cart(fact: ParsedEvent, now: datetime) -> bool:
    return fact.occurred_at < now - OLDEST_BEGINNING and family_of(fact.kind) is Family.CHECKOUT


def _row(fact: ParsedEvent) -> _Row:
    return {
        "kind": fact.kind,
        "dedupe_key": fact.dedupe_key,
        "subject": fact.subject,
        "source": Event.Source.WEBHOOK,
        "occurred_at": fact.occurred_at,
        "payload": fact.payload,
    }
