"""Let people into flows that begin with something other than an idle basket, or record why not.

Refuses to let anybody in twice for one crossing, and to ask about consent or suppression: those are the gate's
questions, they may change before the first mail goes.

How this can fail, and who is hurt: two workers at once, or a hundred crossings of one person (their contact is locked
before it is asked whether they were in before; the unique key keeps one entry), the worker dies (nothing was written),
an order that no road has brought yet (a live shop is asked here, before every step and in the claim).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction

from saleor_mailflow.audience.condition_facts import Person, learn
from saleor_mailflow.audience.people import PersonAsk, PersonFacts, see_people
from saleor_mailflow.flows.conditions import Facts
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.definition import Reentry
from saleor_mailflow.flows.goals import minute, person_leaves
from saleor_mailflow.flows.modes import mode_in
from saleor_mailflow.flows.reasons import Reason, sentence
from saleor_mailflow.flows.saying import condition_words
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Enrollment, Flow, Refusal
from saleor_mailflow.shop.gateway import ShopGateway
from saleor_mailflow.statements import array, run


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Somebody crossed a trigger. ``key`` is made of the fact; ``at`` is when (aware UTC)."""

    contact_id: int
    key: str
    at: datetime
    purchase_id: int | None = None
    #: What it is about, such as ``order:<id>``.
    subject: str = ""
    channel: str = ""
    language: str = ""
    #: More that is kept with the enrollment.
    context: Mapping[str, object] = field(default_factory=dict)
    #: When the first step is due, None for at once.
    due_at: datetime | None = None


Decided = tuple[str, Mapping[str, object]]


def enter(
    flow: Flow, definition: Definition, crossings: Sequence[Crossing], *, now: datetime, gateway: ShopGateway
) -> int:
    """Decide about each crossing in one transaction; return how many entered. A fixed number of queries."""
    if not crossings or flow.version is None:
        return 0
    with transaction.atomic():
        people = _locked({one.contact_id for one in crossings})
        crossings = _fresh(flow, definition, [one for one in crossings if one.contact_id in people])
        if not crossings:
            return 0
        crossings = _with_channels(crossings)
        before = _before(flow.pk, {one.contact_id for one in crossings})
        seen = _see(flow.shop_id, crossings, gateway, now)
        facts = _facts(flow.shop_id, definition, crossings, now)
        entries: list[Enrollment] = []
        refusals: list[Refusal] = []
        for number, one in enumerate(crossings):
            reason, detail = _refused(
                flow, definition, one, seen.get(number), facts.get(number, {}), before.get(one.contact_id), now=now
            )
            if reason:
                refusals.append(_refusal(flow, definition, one, reason, detail, now))
            else:
                before[one.contact_id] = now
                entries.append(_entry(flow, definition, one, now))
        Refusal.objects.bulk_create(refusals, ignore_conflicts=True)
        Enrollment.objects.bulk_create(entries, ignore_conflicts=True)
        return len(entries)


def begin(
    shop_id: int,
    flow_key: str,
    contact_id: int,
    *,
    key: str,
    now: datetime,
    gateway: ShopGateway,
    channel: str = "",
    language: str = "",
) -> str:
    """Let one person into a flow by hand, by the API or by another flow's step; return "" or why not, as a sentence."""
    flow = Flow.objects.filter(shop_id=shop_id, key=flow_key, retired_at=None).select_related("version").first()
    if flow is None or flow.version is None:
        return f"There is no flow {flow_key!r}."
    if flow.mode == Flow.Mode.OFF:
        return sentence(Reason.FLOW_OFF)
    definition = definition_of(flow.version.pk, flow.version.digest)
    crossing = Crossing(contact_id=contact_id, key=key, at=now, channel=channel, language=language)
    if enter(flow, definition, [crossing], now=now, gateway=gateway):
        return ""
    kept = key_of(definition, crossing)
    said = Refusal.objects.filter(flow=flow, key=kept).values_list("reason", "detail").first()
    return sentence(*said) if said else "They are in this flow already."


def let_through(
    shop_id: int, definition: Definition, crossings: Sequence[Crossing], *, now: datetime
) -> list[Crossing]:
    """Return those whom the flow's filter lets through at ``now``. A fixed number of queries, none without a filter."""
    if definition.filter is None:
        return list(crossings)
    facts = _facts(shop_id, definition, crossings, now)
    return [one for number, one in enumerate(crossings) if definition.filter.holds(facts.get(number, {}), now)]


def key_of(definition: Definition, crossing: Crossing) -> str:
    """Return the key that makes an entry unique in its flow."""
    if definition.reentry is Reentry.NEVER:
        return f"once:{crossing.contact_id}"
    if len(crossing.key) <= 120:
        return crossing.key
    return f"{crossing.key[:50]}:{sha256(crossing.key.encode()).hexdigest()}"


def _locked(contact_ids: set[int]) -> set[int]:
    statement = "SELECT id FROM mailflow_contact WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
    return {one for (one,) in run(statement, [array(contact_ids)]).rows}


def _fresh(flow: Flow, definition: Definition, crossings: Sequence[Crossing]) -> list[Crossing]:
    """Return the crossings about which nothing has been decided."""
    keys = {key_of(definition, one): one for one in reversed(crossings)}
    known = {*Enrollment.objects.filter(flow=flow, key__in=keys).values_list("key", flat=True)}
    if definition.reentry is Reentry.CROSSING:
        known |= {*Refusal.objects.filter(flow=flow, key__in=keys).values_list("key", flat=True)}
    return [one for key, one in keys.items() if key not in known][::-1]


