"""Decide for a batch of claimed enrollments: learn what is true of them, ask the engine. Refuses to write anything.

How this can fail, and who is hurt: one enrollment raises, or three workers died on it (it is set aside with its
reason, the others go on); a fact is older than the decision (whoever changes it wakes the person, which moves the
fence: what was decided on old facts is then not written).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from saleor_mailflow.audience.condition_facts import Person, learn
from saleor_mailflow.audience.facts import EntityOf, see_facts
from saleor_mailflow.audience.people import PersonAsk, PersonFacts, entered_since, see_people
from saleor_mailflow.audience.zones import named, zone_of
from saleor_mailflow.exceptions import blame, interrupts
from saleor_mailflow.flows.claimed import Claimed, Outcome
from saleor_mailflow.flows.definition import Flow
from saleor_mailflow.flows.engine import run
from saleor_mailflow.flows.goals import BasketFacts, leave_reason, person_leaves
from saleor_mailflow.flows.reasons import Reason
from saleor_mailflow.flows.steps import Act, Cursor, Go, Leave, Moment, Plan, Sleep
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.statements import array
from saleor_mailflow.statements import run as ask

logger = logging.getLogger("saleor_mailflow.runner")

#: Workers that may die on one enrollment before it is set aside.
CRASHES = 3

#: Channel slug → the IANA name of its zone, "" where none is set.
ZoneOf = Callable[[str], str]
Leaving = tuple[str, Mapping[str, object]]


def no_zone(channel: str) -> str:
    """Return "": no zone is set for any channel."""
    return ""


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What was read for the whole batch, by basket or enrollment."""

    baskets: Mapping[int, BasketFacts]
    people: Mapping[int, PersonFacts]
    facts: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    happened: Mapping[int, Mapping[str, tuple[datetime, ...]]] = field(default_factory=dict)


def decide(
    shop_id: int,
    claimed: Sequence[Claimed],
    *,
    now: datetime,
    gateway: ShopGateway,
    entity_of: EntityOf,
    channel_zone: ZoneOf = no_zone,
) -> list[Outcome]:
    """Return what comes of each. A fixed number of queries, and only for what the flows of the batch ask."""
    flows, outcomes = _flows(claimed), []
    known = _learn(shop_id, [one for one in claimed if one.id in flows], flows, now, gateway, entity_of)
    for one in claimed:
        try:
            flow = definition_of(one.version_id, one.digest)
            if one.crashes > CRASHES:
                outcomes.append(parked(one, {"crashes": CRASHES}))
            else:
                moment = _moment(one, flow, known, now, entity_of, channel_zone)
                outcomes.append(_advance(one, flow, moment))
        except Exception as error:
            if interrupts(error):
                raise
            # One that cannot be advanced must not hold up the others.
            logger.error("Enrollment %s could not be advanced and is set aside: %s.", one.id, blame(error))
            outcomes.append(parked(one, {"crashes": one.crashes, "error": blame(error)}))
    return outcomes


def parked(one: Claimed, detail: dict[str, Any]) -> Outcome:
    """Return the outcome of an enrollment that is set aside."""
    outcome = Outcome(claimed=one, cursor=Cursor.from_json(one.cursor))
    outcome.leave, outcome.leave_detail = Reason.PARKED, detail
    return outcome


def _flows(claimed: Sequence[Claimed]) -> dict[int, Flow]:
    """Return {enrollment id: its flow}; one whose version cannot be read is left out, and set aside later."""
    found: dict[int, Flow] = {}
    for one in claimed:
        try:
            found[one.id] = definition_of(one.version_id, one.digest)
        except Exception as error:  # noqa: BLE001 - said when it is set aside
            logger.debug("Version %s cannot be read: %s.", one.version_id, blame(error))
    return found


def _learn(
    shop_id: int,
    claimed: Sequence[Claimed],
    flows: Mapping[int, Flow],
    now: datetime,
    gateway: ShopGateway,
    entity_of: EntityOf,
) -> _Known:
    since = {c.basket_id: datetime.fromisoformat(c.context["active_at"]) for c in claimed if c.basket_id is not None}
    # Of who left a cart the cart tells everything, but not what their clocks show.
    about = [one for one in claimed if not one.about_basket or flows[one.id].is_local]
    asks = [
        PersonAsk(
            key=one.id,
            contact_id=one.contact_id,
            since=entered_since(one.context, one.entered_at),
            purchase_id=one.purchase_id,
        )
        for one in about
    ]
    asking = [one for one in claimed if flows[one.id].asks]
    questions = frozenset[Any]().union(*(flows[one.id].asks for one in claimed))
    return _Known(
        baskets=see_facts(shop_id, gateway, since, entity_of=entity_of) if since else {},
        people=see_people(shop_id, asks, gateway=gateway, now=now),
        facts=_facts(shop_id, questions, asking, now) if asking else {},
        happened=_happened([one for one in claimed if flows[one.id].awaits], flows),
    )


