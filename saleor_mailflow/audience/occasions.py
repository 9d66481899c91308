"""Write down what happened to people, for flows that begin with it or wait for it. Refuses to write a fact twice.

How this can fail, and who is hurt: the transaction that learned of it is undone (so is the occasion); a fact that
comes by two roads (its key is made of the fact, so it is one occasion).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from saleor_mailflow.models import Occasion
from saleor_mailflow.statements import array, run

#: What happened longer ago than this begins nothing and is waited for by nobody: a backfill writes no occasions.
FORGOTTEN = timedelta(days=30)

#: Every kind there is, with its words. ``custom`` ones come by the API.
KINDS: Mapping[str, str] = {
    "order.confirmed": "an order was confirmed",
    "order.paid": "an order was paid",
    "order.fulfilled": "everything of an order was sent",
    "order.cancelled": "an order was cancelled",
    "order.refunded": "money of an order went back",
    "order.returned": "something of an order came back",
    "order.created": "an order was made",
    "consent.granted": "said yes to marketing mail for the first time",
    "sign_up.created": "typed an address into a sign-up form",
    "mail.clicked": "clicked in a mail",
    "mail.opened": "opened a mail (unreliable)",
    "mail.bounced": "a mail was returned for good",
    "mail.complained": "called a mail spam",
    "tag.added": "got a tag",
    "segment.entered": "came into a segment",
    "vip.reached": "spent more in twelve months than most",
    "custom": "another system said so",
}


@dataclass(frozen=True, kw_only=True)
class Note:
    """One occasion to write down. ``key`` is made of the fact; times are aware UTC."""

    contact_id: int
    kind: str
    key: str
    at: datetime
    of: str = ""
    subject: str = ""
    enrollment_id: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


def note(shop_id: int, notes: Collection[Note], *, learned_at: datetime) -> None:
    """Write occasions down, those that are not forgotten yet. One query, none where there is nothing to write."""
    Occasion.objects.bulk_create(
        [
            Occasion(
                shop_id=shop_id,
                contact_id=one.contact_id,
                kind=one.kind,
                of=one.of[:120],
                subject=one.subject[:120],
                enrollment_id=one.enrollment_id,
                key=one.key[:200],
                at=one.at,
                learned_at=learned_at,
                detail=dict(one.detail),
            )
            for one in notes
            if learned_at - one.at < FORGOTTEN
        ],
        ignore_conflicts=True,
    )


# The first yes there ever was to marketing mail, by the person's own act: a second one welcomes nobody again.
_CONSENTS = """
INSERT INTO mailflow_occasion (shop_id, contact_id, kind, of, subject, key, at, learned_at, detail, considered)
SELECT c.shop_id, c.contact_id, 'consent.granted', c.topic, '', 'consent.granted:' || c.contact_id || ':' || c.topic,
    c.at, %s::timestamptz, jsonb_build_object('entity', c.entity, 'basis', c.basis), false
FROM mailflow_consent c
WHERE c.shop_id = %s::bigint AND c.contact_id = ANY(%s::bigint[]) AND c.state = 'granted'
  AND c.at > %s::timestamptz AND c.basis NOT IN ('imported', 'existing_customer')
  AND NOT EXISTS (
      SELECT 1 FROM mailflow_consent before
      WHERE before.contact_id = c.contact_id AND before.topic = c.topic AND before.state = 'granted'
        AND (before.at, before.id) < (c.at, c.id)
  )
ON CONFLICT (shop_id, key) DO NOTHING
"""


def note_consents(shop_id: int, contact_ids: Collection[int], *, learned_at: datetime) -> None:
    """Write down that these said yes for the first time, where they did. One query, none for nobody."""
    if contact_ids:
        run(_CONSENTS, [learned_at, shop_id, array(contact_ids), learned_at - FORGOTTEN])


# Who clicked first in a message, was returned, or complained; the message's own row says it once and for all.
_MAILS = """
INSERT INTO mailflow_occasion
    (shop_id, contact_id, kind, of, subject, enrollment_id, key, at, learned_at, detail, considered)
SELECT m.shop_id, m.contact_id, told.kind, m.template, 'message:' || m.uuid, m.enrollment_id,
    told.kind || ':' || m.uuid, told.at, %s::timestamptz,
    jsonb_build_object('step', m.step, 'flow', m.flow_key), false
FROM mailflow_message m
CROSS JOIN LATERAL (VALUES
    ('mail.clicked', m.clicked_at),
    ('mail.opened', m.opened_at),
    ('mail.bounced', CASE WHEN m.delivery = 'bounced' THEN %s::timestamptz END),
    ('mail.complained', CASE WHEN m.delivery = 'complained' THEN %s::timestamptz END)
) AS told (kind, at)
WHERE m.id = ANY(%s::bigint[]) AND told.at IS NOT NULL AND told.at > %s::timestamptz
ON CONFLICT (shop_id, key) DO NOTHING
RETURNING contact_id
"""


def note_mails(message_ids: Collection[int], *, learned_at: datetime) -> set[int]:
    """Write down what became of these messages; return the contacts to whom something new happened. One query."""
    if not message_ids:
        return set()
    values = [learned_at, learned_at, learned_at, array(message_ids), learned_at - FORGOTTEN]
    return {contact_id for (contact_id,) in run(_MAILS, values).rows}