_CHANNELS = """
SELECT c.id, coalesce(
    nullif(p.channel, ''),
    (SELECT s.channel FROM mailflow_signup s WHERE s.contact_id = c.id AND s.channel <> '' ORDER BY s.id DESC LIMIT 1),
    (SELECT b.channel FROM mailflow_basket b WHERE b.contact_id = c.id ORDER BY b.active_at DESC LIMIT 1),
    (SELECT o.channel FROM mailflow_purchase o WHERE o.contact_id = c.id ORDER BY o.created_at DESC LIMIT 1), '')
FROM mailflow_contact c LEFT JOIN mailflow_profile p ON p.contact_id = c.id WHERE c.id = ANY(%s::bigint[])
"""


def _with_channels(crossings: Sequence[Crossing]) -> list[Crossing]:
    """Return them with the channel the person last used, where the crossing names none. One query."""
    unknown = {one.contact_id for one in crossings if not one.channel}
    known = dict(run(_CHANNELS, [array(unknown)]).rows) if unknown else {}
    return [one if one.channel else replace(one, channel=str(known.get(one.contact_id, ""))) for one in crossings]


def _before(flow_id: int, contact_ids: set[int]) -> dict[int, datetime]:
    statement = (
        "SELECT contact_id, max(entered_at) FROM mailflow_enrollment "
        "WHERE contact_id = ANY(%s::bigint[]) AND flow_id = %s::bigint GROUP BY contact_id"
    )
    return dict(run(statement, [array(contact_ids), flow_id]).rows)


def _see(shop_id: int, crossings: Sequence[Crossing], gateway: ShopGateway, now: datetime) -> Mapping[int, PersonFacts]:
    asks = [
        PersonAsk(key=number, contact_id=one.contact_id, since=one.at, purchase_id=one.purchase_id)
        for number, one in enumerate(crossings)
    ]
    return see_people(shop_id, asks, gateway=gateway, now=now)


def _facts(shop_id: int, definition: Definition, crossings: Sequence[Crossing], now: datetime) -> Mapping[int, Facts]:
    if definition.filter is None:
        return {}
    people = [
        Person(
            enrollment_id=number,
            contact_id=one.contact_id,
            basket_id=None,
            purchase_id=one.purchase_id,
            entered_at=one.at,
        )
        for number, one in enumerate(crossings)
    ]
    return learn(shop_id, frozenset(definition.filter.asks()), people, now)


def _refused(
    flow: Flow,
    definition: Definition,
    crossing: Crossing,
    person: PersonFacts | None,
    facts: Facts,
    before: datetime | None,
    *,
    now: datetime,
) -> Decided:
    """Return (reason, detail) why somebody may not enter, ("", {}) where they may."""
    if person is None:
        return Reason.ERASED, {}
    if person.is_staff:
        return Reason.STAFF, {}
    if mode_in(flow, crossing.channel) == Flow.Mode.OFF:
        return Reason.CHANNEL_OFF, {"channel": crossing.channel}
    season = _season(definition, now)
    if season:
        return Reason.OUT_OF_SEASON, {"when": season}
    # Consent and suppression are the gate's questions: they may change before the mail goes.
    life = replace(person.life, suppressed=None)
    reason, detail = person_leaves(life, marketing=definition.purpose == "marketing", ends=definition.ends)
    if reason:
        return reason, detail
    if before is not None and definition.reentry is Reentry.NEVER:
        return Reason.ENTERED_BEFORE, {"at": minute(before)}
    if before is not None and now - before < definition.once_per:
        return Reason.RECENT, {"at": minute(before), "days": definition.once_per.days}
    if definition.filter is not None and not definition.filter.holds(facts, now):
        return Reason.FILTERED, {"asked": condition_words(definition.filter)[:200]}
    return "", {}


def _season(definition: Definition, now: datetime) -> str:
    """Return when the flow takes people in, "" where that is today."""
    first, last = definition.valid_from, definition.valid_until
    if (first is None or first <= now.date()) and (last is None or now.date() <= last):
        return ""
    return " ".join(part for part in (f"from {first}" if first else "", f"until {last}" if last else "") if part)


def _refusal(
    flow: Flow, definition: Definition, one: Crossing, reason: str, detail: Mapping[str, object], now: datetime
) -> Refusal:
    return Refusal(
        shop_id=flow.shop_id,
        flow=flow,
        contact_id=one.contact_id,
        key=key_of(definition, one),
        reason=reason,
        detail=dict(detail),
        at=now,
    )


def _entry(flow: Flow, definition: Definition, one: Crossing, now: datetime) -> Enrollment:
    assert flow.version is not None
    context: dict[str, Any] = {"crossed_at": one.at.isoformat(), **one.context}
    for name, value in (("subject", one.subject), ("channel", one.channel), ("language", one.language)):
        if value:
            context[name] = value
    due_at = one.due_at or now
    return Enrollment(
        shop_id=flow.shop_id,
        flow=flow,
        version_id=flow.version.pk,
        contact_id=one.contact_id,
        purchase_id=one.purchase_id,
        key=key_of(definition, one),
        # Whoever is taken in late on purpose is not late.
        cursor=definition.begin(one.at if one.due_at is None else max(due_at, one.at)).to_json(),
        context=context,
        entered_at=now,
        due_at=due_at,
    )


#: How far back somebody may be taken in who qualified before the flow was switched on.
PAST = timedelta(days=30)