def _facts(
    shop_id: int, questions: frozenset[Any], asking: Sequence[Claimed], now: datetime
) -> Mapping[int, Mapping[str, object]]:
    people = [
        Person(
            enrollment_id=one.id,
            contact_id=one.contact_id,
            basket_id=one.basket_id,
            purchase_id=one.purchase_id,
            entered_at=entered_since(one.context, one.entered_at),
        )
        for one in asking
    ]
    return learn(shop_id, questions, people, now)


_OCCASIONS = """
SELECT contact_id, kind, of, subject, enrollment_id, at, detail ->> 'step'
FROM mailflow_occasion
WHERE contact_id = ANY(%s::bigint[]) AND kind = ANY(%s::text[]) AND at >= %s::timestamptz
ORDER BY at, id
"""


def _happened(
    waiting: Sequence[Claimed], flows: Mapping[int, Flow]
) -> Mapping[int, Mapping[str, tuple[datetime, ...]]]:
    """Return {enrollment id: {``WaitFor.name``: when it happened, in order}}. One query, none where nobody waits."""
    if not waiting:
        return {}
    kinds = sorted({step.event for one in waiting for step in flows[one.id].awaits})
    first = min(entered_since(one.context, one.entered_at) for one in waiting)
    of_contact: dict[int, list[tuple[Any, ...]]] = {}
    for row in ask(_OCCASIONS, [array({one.contact_id for one in waiting}), kinds, first]).rows:
        of_contact.setdefault(row[0], []).append(row)
    found: dict[int, dict[str, tuple[datetime, ...]]] = {}
    for one in waiting:
        times: dict[str, list[datetime]] = {}
        for _, kind, of, subject, enrollment_id, at, step in of_contact.get(one.contact_id, ()):
            own = enrollment_id == one.id or (subject != "" and subject == one.context.get("subject"))
            for name in {kind, f"{kind}:{of}", f"{kind}:{step}"}:
                times.setdefault(name, []).append(at)
                if own:
                    times.setdefault(f"own {name}", []).append(at)
        found[one.id] = {name: tuple(all_) for name, all_ in times.items()}
    return found


def _moment(
    one: Claimed, flow: Flow, known: _Known, now: datetime, entity_of: EntityOf, channel_zone: ZoneOf
) -> Moment:
    person = known.people.get(one.id)
    leave, detail = (
        _leaves_basket(one, known.baskets.get(one.basket_id or 0))
        if one.about_basket
        else _leaves(one, flow, person, entity_of)
    )
    active_at = one.context.get("active_at")
    return Moment(
        now=now,
        entered_at=one.entered_at,
        active_at=datetime.fromisoformat(active_at) if active_at else one.entered_at,
        last_sent_at=one.last_sent_at,
        leave=leave,
        leave_detail=detail,
        facts=known.facts.get(one.id, {}),
        happened=known.happened.get(one.id, {}),
        zone=_zone(person, channel_zone(one.channel)) if flow.is_local else "UTC",
        dates={"birthday": person.birthday.isoformat()} if person is not None and person.birthday else {},
        seed=f"{one.contact_id}:{one.flow_key}",
    )


def _zone(person: PersonFacts | None, channel_zone: str) -> str:
    if person is None:
        return "UTC"
    own = named(person.timezone) if person.timezone else None
    return (own or zone_of(person.country, channel_zone=channel_zone).zone).key


def _leaves_basket(one: Claimed, facts: BasketFacts | None) -> Leaving:
    return leave_reason(facts, entered_activity=one.context["activity"]) if facts is not None else (Reason.GONE, {})


def _leaves(one: Claimed, flow: Flow, person: PersonFacts | None, entity_of: EntityOf) -> Leaving:
    if person is None:
        return Reason.ERASED, {}
    life = person.life_for(entity_of(one.channel))
    return person_leaves(life, marketing=flow.purpose == "marketing", ends=flow.ends)


def _advance(one: Claimed, flow: Flow, moment: Moment) -> Outcome:
    outcome = Outcome(claimed=one, cursor=Cursor.from_json(one.cursor))
    for decision, cursor in run(flow, outcome.cursor, moment):
        outcome.cursor = cursor
        match decision:
            case Sleep(until=until):
                outcome.due_at = until
            case Go(step=step, outcome=result, detail=detail):
                outcome.steps.append((step, result, dict(detail)))
            case Plan():
                outcome.plans.append(decision)
                outcome.steps.append((decision.step, "planned", {"template": decision.template}))
            case Act():
                outcome.acts.append(decision)
            case Leave():
                outcome.leave, outcome.leave_detail = decision.reason, dict(decision.detail)
    return outcome
