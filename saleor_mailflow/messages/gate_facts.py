"""What the gate has to know of a batch of messages, in a fixed number of queries. Refuses to decide anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from saleor_mailflow.audience import consent, law
from saleor_mailflow.audience.facts import BasketSight, see_baskets
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.messages.gate import GateFacts, ShopFacts
from saleor_mailflow.models import Enrollment, Message
from saleor_mailflow.shop.gateway import ShopGateway


@dataclass(frozen=True, kw_only=True)
class GateRoom:
    """What the gate needs to know that is the same for a whole batch."""

    shop_id: int
    now: datetime
    gateway: ShopGateway
    settings: ShopSettings
    shop: ShopFacts


def gate_facts(room: GateRoom, messages: Sequence[Message]) -> list[tuple[Message, BasketSight | None, GateFacts]]:
    """Return each message with the facts its verdict rests on. A fixed number of queries for any number of messages."""
    since = {
        m.enrollment.basket_id: datetime.fromisoformat(m.enrollment.context["active_at"])
        for m in messages
        if m.enrollment.basket_id is not None
    }
    sights = see_baskets(room.shop_id, room.gateway, since)
    contact_ids = {m.contact_id for m in messages}
    said = consent.newest(contact_ids)
    customers = _customers(contact_ids)
    sent = _sent_before(messages)
    return [
        (m, sights.get(m.enrollment.basket_id or 0), _facts(room, m, sights, said, customers, sent)) for m in messages
    ]


def _facts(
    room: GateRoom,
    message: Message,
    sights: Mapping[int, BasketSight],
    said: Mapping[int, tuple[str, datetime]],
    customers: set[int],
    sent: Mapping[int, datetime],
) -> GateFacts:
    sight = sights.get(message.enrollment.basket_id or 0)
    country = sight.country if sight else message.contact.country
    channel = sight.channel if sight else ""
    return GateFacts(
        now=room.now,
        expires_at=message.expires_at,
        shop=room.shop,
        flow_mode=message.enrollment.flow.mode,
        purpose=message.purpose,
        is_staff=message.contact.is_staff,
        erased=message.contact.erased_at is not None or sight is None,
        suppressed=sight.facts.suppressed if sight else None,
        consent=said.get(message.contact_id),
        basis=law.required_basis(room.settings.basis(channel), country),
        country=country,
        is_customer=message.contact_id in customers,
        already_sent_at=sent.get(message.id),
        channel=channel,
        has_storefront_link=bool(room.settings.storefront_link(channel)),
        basket=sight.facts if sight else None,
        entered_activity=message.enrollment.context["activity"],
    )


def _customers(contact_ids: Collection[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT contact_id FROM mailflow_purchase WHERE contact_id = ANY(%s) AND counts "
            "AND status NOT IN ('CANCELED', 'UNFULFILLED_DRAFT')",
            [list(contact_ids)],
        )
        return {contact_id for (contact_id,) in cursor.fetchall()}


_SENT_BEFORE = """
SELECT asked.id, max(coalesce(m.ended_at, m.intent_at))
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[]) AS asked (id, contact_id, template, since)
JOIN mailflow_message m ON m.contact_id = asked.contact_id AND m.template = asked.template AND m.id <> asked.id
    AND m.planned_at > asked.since
    AND (m.state IN ('sending', 'accepted', 'unknown', 'shadowed') OR (m.state = 'claimed' AND m.id < asked.id))
GROUP BY asked.id
"""


def _sent_before(messages: Sequence[Message]) -> dict[int, datetime]:
    """Return {message id: when this template last went to this contact within the flow's ``once_per``}."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SENT_BEFORE,
            [
                [m.id for m in messages],
                [m.contact_id for m in messages],
                [m.template for m in messages],
                [m.planned_at - timedelta(seconds=_once_per(m.enrollment)) for m in messages],
            ],
        )
        return dict(cursor.fetchall())


def _once_per(enrollment: Enrollment) -> int:
    return int(definition_of(enrollment.version_id, enrollment.version.digest).once_per.total_seconds())
