"""What the gate has to know of a batch of messages, in a fixed number of queries. Refuses to decide anything."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from saleor_mailflow import conf
from saleor_mailflow.audience import consent, law
from saleor_mailflow.audience.attention import NOTHING, Attention, attention, outranked
from saleor_mailflow.audience.facts import BasketSight, see_baskets
from saleor_mailflow.audience.people import PersonAsk, PersonFacts, entered_since, see_people
from saleor_mailflow.audience.zones import named, zone_of
from saleor_mailflow.conf import ShopSettings
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.ending import Ending
from saleor_mailflow.flows.hours import QuietHours, next_slot, parse_hours
from saleor_mailflow.flows.limits import LIMITS, LOOK_BACK, stage_of
from saleor_mailflow.flows.modes import mode_in
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.messages.gate import GateFacts, Quiet, ShopFacts
from saleor_mailflow.messages.stock import as_for_sale, nothing_left
from saleor_mailflow.models import Flow, Message, Shop
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.shop.settings import settings_of
from saleor_mailflow.statements import array, run

#: Promotional mail that waited for the morning is spread over this long after the opening.
JITTER = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class GateRoom:
    """What the gate needs to know that is the same for a whole batch."""

    shop_id: int
    now: datetime
    gateway: ShopGateway
    settings: ShopSettings
    shop: ShopFacts
    #: When ``now`` was read, by ``time.monotonic``: a tick takes its time, and goes on calling that now.
    read_at: float = field(default_factory=time.monotonic)

    @cached_property
    def law_edits(self) -> tuple[law.Override, ...]:
        """Return the merchant's edits of the law table; what cannot be read is said by ``doctor``."""
        return law.parse_overrides(self.settings.law)[0]

    @cached_property
    def hours(self) -> QuietHours:
        """Return when promotional mail may come."""
        return parse_hours(self.settings.quiet_hours)[0]


