"""Write down what a provider said, all of a post in one statement. Refuses to act on it, and to keep a body or address.

How it can fail, and who is hurt: the database is away, or the message was erased in between (503, the provider tries
again). A repeated post touches no row.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from saleor_mailflow.audience.addresses import normal_hash
from saleor_mailflow.audience.suppression import suppression_key
from saleor_mailflow.exceptions import WebhookRefused
from saleor_mailflow.webhooks.providers.read import Said
from saleor_mailflow.webhooks.providers.signatures import Once

logger = logging.getLogger("saleor_mailflow.webhooks")

# The message by our own id, else by the provider's. The contact only where the provider speaks of that very address:
# a mail that MAILFLOW_REDIRECT_TO caught says nothing about the person it was meant for. "accepted" is news only
# where we do not know.
_RECORD = """
WITH once AS (
    INSERT INTO mailflow_throttle (key, window_start, count)
    SELECT %(token)s, %(token_at)s::timestamptz, 1 WHERE %(token)s <> ''
    ON CONFLICT DO NOTHING RETURNING 1
), said AS (
    SELECT * FROM unnest(
        %(keys)s::text[], %(kinds)s::text[], %(uuids)s::uuid[], %(ids)s::text[], %(recipients)s::text[],
        %(urls)s::text[], %(times)s::timestamptz[], %(details)s::jsonb[], %(machines)s::boolean[]
    ) WITH ORDINALITY AS said (key, kind, uuid, message_id, recipient, url, at, detail, by_machine, place)
), found AS (
    SELECT said.*, m.id AS message, m.state, m.links,
        CASE WHEN said.recipient = '' OR said.recipient = own.email THEN own.id ELSE other.id END AS contact
    FROM said
    LEFT JOIN mailflow_message named ON named.uuid = said.uuid AND named.shop_id = %(shop)s
    LEFT JOIN LATERAL (
        SELECT id FROM mailflow_message WHERE named.id IS NULL AND said.message_id <> ''
            AND shop_id = %(shop)s AND provider_message_id = said.message_id ORDER BY id DESC LIMIT 1
    ) known ON true
    LEFT JOIN mailflow_message m ON m.id = coalesce(named.id, known.id)
    LEFT JOIN mailflow_contact own ON own.id = m.contact_id
    LEFT JOIN mailflow_contact other
        ON other.shop_id = %(shop)s AND said.recipient <> '' AND other.email = said.recipient
), put AS (
    INSERT INTO mailflow_deliveryevent
        (shop_id, message_id, contact_id, kind, source, provider, key, at, received_at, detail, link, by_machine)
    SELECT %(shop)s, message, contact, kind, 'provider', %(provider)s, key, at, %(now)s, detail,
        CASE WHEN url <> '' AND links IS NOT NULL THEN (
            SELECT place - 1 FROM jsonb_array_elements(links) WITH ORDINALITY AS one (link, place)
            WHERE link #>> '{}' = url OR link ->> 'url' = url LIMIT 1
        ) END, by_machine
    FROM found
    WHERE (message IS NOT NULL OR contact IS NOT NULL)
        AND (kind <> 'accepted' OR state IN ('sending', 'unknown'))
        AND (%(token)s = '' OR EXISTS (SELECT 1 FROM once))
    ORDER BY place
    ON CONFLICT (shop_id, key) DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM put), (SELECT count(*) FROM found WHERE message IS NULL AND contact IS NULL),
    %(token)s = '' OR EXISTS (SELECT 1 FROM once)
"""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What one post came to: events that are new, and events about mails and people that are not ours."""

    new: int
    strange: int


def record_events(
    shop_id: int, provider: str, said: Sequence[Said], now: datetime, *, once: Once | None = None
) -> Recorded:
    """Record what was said, as heard at ``now``: one query, and one for the shop's key.

    Raises WebhookRefused (406) where ``once`` was used before, django.db.Error where nothing could be recorded.
    """
    secret = suppression_key(shop_id)
    token = _hash(secret, "token", provider, once.token) if once else ""
    values: Mapping[str, Any] = {
        "shop": shop_id,
        "provider": provider,
        "now": now,
        "token": token,
        "token_at": once.at if once else now,
        "keys": [_key(secret, provider, one) for one in said],
        "kinds": [one.kind for one in said],
        "uuids": [one.uuid for one in said],
        "ids": [one.message_id for one in said],
        "recipients": [one.recipient for one in said],
        "urls": [one.url for one in said],
        # Nothing happened after we heard of it: the clock that says so is ahead of ours.
        "times": [min(one.at or now, now) for one in said],
        "details": [Jsonb(_detail(one, secret, now)) for one in said],
        "machines": [one.by_machine for one in said],
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)
        new, strange, allowed = cursor.fetchone()
    if not allowed:
        raise WebhookRefused(406, "This post was taken in before: its token counts once.")
    ahead = [one.at for one in said if one.at is not None and one.at > now]
    if ahead:
        logger.info("%s's clock is up to %s ahead of ours; its events count as of now.", provider, max(ahead) - now)
    if strange:
        logger.info("%s told of %s mails that are not ours, to people we do not know; dropped.", provider, strange)
    return Recorded(new=new, strange=strange)


def _key(secret: bytes, provider: str, one: Said) -> str:
    # Not the event's own id: SendGrid gives a new one at each try. It has to stand in where there is no time.
    message = str(one.uuid) if one.uuid else one.message_id
    time = one.at.isoformat() if one.at else one.event_id
    return _hash(secret, "event", provider, message, one.recipient, one.kind, time, one.url)


def _hash(secret: bytes, *parts: str) -> str:
    # Each with its length, so that no two lists of parts read the same.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(secret, f"mailflow delivery 1 {text}".encode(), hashlib.sha256).hexdigest()


def _detail(one: Said, secret: bytes, now: datetime) -> dict[str, object]:
    """Return what is kept: no address and no answer's text, only its code and the keyed hash of whom it is about."""
    detail: dict[str, object] = {}
    if one.recipient:
        detail["recipient"] = normal_hash(secret, one.recipient)
    if one.code:
        detail["code"] = one.code
    if one.agent:
        detail["agent"] = one.agent
    if one.at is not None and one.at > now:
        detail["ahead_seconds"] = round((one.at - now).total_seconds())
    return detail
