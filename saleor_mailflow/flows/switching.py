"""Who qualified before a flow was switched on: how many they are, and letting them in a few a day, when asked to.

Refuses to do so by itself: switching on takes new crossings only. Refuses carts (nobody wants a mail about last week's
cart) and birthdays (the day is over).

How this can fail, and who is hurt: asked twice, or the worker dies half way (the unique key keeps one entry a person;
asking again goes on), people who bought or said no meanwhile (asked before every step and at the gate, as always).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import QuerySet

from saleor_mailflow.audience.quiet import count_quiet
from saleor_mailflow.audit import record_audit
from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.flows.catalog import CATALOG
from saleor_mailflow.flows.crossings import NO_ZONES, Zones, crossing_of, crossings_by_time, event_of, purchases_of
from saleor_mailflow.flows.definition import Flow as Definition
from saleor_mailflow.flows.definition import Reentry
from saleor_mailflow.flows.entering import PAST, Crossing, enter, let_through
from saleor_mailflow.flows.triggers import Happened, QuietFor, Threshold
from saleor_mailflow.flows.versions import definition_of
from saleor_mailflow.models import Enrollment, Flow, Occasion, Profile, Shop
from saleor_mailflow.shop.gateway import ShopGateway

PAGE = 500
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Qualifying:
    """How many people a flow would have taken in already."""

    #: Since ever, None where only the last 30 days are known or a filter would have to be asked about all of them.
    ever: int | None
    #: Those of the last 30 days, who may be let in. Whoever the flow has taken in since is not among them.
    lately: int


def qualifying(shop: Shop, definition: Definition, *, now: datetime) -> Qualifying | None:
    """Return how many qualify at ``now``; None for a flow whose past is nobody's business any more."""
    if not _has_past(definition):
        return None
    past = _past(shop.pk, definition, since=now - PAST, now=now, zones=NO_ZONES)
    people: set[int] = set()
    while page := list(islice(past, PAGE)):
        people |= {one.contact_id for one in let_through(shop.pk, definition, page, now=now)}
    lately = len(people - _taken_in(shop.pk, definition, now))
    return Qualifying(ever=None if definition.filter is not None else _ever(shop.pk, definition, now), lately=lately)


def _has_past(definition: Definition) -> bool:
    return isinstance(definition.trigger, QuietFor | Threshold | Happened)


def _ever(shop_id: int, definition: Definition, now: datetime) -> int | None:
    if isinstance(definition.trigger, QuietFor):
        return count_quiet(shop_id, definition.trigger, now=now)
    return _vips(shop_id).count() if isinstance(definition.trigger, Threshold) else None


def _taken_in(shop_id: int, definition: Definition, now: datetime) -> set[int]:
    """Return whom the flow would not take again: those it has taken in, ever or within its own time."""
    rows = Enrollment.objects.filter(flow__shop_id=shop_id, flow__key=definition.key)
    if definition.reentry is not Reentry.NEVER:
        rows = rows.filter(entered_at__gt=now - max(PAST, definition.once_per))
    return set(rows.values_list("contact_id", flat=True))


def let_in(
    shop: Shop, key: str, *, per_day: int, now: datetime, gateway: ShopGateway, actor: str, zones: Zones = NO_ZONES
) -> int:
    """Let those of the last 30 days in, ``per_day`` a day from ``now`` on; return how many were let in.

    Raises ConfigurationError where the flow is off or has no past to let in, or ``per_day`` is not 1 to 10 000.
    """
    if not 1 <= per_day <= 10_000:
        raise ConfigurationError(f"{per_day} people a day cannot be let in; choose 1 to 10000.", key="per_day")
    flow = Flow.objects.filter(shop=shop, key=key, retired_at=None).select_related("version").first()
    if flow is None or flow.version is None or flow.mode == Flow.Mode.OFF:
        raise ConfigurationError(f"Switch the flow {key!r} on first; nobody is let into one that is off.", key="flows")
    definition = definition_of(flow.version.pk, flow.version.digest)
    if not _has_past(definition):
        raise ConfigurationError(f"The flow {key!r} has no past to let in: its time is over for them.", key="flows")
    entered, past = 0, _past(shop.pk, definition, since=now - PAST, now=now, zones=zones)
    while page := list(islice(past, PAGE)):
        spread = [
            replace(one, due_at=now + (entered + number) // per_day * DAY + _within(entered + number, per_day))
            for number, one in enumerate(page)
        ]
        entered += enter(flow, definition, spread, now=now, gateway=gateway)
    record_audit(shop, actor, "flow.let_in", f"flow:{key}", None, {"people": entered, "per_day": per_day}, now)
    return entered


def _within(number: int, per_day: int) -> timedelta:
    """Return when on its day somebody comes, so that the day's people do not come at one moment."""
    return timedelta(hours=8) * (number % per_day) / per_day


def _past(shop_id: int, definition: Definition, *, since: datetime, now: datetime, zones: Zones) -> Iterator[Crossing]:
    """Yield those who crossed in (``since``, ``now``], the earliest first as we learned of it."""
    trigger = definition.trigger
    if isinstance(trigger, QuietFor):
        for page in crossings_by_time(shop_id, definition, since=since, now=now, zones=zones):
            yield from page
    elif isinstance(trigger, Threshold):
        for contact_id, at in _vips(shop_id).values_list("contact_id", "vip_since").iterator():
            assert at is not None, "they were picked by having one"
            yield Crossing(contact_id=contact_id, key=f"vip.reached:{contact_id}:{at.date()}", at=at)
    elif isinstance(trigger, Happened):
        yield from _occasions(shop_id, trigger, since=since)


def _vips(shop_id: int) -> QuerySet[Profile]:
    """Return those above the line as it was last drawn; whoever stood there at the first look was told of nothing."""
    vips = Profile.objects.filter(shop_id=shop_id, contact__erased_at=None).exclude(vip_since=None)
    return vips.order_by("vip_since", "contact_id")


def _occasions(shop_id: int, trigger: Happened, *, since: datetime) -> Iterator[Crossing]:
    kinds = {trigger.event, *dict(trigger.elsewhere).values()}
    rows = Occasion.objects.filter(shop_id=shop_id, kind__in=kinds, at__gt=since).order_by("id")
    last = 0
    while page := list(rows.filter(id__gt=last)[:PAGE]):
        last = page[-1].pk
        purchases = purchases_of(shop_id, page)
        for one in page:
            wanted = event_of(trigger, str(one.detail.get("channel", "")))
            if wanted is not None and one.kind == wanted[0] and wanted[1] in {"", one.of}:
                yield crossing_of(one, purchases)
        if len(page) < PAGE:
            return


def definition_now(shop: Shop, key: str) -> Definition | None:
    """Return the flow as people would enter it: its version, else the catalogue's; None where there is neither."""
    flow = Flow.objects.filter(shop=shop, key=key).select_related("version").first()
    if flow is not None and flow.version is not None:
        return definition_of(flow.version.pk, flow.version.digest)
    return CATALOG.get(key)