def look_again(room: GateRoom) -> GateRoom:
    """Return the room with what may have stopped all mail since it was made: a pause, or the switch. Two queries.

    What the shop lacks of its set-up is as it was: it holds mail back, and the provider asks for it by itself.
    """
    shop = Shop.objects.get(pk=room.shop_id)
    paused = shop.paused_at is not None or not settings_of(shop).active
    return replace(room, shop=replace(room.shop, disabled=conf.disabled(), paused=paused))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One message with what is true of it: the facts of its verdict, whom it is to, and its basket if it has one."""

    message: Message
    sight: BasketSight | None
    facts: GateFacts
    email: str
    first_name: str
    #: What to choose the language of the mail by: the basket's or sign-up's, "" where there is none.
    language: str
    #: Its sending entity.
    entity: str
    #: An order of theirs after this ends the flow, which is asked once more with the intent; None where it does not.
    bought_since: datetime | None = None


@dataclass(kw_only=True)
class _Known:
    """What was read for the whole batch, by message, contact or basket."""

    sights: Mapping[int, BasketSight]
    words: Mapping[int, consent.Words]
    people: Mapping[int, PersonFacts]
    last_orders: Mapping[int, datetime]
    sent_before: Mapping[int, datetime]
    attention: Mapping[int, Attention] = field(default_factory=dict)
    outranked: Mapping[int, tuple[str, datetime]] = field(default_factory=dict)


def gate_facts(room: GateRoom, messages: Sequence[Message]) -> list[Asked]:
    """Return each message with the facts its verdict rests on. A fixed number of queries for any number of messages."""
    known = _read(room, messages)
    return [_asked(room, message, known) for message in messages]


def _read(room: GateRoom, messages: Sequence[Message]) -> _Known:
    since = {
        m.enrollment.basket_id: datetime.fromisoformat(m.enrollment.context["active_at"])
        for m in messages
        if m.enrollment.basket_id is not None
    }
    sights = see_baskets(room.shop_id, room.gateway, since, entity_of=room.settings.entity) if since else {}
    contact_ids = {m.contact_id for m in messages}
    alone = [
        PersonAsk(
            key=m.enrollment_id,
            contact_id=m.contact_id,
            since=entered_since(m.enrollment.context, m.enrollment.entered_at),
            purchase_id=m.enrollment.purchase_id,
        )
        for m in messages
        if m.enrollment.basket_id is None
    ]
    promotional = [m for m in messages if m.promotional]
    return _Known(
        sights=as_for_sale(room.gateway, sights),
        words=consent.words(contact_ids),
        people=see_people(room.shop_id, alone, gateway=room.gateway, now=room.now),
        last_orders=_last_orders(contact_ids),
        sent_before=_sent_before(messages),
        attention=attention({m.contact_id for m in promotional}, room.now),
        outranked=outranked([m.id for m in promotional], room.now),
    )


def definition(message: Message) -> Definition:
    """Return the flow as it was when this person entered it. Needs ``enrollment__version`` to have been read."""
    version = message.enrollment.version
    return definition_of(version.pk, version.digest)


def _asked(room: GateRoom, message: Message, known: _Known) -> Asked:
    enrollment, contact, settings = message.enrollment, message.contact, room.settings
    sight = known.sights.get(enrollment.basket_id or 0)
    country = sight.country if sight else contact.country
    channel = sight.channel if sight else str(enrollment.context.get("channel", ""))
    entity = settings.entity(channel)
    flow = definition(message)
    person = known.people.get(message.enrollment_id)
    life = person.life_for(entity) if person is not None and sight is None else None
    setting = settings.basis(channel)
    lawful = law.required(flow.kind, country, setting=setting, overrides=room.law_edits)
    word = consent.standing(known.words.get(message.contact_id, {}), entity=entity, topic=message.topic)
    last_order = known.last_orders.get(message.contact_id)
    promotion = _promotion(room, message, known, channel=channel, country=country) if message.promotional else {}
    facts = GateFacts(
        now=room.now,
        expires_at=message.expires_at,
        shop=room.shop,
        flow_mode=mode_in(enrollment.flow, channel),
        flow_stopped=_stopped(enrollment.flow),
        purpose=message.purpose,
        promotional=message.promotional,
        may_wait=flow.may_wait(message.step),
        is_staff=contact.is_staff and message.purpose == "marketing",
        # A basket of nobody: its owner was erased with it, or it never had one.
        erased=contact.erased_at is not None or (sight is None and "activity" in enrollment.context),
        suppressed=sight.facts.suppressed if sight else life.suppressed if life else None,
        consent=(word.state, word.at) if word else None,
        consent_expires=_expiry(word, lawful),
        basis=str(lawful.needs),
        basis_is_set=setting != "auto",
        rule=lawful.rule,
        country=country,
        is_customer=last_order is not None
        and (lawful.customer_for is None or room.now - last_order < lawful.customer_for),
        paused_until=contact.paused_until,
        already_sent_at=known.sent_before.get(message.id),
        channel=channel,
        has_storefront_link=bool(settings.storefront_link(channel)),
        basket=sight.facts if sight else None,
        nothing_left=nothing_left(sight),
        entered_activity=enrollment.context.get("activity", 0),
        ends=flow.ends,
        life=life,
        **promotion,
    )
    return Asked(
        message=message,
        sight=sight,
        facts=facts,
        email=sight.email if sight else contact.email,
        first_name=sight.first_name if sight else contact.first_name,
        language=_language(message, sight),
        entity=entity,
        bought_since=_bought_since(message) if sight is None and Ending.ORDERED in flow.ends else None,
    )


def _bought_since(message: Message) -> datetime:
    """Return from when on an order ends the flow: after the one that somebody may have entered with."""
    enrollment = message.enrollment
    return entered_since(enrollment.context, enrollment.entered_at) + timedelta(microseconds=1)


def _language(message: Message, sight: BasketSight | None) -> str:
    """Return the language that counts before the contact's: what somebody chose on our page comes before all."""
    if message.contact.language_chosen:
        return message.contact.language
    return sight.language if sight else str(message.enrollment.context.get("language", ""))


def _promotion(room: GateRoom, message: Message, known: _Known, *, channel: str, country: str) -> dict[str, Any]:
    """Return the facts that only promotional mail is asked about."""
    contact = message.contact
    seen = known.attention.get(message.contact_id, NOTHING)
    shadow = mode_in(message.enrollment.flow, channel) == Flow.Mode.SHADOW
    stage = stage_of(seen.last_sign_of_life, contact.first_seen_at, room.now)
    known_zone = named(contact.timezone) if contact.timezone else None
    zone = known_zone or zone_of(country, channel_zone=room.settings.zone(channel)).zone
    opens = next_slot(room.now, zone, room.hours, jitter=JITTER, seed=str(message.uuid))
    quiet = Quiet(until=opens, zone=zone.key, local=f"{room.now.astimezone(zone):%H:%M}") if opens > room.now else None
    return {
        # Limits count in the order in which mails were claimed: whoever claims holds the contact's lock.
        "sent": tuple(
            mail.claimed_at
            for mail in seen.sent
            if mail.message_id != message.id
            and (shadow or not mail.shadow)
            and (message.claimed_at is None or mail.claimed_at < message.claimed_at)
        ),
        "limits": LIMITS[stage],
        "frequency": contact.frequency,
        "outranked_by": known.outranked.get(message.id),
        "trouble": seen.trouble,
        "quiet": quiet,
    }


def _stopped(flow: Flow) -> tuple[datetime, str] | None:
    if flow.stopped_at is None:
        return None
    return flow.stopped_at, str(flow.stopped_detail.get("rate", "too many"))


def _expiry(word: consent.Word | None, lawful: law.Law) -> datetime | None:
    """Return when a yes runs out: by its own terms or by the country's, whichever comes first."""
    if word is None or not word.granted:
        return None
    by_law = word.at + lawful.consent_expires if lawful.consent_expires is not None else None
    return min((at for at in (word.expires_at, by_law) if at is not None), default=None)


def _last_orders(contact_ids: Collection[int]) -> dict[int, datetime]:
    return dict(run(_LAST_ORDERS, [array(contact_ids)]).rows)


_LAST_ORDERS = """
SELECT contact_id, max(created_at) FROM mailflow_purchase WHERE contact_id = ANY(%s::bigint[]) AND counts
AND status NOT IN ('CANCELED', 'UNFULFILLED_DRAFT') GROUP BY contact_id
"""


# Of two that are on their way at once the one that was claimed first counts for the other. When it left counts, not
# when it was planned, which is what the index is of: no mail waits longer than LOOK_BACK.
_SENT_BEFORE = """
SELECT asked.id, max(coalesce(m.ended_at, m.intent_at, m.claimed_at))
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    AS asked (id, contact_id, template, since, claimed_at)
JOIN mailflow_message m ON m.contact_id = asked.contact_id AND m.template = asked.template AND m.id <> asked.id
    AND m.planned_at > asked.since - make_interval(days => %s::int)
    AND coalesce(m.ended_at, m.intent_at, m.claimed_at) > asked.since
    AND (m.state IN ('sending', 'accepted', 'unknown', 'shadowed') OR (m.state = 'claimed'
         AND (asked.claimed_at IS NULL OR (m.claimed_at, m.id) < (asked.claimed_at, asked.id))))
GROUP BY asked.id
"""


def _sent_before(messages: Sequence[Message]) -> dict[int, datetime]:
    """Return {message id: when this template last went to this contact within ``once_per``} for flows that have it."""
    messages = [m for m in messages if definition(m).once_per]
    since = array((m.planned_at - definition(m).once_per).isoformat() for m in messages)
    asked = [array(m.id for m in messages), array(m.contact_id for m in messages), [m.template for m in messages]]
    claimed = array("NULL" if m.claimed_at is None else f'"{m.claimed_at.isoformat()}"' for m in messages)
    return dict(run(_SENT_BEFORE, [*asked, since, claimed, LOOK_BACK.days]).rows)
